"""A Chain as people read it: how it converges, what each Sync Event did, and the sum of it all."""

from collections.abc import Iterator, Sequence

from console.format import count, counted
from console.pages.page import Block, Caption, Cell, Column, Grid, Line, Span
from console.states import STATUS
from engine.domain.inbox import Balance, Chain, ChainEvent, Trend
from engine.domain.outcome import Status

_LOOKS = {"new": "bad", "regressed": "bad", "same": "warn", "fixed": "good"}


def chain_page(chain: Chain, *, unicode: bool) -> Iterator[Block]:
    """The ledger, from the root on."""
    yield Caption(f"Chain of #{chain.root}")
    yield Line(convergence(chain, unicode=unicode), indent=2)
    names = "EVENT STATUS FETCHED AGAIN WRITTEN FAILED OPEN BATCHES WHY"
    titles = names.split()
    columns = [
        Column(title, right=title in titles[2:7], wraps=title == "WHY") for title in titles
    ]
    yield Grid(columns, [_row(event, unicode=unicode) for event in chain.events])
    yield Line(_sum(chain.balance), indent=2)
    if chain.residual:
        yield Line(
            Span(f"{counted(chain.residual, 'record')} not accounted for", "bad"), indent=2
        )
    if chain.moved_to:
        later = ", ".join(f"#{event}" for event in chain.moved_to)
        yield Line(f"#{chain.root} continues in {later}", indent=2)


def convergence(chain: Chain, *, unicode: bool) -> str:
    """`batches 15 → 4 → 0, records 70,000 → 0`."""
    parts = [
        f"{name} {_steps(numbers, unicode=unicode)}"
        for name, numbers in (("batches", chain.batches), ("records", chain.records))
        if any(numbers)
    ]
    return ", ".join(parts) or "nothing open"


def _steps(numbers: Sequence[int], *, unicode: bool) -> str:
    return (" → " if unicode else " -> ").join(map(count, numbers))


def _row(event: ChainEvent, *, unicode: bool) -> tuple[Cell, ...]:
    look = STATUS[Status(event.status)]
    kind = "" if event.kind == "sync" else f" {event.kind}"
    return (
        f"#{event.event}{kind}",
        Span(f"{look.mark(unicode=unicode)} {event.status}", look.style),
        count(event.fetched),
        count(event.from_snapshots),
        count(event.written),
        count(event.failed + event.in_doubt),
        count(event.open_records),
        batches_of(event),
        f"{event.actor}: {event.reason}" if event.reason else event.actor,
    )


def batches_of(event: ChainEvent) -> str:
    """Batches that failed in it, and those that still wait, apart from records."""
    parts = [
        f"{count(number)} {word}"
        for word, number in (("failed", event.failed_batches), ("open", event.open_batches))
        if number
    ]
    return ", ".join(parts)


def _sum(balance: Balance) -> str:
    """`fetched 100 = written 97 + discarded 3`; what there is none of is left out."""
    parts = (
        ("written", balance.written),
        ("ignored", balance.ignored),
        ("open", balance.open),
        ("in doubt", balance.in_doubt),
        ("superseded", balance.superseded),
        ("equal", balance.equal),
        ("discarded", balance.discarded),
        ("moved", balance.moved),
    )
    said = " + ".join(f"{name} {count(times)}" for name, times in parts if times)
    return f"fetched {count(balance.fetched)} = {said or '0'}"


def trends_page(trends: Sequence[Trend], *, before: int) -> tuple[Block, ...]:
    """What became of each cause of failure since another Sync Event."""
    columns = (
        Column("CAUSE", wraps=True),
        Column("SINCE THEN"),
        Column("THEN", right=True),
        Column("NOW", right=True),
    )
    rows = [
        (
            trend.message,
            Span(trend.word, _LOOKS[trend.word]),
            count(trend.before),
            count(trend.after),
        )
        for trend in trends
    ]
    return (Caption(f"Causes since #{before}"), Grid(columns, rows))
