"""One Batch: its scope, what became of it, its failing records."""

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult

from console import keys
from console.ink import fitted
from console.messages import Chosen
from console.pages.failing import batch_facts, batch_state
from console.pages.page import Caption, Cell, Facts, Span
from console.places import To
from console.refresh import Question
from console.screens.place import Place
from console.states import RECORD, words
from console.theme import Skin
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.requests import BatchDetail
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import SnapshotSeen


class OneBatch(Place):
    """One Batch."""

    filters = False
    offers = (keys.OPEN,)

    def crumb(self) -> str:
        """What the header calls it."""
        return f"Batch {self.to.batch}"

    def body(self) -> ComposeResult:
        """One page."""
        yield Paper(id="batch")

    def question(self) -> Question:
        """The Batch as it now stands."""
        ref, index = str(self.to.event), self.to.batch or 0
        return lambda engine: engine.batch(ref, index)

    def answered(self, answer: BatchDetail) -> None:
        """Draw it."""
        self.query_one(Paper).show(lambda width, skin: list(_page(answer, width, skin)))

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Which it is, and how it stands."""
        if self.answer is None:
            return Span(self.problem or "reading", "quiet"), ""
        detail: BatchDetail = self.answer
        name = Span(f"#{detail.event.id} {detail.event.link}, batch {detail.batch.index}")
        return (name, "  ", batch_state(detail.batch, unicode=skin.unicode)), ""

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        self.deck.go(To("record", snapshot=message.target))


def _page(detail: BatchDetail, width: int, skin: Skin) -> Iterator[Leaf]:
    yield from leaves([Facts(tuple(batch_facts(detail.batch)))], width - 2, skin)
    if not detail.records:
        return
    yield Leaf([])
    yield from leaves([Caption("Its failing records")], width, skin)
    for record in detail.records:
        yield Leaf(_record(record, width, skin), record.id)


def _record(record: SnapshotSeen, width: int, skin: Skin) -> list[Span]:
    look = RECORD[RecordState(record.state)]
    error = record.errors[0] if record.errors else {}
    state = Span(f"{look.mark(unicode=skin.unicode)} {words(record.state)}", look.style)
    return [
        Span("  "),
        *fitted(Span(record.label, "strong"), 18, skin),
        Span("  "),
        *fitted(state, 12, skin),
        Span("  "),
        *fitted(str(error.get("field") or ""), 14, skin),
        Span("  "),
        *fitted(str(error.get("message", "")), max(width - 54, 10), skin),
    ]
