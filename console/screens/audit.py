"""The audit: who did what to what, and why; newest first."""

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count, counted, minute, zone
from console.keys import Action
from console.layout import Field
from console.messages import Chosen, Moved
from console.pages.audit_page import because
from console.pages.page import Cell, Span
from console.places import To
from console.refresh import Question
from console.screens.place import Place
from console.theme import Skin
from console.widgets.empty import Empty
from console.widgets.table import Entryline, Table
from engine.domain.inbox import AuditSeen
from engine.domain.requests import Page

PAGE = 200

COLUMNS = (
    Field("ROW", 6, right=True, rank=3),
    Field("WHEN", 16),
    Field("WHO", 12, grow=2, rank=1),
    Field("DID", 12, grow=1),
    Field("TO", 8, grow=1),
    Field("WHY", 14, grow=5),
)


class Audit(Place):
    """The audit trail."""

    offers = (keys.OPEN,)

    def on_mount(self) -> None:
        """It begins with one page."""
        self.limit = PAGE

    def crumb(self) -> str:
        """What the header calls it."""
        return "Audit"

    def body(self) -> ComposeResult:
        """The list."""
        yield Table(id="audit")
        yield Empty(["Nobody has changed anything yet."], id="empty")

    def question(self) -> Question:
        """The newest rows."""
        limit = self.limit
        return lambda engine: engine.audit_rows(limit=limit)

    def answered(self, answer: Page[AuditSeen]) -> None:
        """A row an act."""
        self.query_one(Empty).display = not answer.items
        self.query_one(Table).display = bool(answer.items)
        self._fill()

    def narrowed(self) -> None:
        """Other acts match."""
        self._fill()

    def _fill(self) -> None:
        if self.answer is not None:
            rows = [Entryline(row.seq, _cells(row)) for row in self._matching()]
            self.query_one(Table).fill(COLUMNS, rows)

    def _matching(self) -> list[AuditSeen]:
        wanted = self.filter
        return [row for row in self.answer.items if wanted.admits(*_said(row))]

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How many of how many."""
        del skin
        if self.answer is None:
            return self.unread()
        known = len(self.answer.items)
        more = " newest, more below" if self.answer.next else ""
        left = f"{counted(known, 'act')}{more}, times in {zone()}"
        return left, f"{count(len(self._matching()))} of {count(known)}"

    @on(Moved)
    def _moved(self) -> None:
        table = self.query_one(Table)
        if table.at >= table.count() - PAGE // 4 and self.answer and self.answer.next:
            self.limit = len(self.answer.items) + PAGE
            self.ask_again()
        self.look()

    def may(self, action: Action) -> bool:
        """What it was done to can be opened, where it is a Sync Event, a record or a Link."""
        del action
        return self._to() is not None

    def _to(self) -> To | None:
        table = self.query_one(Table)
        seq = table.target(table.at) if table.count() else None
        rows = self.answer.items if self.answer else ()
        row = next((each for each in rows if each.seq == seq), None)
        return _place_of(row.subject) if row else None

    @on(Chosen)
    def _open(self) -> None:
        if (to := self._to()) is not None:
            self.deck.go(to)


def _place_of(subject: str) -> To | None:
    name, digits = subject[:1], subject[1:]
    if not (digits.isascii() and digits.isdigit()):
        return To("events", link=subject) if subject else None
    if name == "s":
        return To("record", snapshot=int(digits))
    return To("summary", event=int(digits)) if name == "#" else None


def _cells(row: AuditSeen) -> tuple[Cell, ...]:
    return (
        str(row.seq),
        minute(row.at),
        row.actor,
        Span(row.action, "strong"),
        row.subject,
        because(row),
    )


def _said(row: AuditSeen) -> tuple[str, dict[str, str]]:
    text = f"{row.actor} {row.action} {row.subject} {row.reason or ''}"
    return text, {"actor": row.actor, "action": row.action}
