"""Alerts: what fires, the loudest first, and what has been resolved."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count, minute, zone
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved
from console.pages import alerts_page
from console.pages.page import Cell, Span
from console.places import To
from console.refresh import Question
from console.screens.place import Place
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.table import Entryline, Table
from engine.domain.alert import AlertSeen, AlertState

COLUMNS = (
    Field("PRIORITY", 11),
    Field("STATE", 9),
    Field("LINK", 12, grow=2),
    Field("SINCE", 16, rank=1),
    Field("TOLD", 12, rank=2),
    Field("WHY", 20, grow=6),
)

NONE = (
    "No alert has fired.",
    "",
    "A Link says when under alerts:, or its severity decides. "
    "The engine looks every few seconds: linkdeck engine.",
)


class Alerts(Place):
    """Rules that fire, or have fired."""

    offers = (keys.OPEN,)

    def crumb(self) -> str:
        """What the header calls it."""
        return "Alerts"

    def body(self) -> ComposeResult:
        """The list."""
        yield Table(id="alerts")
        yield Empty(NONE, id="empty")

    def question(self) -> Question:
        """All of them, or those of one Link."""
        link = self.to.link
        return lambda engine: engine.alerts(link)

    def answered(self, answer: Sequence[AlertSeen]) -> None:
        """A row a rule."""
        self.query_one(Empty).display = not answer
        self.query_one(Table).display = bool(answer)
        self._fill()

    def narrowed(self) -> None:
        """Others match."""
        self._fill()

    def _fill(self) -> None:
        if self.answer is not None:
            skin = self.deck.skin
            rows = [
                Entryline(place, _cells(each, skin)) for place, each in self._matching()
            ]
            self.query_one(Table).fill(COLUMNS, rows)

    def _matching(self) -> list[tuple[int, AlertSeen]]:
        wanted = self.filter
        return [
            (place, each)
            for place, each in enumerate(self.answer)
            if wanted.admits(f"{each.priority} {each.state} {each.sentence}", {})
        ]

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many fire."""
        del skin
        if self.answer is None:
            return self.unread()
        fires = sum(each.state is AlertState.FIRING for each in self.answer)
        style = "bad" if fires else "good"
        left = (Span(f"{count(fires)} firing", style), f", times in {zone()}")
        return left, f"{count(len(self._matching()))} of {count(len(self.answer))}"

    @on(Moved)
    def _moved(self) -> None:
        self.look()

    def may(self, action: Action) -> bool:
        """The Sync Event it is about can be opened."""
        del action
        return self._to() is not None

    def _to(self) -> To | None:
        table = self.query_one(Table)
        place = table.target(table.at) if table.count() else None
        if place is None or not self.answer or place >= len(self.answer):
            return None
        seen: AlertSeen = self.answer[place]
        if seen.event is None:
            return To("events", link=seen.link)
        return To("summary", event=seen.event)

    @on(Chosen)
    def _open(self) -> None:
        if (to := self._to()) is not None:
            self.deck.go(to)


def _cells(seen: AlertSeen, skin: Skin) -> tuple[Cell, ...]:
    return (
        alerts_page.priority(seen, unicode=skin.unicode),
        seen.state.value,
        seen.link,
        minute(alerts_page.since(seen)),
        alerts_page.told(seen),
        alerts_page.why(seen),
    )
