"""A Chain: a Sync Event and all that descend from it, and how it converges."""

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count
from console.keys import Action
from console.layout import Field, heading, tabular
from console.messages import Chosen
from console.pages.chain_page import convergence
from console.pages.overview import since
from console.pages.page import Cell, Line, Span
from console.places import To
from console.refresh import Question
from console.screens.place import Place
from console.states import STATUS
from console.theme import Skin
from console.widgets.paper import Leaf, Paper, leaves
from engine.domain.inbox import Chain, ChainEvent
from engine.domain.outcome import Status

COLUMNS = (
    Field("EVENT", 16, grow=1),
    Field("STATUS", 25),
    Field("AGAIN", 8, right=True, rank=3),
    Field("WRITTEN", 9, right=True),
    Field("FAILED", 8, right=True),
    Field("OPEN", 7, right=True),
    Field("STARTED", 11, rank=2),
    Field("WHY", 14, grow=4, rank=4),
)


class ChainPlace(Place):
    """The ledger of a Chain."""

    filters = False
    offers = (keys.OPEN, keys.RETRY)
    BINDINGS = keys.bindings(keys.RETRY)

    def crumb(self) -> str:
        """What the header calls it."""
        return "Chain"

    def body(self) -> ComposeResult:
        """One page."""
        yield Paper(id="chain")

    def question(self) -> Question:
        """The Chain as it now stands."""
        ref = str(self.to.event)
        return lambda engine: engine.chain(ref)

    def answered(self, answer: Chain) -> None:
        """Draw it."""
        self.query_one(Paper).show(lambda width, skin: list(_page(answer, width, skin)))

    def tally(self, skin: Skin) -> tuple[Cell, Cell]:
        """How it converges."""
        if self.answer is None:
            return Span(self.problem or "reading", "quiet"), ""
        chain: Chain = self.answer
        look = STATUS[Status(chain.status)]
        state = Span(f"{look.mark(unicode=skin.unicode)} {chain.status}", look.style)
        name = Span(f"Chain of #{chain.root} {chain.link}  ", "strong")
        return (name, state), convergence(chain, unicode=skin.unicode)

    def may(self, action: Action) -> bool:
        """What is open is retried from its root."""
        if self.answer is None:
            return False
        waits = any(each.open_batches or each.open_records for each in self.answer.events)
        return action is not keys.RETRY or (waits and Status(self.answer.status).over)

    @on(Chosen)
    def _open(self, message: Chosen) -> None:
        self.deck.go(To("summary", event=message.target))

    def action_retry(self) -> None:
        """Plan a retry of all that is open."""
        self.deck.go(To("retry", event=self.answer.root, link=self.answer.link))


def _page(chain: Chain, width: int, skin: Skin) -> Iterator[Leaf]:
    wide = width - 2
    yield Leaf([Span(" "), *(Span(each.text, "quiet") for each in _titles(wide, skin))])
    depths: dict[int, int] = {}
    for event in chain.events:
        depths[event.event] = depths.get(event.parent or 0, -1) + 1
        cells = _cells(event, depths[event.event], skin)
        yield Leaf([Span(" "), *tabular(COLUMNS, cells, wide, skin)], event.event)
    lines = []
    if chain.residual:
        lines.append(
            Line(Span(f"{count(chain.residual)} records not accounted for", "bad"))
        )
    lines += [Line(f"#{chain.root} continues in #{later}") for later in chain.moved_to]
    yield Leaf([])
    yield from leaves(lines, wide, skin)


def _titles(width: int, skin: Skin) -> list[Span]:
    return list(heading(COLUMNS, width, skin))


def _cells(event: ChainEvent, depth: int, skin: Skin) -> tuple[Cell, ...]:
    look = STATUS[Status(event.status)]
    branch = "  " * (depth - 1) + skin.glyph("└─", "`-") if depth else ""
    waits = event.open_batches + event.open_records
    failed = event.failed + event.in_doubt + event.failed_batches
    return (
        (Span(branch, "quiet"), Span(f"#{event.event}", "strong"), f" {event.kind}"),
        Span(f"{look.mark(unicode=skin.unicode)} {event.status}", look.style),
        count(event.from_snapshots),
        count(event.written),
        Span(count(failed), "bad" if failed else "quiet"),
        Span(count(waits), "bad" if waits else "quiet"),
        since(event.started_at),
        f"{event.actor}: {event.reason}" if event.reason else event.actor,
    )
