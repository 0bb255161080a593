"""A place: a screen that asks the engine one question and shows the answer, again and again."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from console.deck import Deck
from console.filtering import Filter, understood
from console.ink import visible, width_of
from console.keys import COMMAND, FILTER, HELP, OPEN, Action, key_of, loud
from console.messages import Heard, Seen
from console.pages.page import Cell, Line, Span, spans
from console.places import To
from console.refresh import UNCHANGED, Answer, Question, Told
from console.theme import Skin
from console.trouble import sentence
from console.widgets.bar import Bar
from console.widgets.entry import Entry
from console.widgets.lines import Lines
from console.widgets.note import Note
from console.widgets.paper import Paper

NOTICE = 6.0
"""Seconds a sentence stays in the footer."""

_APART = 6
"""Cells of the first line that stay blank: its margins, and between its parts."""


class Place(Screen[None]):
    """Header, what is shown and how much of it, the body, footer.

    Threads ask `question`; `answered` is called with its answer on the event loop and draws.
    """

    CSS_PATH: ClassVar[Any] = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = "Lines"
    offers: ClassVar[tuple[Action, ...]] = ()
    filters: ClassVar[bool] = True

    def __init__(self, to: To) -> None:
        super().__init__()
        self.to = to
        self.filter_text = ""
        self.answer: Any = None
        self.problem: str | None = None
        self._visit = 0
        self._told: Told | None = None
        self._notice: Span | None = None
        self._notices = 0

    # What a kind of place says of itself

    def crumb(self) -> str:
        """What the header calls it."""
        return self.to.place

    def question(self) -> Question:
        """What is asked for it."""
        return lambda engine: engine.changed()

    def answered(self, answer: Any) -> None:
        """Show the answer."""

    def heard(self, subject: Any, answer: Answer) -> None:
        """Something asked beside the page was answered."""

    def body(self) -> ComposeResult:
        """The widgets between header and footer."""
        yield from ()

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """What is shown and how many of how many."""
        del skin
        return "", ""

    def hint(self) -> str:
        """What is to be typed now, if anything is; it stands in the tally's place."""
        return ""

    def narrowed(self) -> None:
        """The filter has changed."""

    def may(self, action: Action) -> bool:
        """Whether an action does something here and now."""
        return action in self.offers

    def offered(self, action: Action) -> bool:
        """The same; nothing opens where the cursor stands on nothing."""
        return self.may(action) and (action.name != OPEN.name or self._opens())

    def _opens(self) -> bool:
        focused = self.focused
        lists = [focused] if isinstance(focused, Lines) else self.query(Lines)
        return any(
            each.display and each.count() and each.target(each.at) is not None
            for each in lists
        )

    def seeking(self) -> bool:
        """Whether what matches is still being looked for."""
        return False

    def subject(self) -> str:
        """What `y` copies and `Y` saves: the text under the cursor, or of the whole page."""
        return ""

    # The life of a place

    @property
    def deck(self) -> Deck:
        """The app."""
        return cast("Deck", self.app)

    @property
    def filter(self) -> Filter:
        """What the filter line asks for."""
        return understood(self.filter_text)

    def compose(self) -> ComposeResult:
        """Header, tally, body, footer."""
        yield Bar(self._header, id="header")
        yield Bar(self._tally, id="tally")
        yield from self.body()
        yield Entry(id="filter", placeholder="words  field:value  !not")
        notice = Note(id="notice")
        notice.display = False
        yield notice
        yield Bar(self._footer, id="footer")

    def on_screen_resume(self) -> None:
        """It is on top: ask for it."""
        self.ask_again()

    def on_screen_suspend(self) -> None:
        """Another is on top."""
        self.deck.desk.leave(self._told)

    def ask_again(self) -> None:
        """Ask the question, as it now is, at once and whenever something changed."""
        self._visit += 1
        visit = self._visit

        def told(answer: Answer) -> None:
            self.post_message(Seen(answer, visit))

        self._told = told
        self.deck.desk.visit(self.question(), told)

    def ask(self, question: Question, subject: Any) -> None:
        """Ask something beside the page; the answer comes to `heard`."""

        def told(answer: Answer) -> None:
            self.post_message(Heard(subject, answer))

        self.deck.desk.ask(question, told)

    @on(Seen)
    def _seen(self, message: Seen) -> None:
        if message.visit != self._visit or not self.is_attached:
            return
        answer = message.answer
        if answer.error is not None:
            self._lost(answer)
        else:
            self._arrived(answer.value)
        self.look()

    def _arrived(self, value: Any) -> None:
        self._reached()
        if value is UNCHANGED:
            self.unchanged()
            return
        if self.problem is not None:
            self.quiet()
        self.answer, self.problem = value, None
        self.answered(value)

    def unchanged(self) -> None:
        """Looked, and nothing had changed; what shows an age may want to move on."""

    def _reached(self) -> None:
        self.deck.health = "paused" if self.deck.desk.paused else "live"

    def _lost(self, answer: Answer) -> None:
        problem = sentence(answer.error) if answer.error else ""
        if answer.reached:
            self._reached()
        else:
            self.deck.health = "lost"
        if problem != self.problem:
            self.problem = problem
            self.troubled(problem)

    def troubled(self, problem: str) -> None:
        """The question could not be answered: that is said until it can be."""
        self._notices += 1
        self._notice = Span(problem, "bad")
        self._note()

    def unread(self, meanwhile: str = "reading") -> tuple[Cell, Cell]:
        """What the tally says before there is an answer."""
        return Span("" if self.problem else meanwhile, "quiet"), ""

    def resume(self, event: int) -> None:
        """Have an interrupted Sync Event finished, in a process of its own."""
        actor = self.deck.actor
        self.say(f"resuming #{event}")
        self.ask(lambda engine: engine.launch_resume(str(event), actor=actor), None)

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        if not self.is_attached:
            return
        if message.answer.error is not None:
            self.say(sentence(message.answer.error), style="bad")
        elif message.subject == "before run":
            self.deck.ready_to_run(message.answer.value)
        elif message.subject == "run":
            self.deck.go(To("summary", event=message.answer.value.id))
        self.heard(message.subject, message.answer)

    # Header, tally, footer

    def look(self) -> None:
        """Draw the bars again where they say something else by now."""
        for bar in self.query(Bar):
            bar.look()
        none = self.filter_text and self.answer is not None and not self.seeking()
        for lines in self.query(Lines):
            lines.say_none("Nothing matches; esc takes the filter away." if none else "")

    def say(self, text: str, *, style: str = "") -> None:
        """One sentence in the footer, for a while."""
        self._notices += 1
        mine = self._notices
        self._notice = Span(text, style)
        self._note()

        def over() -> None:
            if mine == self._notices:
                self.quiet()

        self.set_timer(NOTICE, over)

    def quiet(self) -> None:
        """What was said is over."""
        self._notices += 1
        self._notice = None
        self._note()

    def _note(self) -> None:
        """A line of its own, or as many as it needs, above the keys."""
        for note in self.query("#notice").results(Note):
            note.display = self._notice is not None
            if self._notice is not None:
                note.tell([Line(self._notice, indent=1)])
        self.look()

    def _header(self, skin: Skin, width: int) -> tuple[Cell, Cell]:
        glyphs = {
            "live": (skin.glyph("●", "*"), "good"),
            "opening": (skin.glyph("○", "o"), "quiet"),
            "paused": (skin.glyph("‖", "="), "warn"),
            "lost": (skin.glyph("✗", "x"), "bad"),
        }
        glyph, style = glyphs[self.deck.health]
        words = {"lost": "no answer"}.get(self.deck.health, self.deck.health)
        name, right = Span("linkdeck", "key"), Span(f"{glyph} {words}", style)
        room = width - _size((name, right)) - _APART
        return (name, "  ", Span(_way(self.deck.trail(), room, skin), "strong")), right

    def _tally(self, skin: Skin, width: int) -> tuple[Cell, Cell]:
        del width
        left, right = self.tally(skin)
        if hint := self.hint():
            return Span(hint, "key"), right
        if not self.filter_text:
            return left, right
        return (Span("/ ", "key"), Span(self.filter_text, "strong")), right

    def _footer(self, skin: Skin, width: int) -> tuple[Cell, Cell]:
        here = [action for action in loud(self.offers) if self.offered(action)]
        there = [FILTER] * self.filters + [COMMAND, HELP]
        right = (*self._further(skin), *spans(_named(there, skin)))
        while here and _size(_named(here, skin)) + _size(right) + 2 > width:
            here.pop()
        return _named(here, skin), right

    def _further(self, skin: Skin) -> tuple[Span, ...]:
        """How many lines of a page that is read stand below the window."""
        page = next(iter(self.query(self.AUTO_FOCUS)), None)
        if type(page) is not Paper or not page.further:
            return ()
        return (Span(f"{skin.glyph('↓', 'v')} {page.further} more", "warn"), Span("  "))

    # The filter line

    def action_filter(self) -> None:
        """Type a filter."""
        if self.filters:
            self.add_class("typing")
            entry = self.query_one("#filter", Entry)
            entry.value = self.filter_text
            entry.focus()

    @on(Input.Changed, "#filter")
    def _typed(self, event: Input.Changed) -> None:
        if self.has_class("typing") and event.value != self.filter_text:
            self.filter_text = event.value
            self.narrowed()
            self.look()

    @on(Input.Submitted, "#filter")
    def _typed_out(self) -> None:
        self._stop_typing()

    def _stop_typing(self) -> None:
        self.remove_class("typing")
        self.query_one(self.AUTO_FOCUS, Widget).focus()
        self.look()

    def step_back(self) -> bool:
        """Clear the filter, if there is one; false: there is nothing here to go back from."""
        if not (self.filter_text or self.has_class("typing")):
            return False
        self.filter_text = ""
        self.query_one("#filter", Entry).value = ""
        self._stop_typing()
        self.narrowed()
        self.look()
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys whose action does nothing here and now are not bound."""
        del parameters
        offered = next((each for each in self.offers if each.name == action), None)
        return offered is None or self.may(offered)


def _way(places: Sequence[str], room: int, skin: Skin) -> str:
    """The places one came by; where not all have room, the last ones: where one is tells most."""
    arrow = skin.glyph(" › ", " > ")
    for first in range(len(places)):
        way = arrow.join([skin.glyph("…", "~")] * (first > 0) + list(places[first:]))
        if _size((Span(way),)) <= room:
            return way
    return places[-1] if places else ""


def _size(cell: Cell) -> int:
    return width_of(visible(cell, unicode=True))


def _named(actions: Iterable[Action], skin: Skin) -> Cell:
    parts: list[str | Span] = []
    for action in actions:
        if parts:
            parts.append("  ")
        parts += [Span(key_of(action, skin), "key"), " ", action.label]
    return tuple(parts) or ""
