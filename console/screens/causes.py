"""Causes over all Sync Events: those that came back first, with what is known of each."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count, counted, minute, zone
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved
from console.pages import causes_page
from console.pages.page import Cell, Span
from console.places import To
from console.refresh import Answer, Question
from console.screens.place import Place
from console.screens.remark import NOTED, ask_note, say_noted
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.table import Entryline, Table
from engine.domain.cause import CauseFilter, RootCause, Turn

KNOWN = Field("KNOWN", 12, grow=4)
COLUMNS = (
    Field("STATE", 11),
    Field("EVENTS", 6, right=True),
    Field("FAILURES", 9, right=True, rank=1),
    Field("LAST", 16, rank=2),
    Field("CAUSE", 24, grow=4),
    KNOWN,
    Field("LINKS", 10, grow=1, rank=3),
)


class Causes(Place):
    """What fails, over all Sync Events."""

    offers = (keys.OPEN, keys.NOTE)
    BINDINGS = keys.bindings(keys.NOTE)

    def crumb(self) -> str:
        """What the header calls it."""
        return "Causes"

    def body(self) -> ComposeResult:
        """The list."""
        yield Table(id="causes")
        yield Empty(["Nothing has failed yet."], id="empty")

    def question(self) -> Question:
        """All of them, or those of one Link."""
        wanted = CauseFilter(link=self.to.link)
        return lambda engine: engine.root_causes(wanted)

    def answered(self, answer: Sequence[RootCause]) -> None:
        """A row a cause."""
        self.query_one(Empty).display = not answer
        self.query_one(Table).display = bool(answer)
        self._fill()

    def narrowed(self) -> None:
        """Others match."""
        self._fill()

    def _fill(self) -> None:
        if self.answer is not None:
            skin = self.deck.skin
            found = self._matching()
            # Where nothing is known of any, the column takes nobody's room.
            told = any(each.note or each.category for each in found)
            shown = [at for at, field in enumerate(COLUMNS) if told or field is not KNOWN]
            rows = []
            for each in found:
                cells = _cells(each, skin)
                rows.append(Entryline(each.fingerprint, [cells[at] for at in shown]))
            self.query_one(Table).fill([COLUMNS[at] for at in shown], rows)

    def _matching(self) -> list[RootCause]:
        wanted = self.filter
        return [each for each in self.answer if wanted.admits(*_said(each))]

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many, and how many of them came back."""
        del skin
        if self.answer is None:
            return self.unread()
        known = len(self.answer)
        back = sum(each.turn is Turn.REGRESSED for each in self.answer)
        left: Cell = (
            counted(known, "cause"),
            Span(f"   {count(back)} came back" if back else "", "bad"),
            f", times in {zone()}",
        )
        return left, f"{count(len(self._matching()))} of {count(known)}"

    @on(Moved)
    def _moved(self) -> None:
        self.look()

    def may(self, action: Action) -> bool:
        """Of a cause under the cursor, the failures it made last; and something can be said."""
        del action
        return self._cause() is not None

    def _cause(self) -> RootCause | None:
        table = self.query_one(Table)
        chosen = table.target(table.at) if table.count() else None
        return next(
            (each for each in self.answer or () if each.fingerprint == chosen), None
        )

    @on(Chosen)
    def _open(self) -> None:
        if (cause := self._cause()) is not None:
            last = max(cause.links, key=lambda each: each.last_event).last_event
            self.deck.go(To("failures", event=last, fingerprint=cause.fingerprint))

    def action_note(self) -> None:
        """Say what is known of it."""
        if (cause := self._cause()) is not None:
            ask_note(self, cause)

    def heard(self, subject: Any, answer: Answer) -> None:
        """It is kept."""
        if subject == NOTED:
            say_noted(self.deck, answer)


def _cells(cause: RootCause, skin: Skin) -> tuple[Cell, ...]:
    return (
        causes_page.turn(cause.turn, unicode=skin.unicode),
        count(cause.events),
        count(cause.times),
        minute(cause.last_at),
        Span(cause.message, "strong"),
        Span(causes_page.said(cause), "warn"),
        ", ".join(each.link for each in cause.links),
    )


def _said(cause: RootCause) -> tuple[str, dict[str, str]]:
    text = f"{cause.message} {causes_page.said(cause)} {cause.fingerprint}"
    fields = {
        "tier": cause.tier,
        "class": cause.error_class,
        "code": cause.code,
        "field": cause.field or "",
        "stage": cause.stage or "",
        "state": causes_page.LOOK[cause.turn][1],
    }
    return text, fields
