"""A Chain: a Sync Event and all that descend from it, and how it converges."""

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult

from console import keys
from console.format import count
from console.keys import Action
from console.layout import Field, heading, tabular
from console.messages import Chosen
from console.pages.chain_page import batches_of, convergence
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


def columns(chain: Chain, depth: int) -> tuple[Field, ...]:
    """The columns; status and tree take as many cells as they need."""
    status = max(len(event.status) for event in chain.events) + 2
    event = max(len(f"#{each.event} {each.kind}") for each in chain.events)
    return (
        Field("EVENT", event + 2 * depth),
        Field("STATUS", max(status, 9)),
        Field("AGAIN", 7, right=True, rank=3),
        Field("WRITTEN", 8, right=True),
        Field("FAILED", 7, right=True),
        Field("OPEN", 6, right=True),
        Field("BATCHES", 16, rank=1 if any(map(batches_of, chain.events)) else 9),
        Field("STARTED", 11, rank=2),
        Field("WHY", 14, grow=1, rank=4),
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
            return self.unread()
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
    rows = list(_tree(chain))
    fields = columns(chain, max(len(stem) for _, stem in rows))
    titles = heading(fields, wide, skin)
    yield Leaf([Span(" "), *(Span(each.text, "quiet") for each in titles)])
    for event, stem in rows:
        cells = _cells(event, _branch(stem, skin), skin)
        yield Leaf([Span(" "), *tabular(fields, cells, wide, skin)], event.event)
    lines = []
    if chain.residual:
        lines.append(
            Line(Span(f"{count(chain.residual)} records not accounted for", "bad"))
        )
    lines += [Line(f"#{chain.root} continues in #{later}") for later in chain.moved_to]
    yield Leaf([])
    for leaf in leaves(lines, wide, skin):
        yield Leaf([Span(" "), *leaf.row])


Stem = tuple[bool, ...]
"""From the root down: whether the one on that level has a younger sibling still to come."""


def _tree(chain: Chain) -> Iterator[tuple[ChainEvent, Stem]]:
    """Every Sync Event below its parent, the older children first."""
    children: dict[int | None, list[ChainEvent]] = {}
    for event in chain.events[1:]:
        children.setdefault(event.parent, []).append(event)
    waiting: list[tuple[ChainEvent, Stem]] = [(chain.events[0], ())]
    while waiting:
        event, stem = waiting.pop()
        yield event, stem
        below = children.get(event.event, [])
        waiting += ((each, (*stem, each is not below[-1])) for each in reversed(below))


def _branch(stem: Stem, skin: Skin) -> str:
    if not stem:
        return ""
    over = "".join(skin.glyph("│ ", "| ") if more else "  " for more in stem[:-1])
    last = skin.glyph("├─", "|-") if stem[-1] else skin.glyph("└─", "`-")
    return over + last


def _cells(event: ChainEvent, branch: str, skin: Skin) -> tuple[Cell, ...]:
    look = STATUS[Status(event.status)]
    failed = event.failed + event.in_doubt
    batches = batches_of(event)
    return (
        (Span(branch, "quiet"), Span(f"#{event.event}", "strong"), f" {event.kind}"),
        Span(f"{look.mark(unicode=skin.unicode)} {event.status}", look.style),
        count(event.from_snapshots),
        count(event.written),
        Span(count(failed), "bad" if failed else "quiet"),
        Span(count(event.open_records), "bad" if event.open_records else "quiet"),
        Span(batches, "bad" if event.open_batches else ""),
        since(event.started_at),
        f"{event.actor}: {event.reason}" if event.reason else event.actor,
    )
