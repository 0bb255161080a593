"""A Sync Event at a glance: what the console's Summary shows, as rows."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from console.format import age, bound, count, counted, duration, moment, rate, remaining
from console.pages.lists import state
from console.pages.page import Cell, Span
from console.pages.summary import batch_sum, data, record_sum, warned
from console.states import BATCH, STATUS
from engine.domain.batch import BatchState
from engine.domain.sync_event import Kind, SyncEvent
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Going:
    """How a run goes: records a second and seconds left, None where nobody can tell."""

    rate: float | None = None
    left: float | None = None
    now: datetime | None = None


def banner(event: SyncEvent, *, unicode: bool) -> Cell:
    """State, what kind of run it is, who asked for it, when and how long."""
    gone = (Span("  nobody runs it any more: u resumes it", "bad"),) * event.abandoned
    by = Span(f"  by {event.actor}", "quiet")
    return (state(event, unicode=unicode), *gone, f"  {kind(event)}", by)


def kind(event: SyncEvent) -> str:
    """Why it exists."""
    if event.kind is Kind.RETRY:
        return f"Retry Failures of #{event.parent}, root #{event.root}"
    if event.kind is Kind.REPLAY:
        return f"Automated Replay {event.replay or ''} of #{event.root}".replace("  ", " ")
    if event.kind is Kind.TEST:
        return "test: nothing was written"
    return event.kind.value


def times(event: SyncEvent, going: Going) -> str:
    """When it began and how long it took, or takes."""
    if event.started_at is None:
        return f"queued {moment(event.queued_at)}"
    end = event.finished_at or going.now
    took = f", {duration((end - event.started_at).total_seconds())}" if end else ""
    if event.finished_at is None:
        took = took.replace(", ", ", for ")
    again = ", interrupted and resumed" if event.interrupted else ""
    return f"started {moment(event.started_at)}{took}{again}"


def progress(event: SyncEvent, going: Going, width: int, *, unicode: bool) -> Cell:
    """A bar of so many cells, what part is done, how fast it goes, how long it will take."""
    done, planned = done_of(event), event.batches.planned
    share = done / planned if planned else float(event.status.over)
    full = round(share * width)
    line, rest = ("━", "─") if unicode else ("=", "-")
    style = STATUS[event.status].style
    parts = [f"  {share:.0%}", f"{count(done)} of {counted(planned, 'batch', 'batches')}"]
    if going.rate and not event.status.over:
        parts.append(rate(going.rate))
    if going.left and not event.status.over:
        parts.append(remaining(going.left))
    return Span(line * full, style), Span(rest * (width - full), "quiet"), "  ".join(parts)


def done_of(event: SyncEvent) -> int:
    """Batches that are over."""
    counts = event.batches
    return counts.completed + counts.failed + counts.not_attempted


def facts(event: SyncEvent, going: Going) -> Iterator[tuple[str, Cell]]:
    """The numbers and circumstances."""
    yield "records", record_sum(event.records, test=event.kind is Kind.TEST)
    yield "batches", batch_sum(event)
    if event.records.warned:
        yield "warned", warned(event)
    if event.open.batches or event.open.records:
        yield "open", Span(waiting(event), "bad")
    if event.label:
        yield "data", data(event)
    yield "time", times(event, going)
    if event.reason:
        yield "because", event.reason
    yield from _version(event)


def _version(event: SyncEvent) -> Iterator[tuple[str, Cell]]:
    since, until = event.window.since, event.window.until
    if since is not None or until is not None:
        first = bound(since) if since is not None else "the beginning"
        last = bound(until) if until is not None else "the end"
        yield "window", f"from {first} to {last}"
    if event.overrides:
        said = ", ".join(f"{name} = {value}" for name, value in event.overrides.items())
        yield "overrides", Span(said, "warn")
    if event.workers:
        yield "workers", event.workers
    yield "version", f"definition {event.definition[:12]}"


def waiting(event: SyncEvent) -> str:
    """What still waits for somebody."""
    parts = []
    if event.open.batches:
        unknown = "size unknown" if event.open.batches == 1 else "sizes unknown"
        parts.append(f"{counted(event.open.batches, 'batch', 'batches')} ({unknown})")
    if event.open.records:
        parts.append(counted(event.open.records, "record"))
    return " and ".join(parts)


WORST = (
    BatchState.FAILED,
    BatchState.NOT_ATTEMPTED,
    BatchState.IN_FLIGHT,
    BatchState.WAITING,
    BatchState.COMPLETED,
)
"""Where one cell stands for several Batches, it shows the first of these among them."""


def grid(
    states: Sequence[str], width: int, rows: int, *, unicode: bool
) -> list[list[Span]]:
    """Every Batch as a cell, in order; so many to a cell that they fit."""
    each = to_a_cell(len(states), width, rows)
    cells = [_worst(states[at : at + each]) for at in range(0, len(states), each)]
    return [
        _row(cells[start : start + width], unicode=unicode)
        for start in range(0, len(cells), width)
    ]


def to_a_cell(batches: int, width: int, rows: int) -> int:
    """How many Batches a cell of the grid stands for, the worst of them shown."""
    return max(-(-batches // max(width * rows, 1)), 1)


def _worst(states: Sequence[str]) -> BatchState:
    return next(each for each in WORST if each.value in states)


def _row(cells: Sequence[BatchState], *, unicode: bool) -> list[Span]:
    row: list[Span] = []
    for each in cells:
        text, style = BATCH[each].mark(unicode=unicode), BATCH[each].style
        if row and row[-1].style == style:
            row[-1] = Span(row[-1].text + text, style)
        else:
            row.append(Span(text, style))
    return row


def since(at: datetime | None, now: datetime | None = None) -> str:
    """How long ago, for lists."""
    return f"{age(at, now)} ago" if at else "-"
