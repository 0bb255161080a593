"""Go anywhere, do anything by name: places, Links, Sync Events, and what works here now."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from console.deck import Deck
from console.keys import BACK, Action, bindings, keys_of
from console.layout import Field
from console.messages import Chosen
from console.pages.page import Span
from console.places import To
from console.refresh import Answer
from console.theme import PALETTES
from console.widgets.entry import Entry
from console.widgets.table import Entryline, Table
from engine.domain.values import dataclass

UP = Action("up", "up", "up", "the entry above", loud=False)
DOWN = Action("down", "down,tab", "down", "the entry below", loud=False)

COLUMNS = (Field("", 18, grow=1), Field("", 44, grow=1), Field("", 8))

GENERAL = {
    "links": "all Links",
    "events": "all Sync Events",
    "inbox": "what waits for a person",
    "audit": "who did what, and why",
    "alerts": "what fires, and who was told",
    "causes": "what fails, over all Sync Events",
    "help": "all keys",
}
OF_A_LINK = {
    "explain": "why Last Successful Sync is where it is",
    "settings": "what operators may set for the Link",
}
OF_AN_EVENT = {"chain": "the Sync Events that descend from one another"}


@dataclass(frozen=True, slots=True)
class Entrance:
    """One thing that can be done by name."""

    name: str
    does: str
    key: str
    act: Callable[[], object]


class Command(ModalScreen[None]):
    """A line to type in, and what matches."""

    CSS_PATH: ClassVar[Any] = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = "Entry"
    BINDINGS = bindings(UP, DOWN, BACK)

    def __init__(self) -> None:
        super().__init__()
        self._links: tuple[str, ...] = ()
        self._entrances: list[Entrance] = []

    def compose(self) -> ComposeResult:
        """What matches above, what is typed below."""
        with Vertical(id="panel"):
            yield Table(id="matches")
            yield Entry(placeholder="a place, a Link, #12, or what to do", id="typed")

    def on_mount(self) -> None:
        """Everything matches; the Links come when the engine has told them."""
        self._match("")
        deck = self.deck

        def told(answer: Answer) -> None:
            if answer.error is None:
                self._links = tuple(link.name for link in answer.value)
                self.app.call_later(self._match_again)

        deck.desk.ask(lambda engine: engine.links(), told)

    @property
    def deck(self) -> Deck:
        """The app."""
        return cast("Deck", self.app)

    def _match_again(self) -> None:
        if self.is_attached:
            self._match(self.query_one(Entry).value)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._match(event.value)

    def _match(self, typed: str) -> None:
        wanted = typed.strip().lower()
        found = [each for each in self._all(wanted) if _matches(each, wanted)]
        found.sort(key=lambda each: _rank(each, wanted))
        self._entrances = found
        rows = [
            Entryline(
                place,
                (
                    Span(each.name, "strong"),
                    Span(each.does, "quiet"),
                    Span(each.key, "key"),
                ),
            )
            for place, each in enumerate(found)
        ]
        table = self.query_one(Table)
        table.at = table.top = 0
        table.fill(COLUMNS, rows)
        table.refresh()

    def _all(self, wanted: str) -> Iterator[Entrance]:
        deck = self.deck
        digits = wanted.removeprefix("#")
        if digits.isascii() and digits.isdigit() and len(digits) < 18:
            yield self._to(f"#{digits}", "the Sync Event", To("summary", event=int(digits)))
        snapshot = wanted.removeprefix("s")
        if wanted != snapshot and snapshot.isascii() and snapshot.isdigit():
            to = To("record", snapshot=int(snapshot[:18]))
            yield self._to(f"s{snapshot}", "the failing record", to)
        place = deck.place_now
        if place is not None:
            yield from self._here(place)
            offered = {action.label for action in filter(place.offered, place.offers)}
            here = getattr(place, "here", lambda: None)()
            about = self._about(place.to, here)
            yield from (each for each in about if each.name not in offered)
        for name, does in GENERAL.items():
            if deck.knows(name):
                yield self._to(name, does, To(name))
        for link in self._links:
            yield self._to(link, "the Link's Sync Events", To("events", link=link))
        for name in PALETTES:
            yield Entrance(name, "put on this theme", "", partial(deck.dress, name))
        yield Entrance("quit", "leave; what runs goes on", "q", lambda: deck.exit(0))

    def _here(self, place: Any) -> Iterator[Entrance]:
        """What works on the place below."""
        for action in filter(place.offered, place.offers):
            key = keys_of(action, self.deck.skin)
            act = partial(place.run_action, action.name)
            yield Entrance(action.label, action.does, key, act)

    def _about(self, to: To, here: Any) -> Iterator[Entrance]:
        """Places about the Link or the Sync Event one is at."""
        link = to.link or getattr(here, "link", None) or getattr(here, "name", None)
        event = to.event or (here.id if hasattr(here, "id") else None)
        for name, does in OF_A_LINK.items():
            if link and self.deck.knows(name):
                yield self._to(name, f"{does} ({link})", To(name, link=link))
        for name, does in OF_AN_EVENT.items():
            if event and self.deck.knows(name):
                yield self._to(name, f"{does} (#{event})", To(name, event=event, link=link))

    def _to(self, name: str, does: str, to: To) -> Entrance:
        return Entrance(name, does, "", lambda: self.deck.go(to))

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._do(self.query_one(Table).at)

    @on(Chosen)
    def _chosen(self, message: Chosen) -> None:
        self._do(message.target)

    def _do(self, place: int) -> None:
        if place < len(self._entrances):
            act = self._entrances[place].act
            self.dismiss(None)
            self.deck.call_after_refresh(act)

    def action_up(self) -> None:
        """The entry above."""
        self.query_one(Table).action_up()

    def action_down(self) -> None:
        """The entry below."""
        self.query_one(Table).action_down()

    def action_back(self) -> None:
        """Escape closes it."""
        self.dismiss(None)


def _matches(entrance: Entrance, wanted: str) -> bool:
    return all(
        word in f"{entrance.name} {entrance.does}".lower() for word in wanted.split()
    )


def _rank(entrance: Entrance, wanted: str) -> tuple[bool, bool]:
    """What begins so comes first, then what is named so."""
    name = entrance.name.lower()
    return not name.startswith(wanted), wanted not in name
