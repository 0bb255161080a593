"""The console: screens on a stack, one desk that asks the engine, one skin."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from rich.console import COLOR_SYSTEMS, RenderableType
from rich.segment import Segment, Segments
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.screen import Screen

from console import keys
from console.clipboard import hand_over, kept
from console.deck import Deck
from console.places import To
from console.refresh import Desk
from console.theme import PALETTES, fitting, skin_of, textual_theme
from console.thin import Shown
from engine.domain.requests import RunOptions

if TYPE_CHECKING:
    from console.screens.place import Place
    from engine.domain.sync_event import LinkSeen
    from engine.engine import Engine
    from engine.settings import Settings

PLACES: Mapping[str, str] = {
    "links": "links:Links",
    "events": "events:Events",
    "summary": "summary:Summary",
    "batches": "batches:Batches",
    "batch": "batch:OneBatch",
    "failures": "failures:Failing",
    "record": "record:OneRecord",
    "explain": "explain:Explain",
    "help": "help:Help",
    "retry": "retry:Retry",
    "chain": "chain:ChainPlace",
    "audit": "audit:Audit",
    "alerts": "alerts:Alerts",
    "causes": "causes:Causes",
    "inbox": "inbox:Inbox",
    "edit": "edit:EditPlace",
    "settings": "settings:Settings",
}
"""Every place by name; it is imported when somebody goes there."""

CRASHED = 70
ENDING = (signal.SIGTERM, signal.SIGHUP)
LAST_WAY = 3.0
"""Seconds a signal leaves for the way out: a terminal that is gone takes nothing, for ever."""


class Linkdeck(Deck):
    """The app."""

    TITLE = "linkdeck"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = keys.bindings(*keys.EVERYWHERE)
    CSS = "Screen { background: $background; color: $foreground; }"

    def __init__(
        self,
        settings: "Settings",
        *,
        actor: str,
        unicode: bool = True,
        first: To | None = None,
        tour: bool = False,
        opened: "Callable[[], Engine] | None" = None,
    ) -> None:
        environ = settings.environ
        self.hue = not (os.environ.get("NO_COLOR") or environ.get("NO_COLOR"))
        super().__init__()
        self.settings, self.actor = settings, actor
        self.unicode = unicode
        self.home, self.environ = settings.home, environ
        self.first, self.tour = first, tour
        for name, palette in PALETTES.items():
            self.register_theme(textual_theme(f"linkdeck-{name}", palette, hue=self.hue))
        self.dress(fitting(environ.get("LINKDECK_THEME"), environ))
        self.shown = Shown()
        self.desk = Desk(opened or self._open_engine)
        self.ended_by: int | None = None
        self._before: dict[signal.Signals, Any] = {}

    def dress(self, name: str) -> None:
        """Put on a theme."""
        self.skin = skin_of(PALETTES[name], hue=self.hue, unicode=self.unicode)
        self.theme = f"linkdeck-{name}"
        self.dressed = name
        if self.is_running:
            for screen in self.screen_stack:
                for widget in screen.walk_children():
                    widget.refresh()

    def _open_engine(self) -> "Engine":
        # In a thread, behind the first frame: the store costs more than Textual does.
        from engine.engine import Engine

        engine = Engine(self.settings, looks=True)
        engine.changed()
        return engine

    # Coming and going

    def on_mount(self) -> None:
        """The first place, and signals that end with the terminal as it was."""
        self.go(To("links"))
        if self.first is not None:
            self.go(self.first)
        self.desk.start()
        if self.tour:
            self.call_after_refresh(self._begin_tour)
        self.app_resume_signal.subscribe(self, self._whole_again)
        heard = partial(self._heard, asyncio.get_running_loop())
        with suppress(ValueError):  # not the main thread: somebody else's process
            self._before = {each: signal.signal(each, heard) for each in ENDING}

    def _begin_tour(self) -> None:
        """Five keys that lead through the demo."""
        from console.screens.tour import FIVE_KEYS, Dialog

        self.push_screen(Dialog(FIVE_KEYS))

    def _heard(
        self, loop: asyncio.AbstractEventLoop, number: int, frame: FrameType | None
    ) -> None:
        """A signal; the loop may stand still, writing to a terminal that takes nothing."""
        del frame
        guard = threading.Timer(LAST_WAY, os._exit, (128 + number,))
        guard.daemon = True
        guard.start()
        loop.call_soon_threadsafe(self._end_by, number)

    def _end_by(self, number: int) -> None:
        self.ended_by = number
        self.exit(128 + number)

    def _whole_again(self, app: App[Any]) -> None:
        del app
        self.shown.forget()
        self.refresh(layout=True)
        for line in self.screen.walk_children():
            line.refresh()

    def on_unmount(self) -> None:
        """Let go of the engine, and of signals."""
        self.desk.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        drawn = isinstance(renderable, CompositorUpdate) and screen is self.screen
        if drawn and not self._batch_count and not self.is_headless and self.is_running:
            strips = screen._compositor.render_strips()  # noqa: SLF001 - no public way to a frame
            colours = COLOR_SYSTEMS.get(self.console.color_system or "")
            super()._display(screen, self.shown.frame(strips, colours))
        else:
            super()._display(screen, renderable)

    def on_resize(self) -> None:
        """What a terminal makes of its old contents is its own affair."""
        self.shown.forget()

    def action_redraw(self) -> None:
        """Draw everything again, whatever the terminal shows."""
        self.shown.forget()
        self.refresh(layout=True)

    def _fatal_error(self) -> None:
        # Textual's own way prints local variables: what stands in records.
        error = self._exception
        named = type(error).__name__ if error else "unknown"
        place = _place_of(error)
        self._exit_renderables.append(
            Segments(
                [
                    Segment(f"linkdeck: the console failed ({named}{place}); "),
                    Segment("runs go on, and linkdeck opens it again\n"),
                ]
            )
        )
        self._return_code = CRASHED
        self._close_messages_no_wait()

    # Places

    def make(self, to: To) -> "Place":
        """The screen of a place."""
        module, name = PLACES[to.place].split(":")
        made = getattr(import_module(f"console.screens.{module}"), name)(to)
        return cast("Place", made)

    def go(self, to: To) -> None:
        """Open a place on top of this one."""
        self.push_screen(self.make(to))

    def replace(self, to: To) -> None:
        """Open a place instead of this one: going back passes it by."""
        self.switch_screen(self.make(to))

    @property
    def place_now(self) -> "Place | None":
        """The place on top, dialogs aside."""
        from console.screens.place import Place

        tops = [screen for screen in self.screen_stack if isinstance(screen, Place)]
        return tops[-1] if tops else None

    def knows(self, place: str) -> bool:
        """Whether there is a place of that name."""
        return place in PLACES

    def below(self, place: "Place") -> "Place | None":
        """The place one came from to this one."""
        from console.screens.place import Place

        places = [screen for screen in self.screen_stack if isinstance(screen, Place)]
        before = places[: places.index(place)] if place in places else places
        return before[-1] if before else None

    def trail(self) -> list[str]:
        """The places one came by."""
        from console.screens.place import Place

        return [each.crumb() for each in self.screen_stack if isinstance(each, Place)]

    async def action_place(self, name: str) -> None:
        """One of the three places that are a key away wherever one is."""
        self.back_to_links()
        if name != "links":
            self.go(To(name))

    def back_to_links(self) -> None:
        """All the way back."""
        while len(self.screen_stack) > _BOTTOM + 1:
            self.pop_screen()

    async def action_back(self) -> None:
        """Close a dialog, clear the filter, or go back; at the top, nothing."""
        top: Screen[Any] = self.screen
        stepped = getattr(top, "step_back", None)
        if stepped is not None and stepped():
            return
        if len(self.screen_stack) > _BOTTOM + 1:
            self.pop_screen()

    def action_help(self) -> None:
        """All keys that work here."""
        place = self.place_now
        if place is not None and place.to.place != "help":
            self.go(To("help"))

    def action_filter(self) -> None:
        """Type a filter for the list on top."""
        place = self.place_now
        if place is not None:
            place.action_filter()

    def action_command(self) -> None:
        """Go anywhere by name."""
        from console.screens.command import Command

        if not isinstance(self.screen, Command):
            self.push_screen(Command())

    async def action_quit(self) -> None:
        """Leave; what runs goes on."""
        self.exit(0)

    def action_pause(self) -> None:
        """Stop and start the refresh of the screen; nothing else."""
        self.desk.paused = not self.desk.paused
        self.health = "paused" if self.desk.paused else "live"
        if not self.desk.paused:
            self.desk.again()
        if self.place_now is not None:
            self.place_now.look()

    def action_suspend(self) -> None:
        """Back to the shell, until fg."""
        self.action_suspend_process()

    # What any screen may ask of it

    def say(self, sentence: str, *, style: str = "") -> None:
        """One sentence for a while, in the footer."""
        if self.place_now is not None:
            self.place_now.say(sentence, style=style)

    def start_run(self, link: str) -> None:
        """Run a Link in a process of its own, and show it."""
        from console.screens.acts import standing_of

        place = self.place_now
        if place is not None:
            place.ask(lambda engine: standing_of(engine, link), "before run")

    def ready_to_run(self, link: "LinkSeen") -> None:
        """Run it, once a person has confirmed it where much depends on it."""
        from console.screens.acts import GRAVE, run_question
        from console.screens.dialog import Confirmed, Dialog

        if link.severity not in GRAVE:
            self._launch(link.name)
            return

        def answered(confirmed: Confirmed | None) -> None:
            if confirmed is not None:
                self._launch(link.name)

        self.push_screen(Dialog(run_question(link)), answered)

    def _launch(self, link: str) -> None:
        place = self.place_now
        if place is not None:
            options = RunOptions(actor=self.actor)
            self.say(f"starting {link}")
            place.ask(lambda engine: engine.launch(link, options), "run")

    def copy_out(self, text: str) -> None:
        """Onto the clipboard, by OSC 52 and by tmux where one is in between."""
        self.copy_to_clipboard(text)
        self.say(hand_over(text, self.settings.environ))

    def keep(self, text: str, name: str) -> None:
        """Into a new private file."""
        self.say(kept(text, self.settings.home, name))


_BOTTOM = 1
"""Textual's own default screen lies below the Links."""


def _place_of(error: BaseException | None) -> str:
    """Where it happened: file and line, never what stood in variables."""
    trace = error.__traceback__ if error else None
    last = None
    while trace is not None:
        last, trace = trace, trace.tb_next
    if last is None:
        return ""
    code = last.tb_frame.f_code
    return f" at {Path(code.co_filename).name}:{last.tb_lineno}"
