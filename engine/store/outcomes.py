"""Outcomes into the books: whole finished batches, each of which counts once (X1)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from engine.domain.batch import BatchOutcome, BatchState, Scope
from engine.domain.delivery import Told
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import (
    marks,
    retrying,
    scopes,
    seen_ids,
    snapshots,
    tallies,
    uncertain,
)
from engine.store.books import add, effort_of
from engine.store.kept_errors import packed
from engine.store.snapshots import Stored
from engine.store.superseding import Meeting
from engine.store.tables import BATCH

SETTLED = (BatchState.COMPLETED.value, BatchState.FAILED.value)

_COUNTER = {
    BatchState.WAITING: "waiting",
    BatchState.IN_FLIGHT: "in_flight",
    BatchState.COMPLETED: "completed",
    BatchState.FAILED: "failed_batches",
    BatchState.NOT_ATTEMPTED: "not_attempted",
}

_KEPT = (
    "state",
    "open",
    "fetched",
    "written",
    "ignored",
    "failed",
    "warned",
    "in_doubt",
    "attempts",
    "finished_at",
    "error",
    "first_snapshot",
    "last_snapshot",
    "told",
)
_SETTLE = (
    update(BATCH)
    .where(BATCH.c.event == bindparam("of_event"), BATCH.c.number == bindparam("of_batch"))
    .values(
        {name: bindparam(f"new_{name}") for name in _KEPT}
        | {"started_at": bindparam("new_started_at")}
    )
)

_NARROW = (
    update(BATCH)
    .where(BATCH.c.event == bindparam("of_event"), BATCH.c.number == bindparam("of_batch"))
    .values(scope=bindparam("new_scope"))
)


@dataclass(frozen=True, slots=True)
class Running:
    """The Sync Event whose outcomes these are. A test keeps nothing open.

    `meeting` is set where the Link has failures open in other Sync Events.
    """

    event: int
    link: str
    kind: Kind
    meeting: Meeting | None = None

    @property
    def test(self) -> bool:
        """Whether nothing was pushed."""
        return self.kind is Kind.TEST


def finished(
    connection: Connection,
    running: Running,
    outcomes: Sequence[BatchOutcome],
    *,
    now: datetime,
) -> None:
    """Outcomes the target has committed, in the books; what is there already changes nothing."""
    before = _states(connection, running.event, [outcome.batch for outcome in outcomes])
    fresh = _fresh(running.event, outcomes, before)
    if not fresh:
        return
    _tally(connection, running, fresh)
    _follow(connection, running.event, [s for outcome in fresh for s in outcome.follow])
    stored = snapshots.stored(
        connection, running.event, fresh, now=now, keeps_open=not running.test
    )
    rows = [
        _settled(running, each, stored.get(each.batch), before[each.batch], now=now)
        for each in fresh
    ]
    connection.execute(_SETTLE, rows)
    _narrow(connection, running.event, fresh)
    for outcome in fresh:
        if outcome.uncertain and _keeps_scope(running, outcome):
            uncertain.mark(connection, running.event, outcome.batch)
    _count(connection, running, fresh, before=before, stored=stored)
    _mark(connection, running.event, fresh)
    ids = [number for outcome in fresh for number in outcome.seen]
    seen_ids.keep(connection, running.link, running.event, ids)
    attempted = retrying.Attempted()
    if running.kind in retrying.KINDS:
        attempted = retrying.settle_attempts(connection, running.event, fresh, stored)
    if running.meeting is not None and not running.test:
        running.meeting.settle(connection, fresh, stored, attempted)


def _mark(connection: Connection, event: int, fresh: Sequence[BatchOutcome]) -> None:
    """What these outcomes mean for the mark that the run may move."""
    if any(outcome.drifted for outcome in fresh):
        marks.drifted(connection, event)
    for outcome in fresh:
        if outcome.bound is not None:
            marks.bounded(connection, event, outcome.bound)


@dataclass(frozen=True, slots=True)
class _Before:
    """How a Batch stood."""

    state: BatchState
    started_at: datetime | None


def _states(
    connection: Connection, event: int, batches: Sequence[int]
) -> dict[int, _Before]:
    query = select(BATCH.c.number, BATCH.c.state, BATCH.c.started_at).where(
        BATCH.c.event == event, BATCH.c.number.in_(batches)
    )
    return {
        row.number: _Before(BatchState(row.state), row.started_at)
        for row in connection.execute(query)
    }


def _fresh(
    event: int, outcomes: Sequence[BatchOutcome], before: Mapping[int, _Before]
) -> list[BatchOutcome]:
    """The first outcome of every Batch that is not settled yet."""
    first: dict[int, BatchOutcome] = {}
    for outcome in outcomes:
        if outcome.batch not in before:
            raise ValueError(f"batch {outcome.batch} of #{event} was never planned")
        if before[outcome.batch].state not in SETTLED:
            first.setdefault(outcome.batch, outcome)
    return list(first.values())


def _tally(connection: Connection, running: Running, fresh: Sequence[BatchOutcome]) -> None:
    groups = tallies.Groups(keeps_open=not running.test)
    ignored: Counter[str] = Counter()
    warnings: Counter[str] = Counter()
    for outcome in fresh:
        groups.take(outcome)
        ignored.update(outcome.ignored)
        warnings.update(outcome.warnings)
    groups.write(connection, running.event)
    tallies.count_reasons(connection, running.event, tallies.IGNORED, ignored)
    tallies.count_reasons(connection, running.event, tallies.WARNING, warnings)


def _follow(connection: Connection, event: int, found: Sequence[Scope]) -> None:
    if found:
        scopes.planned(connection, event, found, first=scopes.next_batch(connection, event))


def _narrow(connection: Connection, event: int, fresh: Sequence[BatchOutcome]) -> None:
    """Scopes that a retry must not take up as they were planned, or that held records."""
    left = ((each.batch, each.again if each.scope_open else each.leaves) for each in fresh)
    rows = [
        {"of_event": event, "of_batch": batch, "new_scope": dict(scope)}
        for batch, scope in left
        if scope is not None
    ]
    if rows:
        connection.execute(_NARROW, rows)


def _settled(
    running: Running,
    outcome: BatchOutcome,
    stored: Stored | None,
    before: _Before,
    *,
    now: datetime,
) -> dict[str, Any]:
    error = outcome.error or outcome.stop
    values = {
        "state": outcome.state.value,
        "open": _keeps_scope(running, outcome),
        "fetched": outcome.fetched,
        "written": outcome.written,
        "ignored": sum(outcome.ignored.values()),
        "failed": outcome.failed,
        "warned": outcome.warned,
        "in_doubt": outcome.in_doubt,
        "attempts": _attempts(outcome),
        "finished_at": outcome.finished_at or now,
        "error": packed(error, outcome.finished_at or now) if error else None,
        "first_snapshot": stored.first if stored else None,
        "last_snapshot": stored.last if stored else None,
        "told": _told(outcome.told),
        "started_at": outcome.started_at or before.started_at,
    }
    of = {"of_event": running.event, "of_batch": outcome.batch}
    return of | {f"new_{name}": value for name, value in values.items()}


def _told(told: Sequence[Told] | None) -> list[Any] | None:
    """What a sender is told of each record, as it is kept."""
    if told is None:
        return None
    return [[each.key, each.outcome, each.errors, each.reason] for each in told]


def _keeps_scope(running: Running, outcome: BatchOutcome) -> bool:
    unattempted = outcome.state is BatchState.NOT_ATTEMPTED
    # Records sent from Snapshots are open one by one, where they were.
    replayed = outcome.replayed is not None
    return (outcome.scope_open or unattempted) and not (running.test or replayed)


def _attempts(outcome: BatchOutcome) -> int:
    """Tries of this Batch: those that failed, and the one that did not."""
    failed = len(outcome.attempts)
    return failed + 1 if outcome.state is BatchState.COMPLETED else max(failed, 1)


def _count(
    connection: Connection,
    running: Running,
    fresh: Sequence[BatchOutcome],
    *,
    before: Mapping[int, _Before],
    stored: Mapping[int, Stored],
) -> None:
    more: Counter[str] = Counter()
    for outcome in fresh:
        more[_COUNTER[before[outcome.batch].state]] -= 1
        more[_COUNTER[outcome.state]] += 1
        of = "fetched" if outcome.replayed is None else "from_snapshots"
        more[of] += outcome.fetched or 0
        more["would_write" if running.test else "written"] += outcome.written
        more["ignored"] += sum(outcome.ignored.values())
        more["failed"] += outcome.failed
        more["warned"] += outcome.warned
        more["excepted"] += outcome.excepted
        more["in_doubt"] += outcome.in_doubt
        more["warnings"] += sum(outcome.warnings.values())
        more["open_batches"] += _keeps_scope(running, outcome)
        more.update(effort_of(outcome.attempts))
    more["open_records"] += sum(each.open for each in stored.values())
    add(connection, running.event, **more)
