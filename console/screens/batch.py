"""One Batch: its scope, what became of it, its failing records."""

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import counted
from console.layout import heading, tabular
from console.messages import Chosen
from console.pages.failing import batch_facts, batch_state
from console.pages.page import Cell, Facts, Span
from console.places import To
from console.refresh import Question
from console.screens.failing_rows import RECORDS, record_cells
from console.screens.place import Place
from console.theme import Skin
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.requests import BatchDetail

COLUMNS = RECORDS[:-1]
"""All but the number of the Batch, which is one and the same."""


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
            return self.unread()
        detail: BatchDetail = self.answer
        name = Span(f"#{detail.event.id} {detail.event.link}, batch {detail.batch.index}")
        return (name, "  ", batch_state(detail.batch, unicode=skin.unicode)), ""

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        self.deck.go(To("record", snapshot=message.target))


def _page(detail: BatchDetail, width: int, skin: Skin) -> Iterator[Leaf]:
    facts = [Facts(tuple(batch_facts(detail.batch)))]
    for leaf in leaves(facts, width - 2, skin):
        yield Leaf([Span(" "), *leaf.row])
    if not detail.records:
        return
    yield Leaf([])
    number = counted(len(detail.records), "failing record")
    yield Leaf([Span(" "), Span(number, "title")])
    yield Leaf([Span("  ", "head"), *heading(COLUMNS, width - 3, skin)])
    for record in detail.records:
        cells = record_cells(record, skin)[: len(COLUMNS)]
        yield Leaf([Span("  "), *tabular(COLUMNS, cells, width - 3, skin)], record.id)
