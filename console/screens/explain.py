"""Why Last Successful Sync is where it is, and what holds it there."""

from collections.abc import Iterator
from dataclasses import replace

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import bound, counted
from console.messages import Chosen
from console.pages.lists import mark_of
from console.pages.page import Caption, Cell, Line, Span
from console.pages.timing import outlook
from console.places import To
from console.refresh import Question
from console.screens.place import Place
from console.theme import Skin
from console.trouble import by_keys
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.requests import Explanation


class Explain(Place):
    """The mark of one Link."""

    filters = False
    offers = (keys.OPEN, keys.RUN)
    BINDINGS = keys.bindings(keys.RUN)

    def crumb(self) -> str:
        """What the header calls it."""
        return f"Explain {self.to.link}" if self.to.event is None else "Explain"

    def body(self) -> ComposeResult:
        """One page."""
        yield Paper(id="explain")

    def question(self) -> Question:
        """Where the mark is and why."""
        link = self.to.link or ""
        return lambda engine: engine.explain(link)

    def answered(self, answer: Explanation) -> None:
        """Draw it."""
        self.query_one(Paper).show(lambda width, skin: list(_page(answer, width, skin)))

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """Of which Link."""
        del skin
        if self.answer is None:
            return self.unread()
        return f"Why {self.to.link} is synced up to where it is", ""

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        self.deck.go(To("summary", event=message.target))

    def action_run(self) -> None:
        """Run the Link."""
        if self.to.link:
            self.deck.start_run(self.to.link)


def _page(told: Explanation, width: int, skin: Skin) -> Iterator[Leaf]:
    wide = width - 2
    where = mark_of(told)
    yield from _read([Line((Span("Last Successful Sync  ", "strong"), where))], wide, skin)
    if told.held_by:
        yield Leaf([])
        yield from _read([Caption("Held back by")], wide, skin)
        for held in told.held_by:
            batches = counted(held.batches, "open batch", "open batches")
            text = f"  {batches}, {counted(held.records, 'open record')}"
            row = [Span("   "), Span(f"#{held.event}", "strong"), Span(text)]
            yield Leaf(row, held.event)
    if told.would_move_to is not None:
        text = f"With those closed it moves to {bound(told.would_move_to)}."
        yield from _read([Line(), Line(text)], wide, skin)
    for note in told.notes:
        yield from _read([Line(), Line(by_keys(note))], wide, skin)
    rest = [Line(each.text, each.indent - 2) for each in outlook(_with_keys(told))]
    yield from _read([Line(), *rest] if rest else [], wide, skin)


def _with_keys(told: Explanation) -> Explanation:
    """The same, where its gate and its next run name keys instead of commands."""
    coming, gate = told.next, told.gate
    if coming is not None and coming.note is not None:
        coming = replace(coming, note=by_keys(coming.note))
    if gate is not None:
        reasons = tuple(
            replace(each, hint=by_keys(each.hint) if each.hint else each.hint)
            for each in gate.reasons
        )
        gate = replace(gate, reasons=reasons)
    return replace(told, next=coming, gate=gate)


def _read(page: list[Line | Caption], width: int, skin: Skin) -> Iterator[Leaf]:
    for leaf in leaves(page, width, skin):
        yield Leaf([Span(" "), *leaf.row])
