"""The kept counters of a Sync Event, and the status that follows from them (S1-S3, C4)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from engine.domain.errors import Attempt
from engine.domain.outcome import Ending, Facts, Status, status_of
from engine.domain.sync_event import BatchCounts, Kind, RecordCounts
from engine.domain.values import dataclass
from engine.store import left_behind, noticing
from engine.store.tables import BATCH, EVENT

BATCHES = (
    "planned",
    "completed",
    "failed_batches",
    "not_attempted",
    "in_flight",
    "waiting",
)
RECORDS = (
    "fetched",
    "from_snapshots",
    "written",
    "would_write",
    "ignored",
    "failed",
    "warned",
    "in_doubt",
    "warnings",
    "excepted",
)
OPEN = ("open_batches", "open_records", "open_system", "moved", "elsewhere")
CLOSED = ("superseded", "equal", "discarded")
EFFORT = ("failed_tries", "waited_ms")
COUNTED = (*BATCHES, *RECORDS, *OPEN, *CLOSED, *EFFORT)
RETRIES = (Kind.RETRY.value, Kind.REPLAY.value)
NO_COUNTS: Mapping[str, int] = dict.fromkeys(COUNTED, 0)

_ADD = (
    update(EVENT)
    .where(EVENT.c.id == bindparam("this_event"))
    .values({name: EVENT.c[name] + bindparam(f"more_{name}") for name in COUNTED})
)


def add(connection: Connection, event: int, **more: int) -> None:
    """Add to the counters of a Sync Event."""
    unknown = more.keys() - NO_COUNTS.keys()
    if unknown:
        raise ValueError(f"no such counters: {sorted(unknown)}")
    added = {f"more_{name}": more.get(name, 0) for name in COUNTED}
    connection.execute(_ADD, {"this_event": event, **added})


def effort_of(attempts: Sequence[Attempt]) -> Mapping[str, int]:
    """The tries that failed, and the waits after them, as they are counted."""
    waited = sum(each.wait for each in attempts)
    return {"failed_tries": len(attempts), "waited_ms": round(waited * 1000)}


def batch_counts(row: Row[Any]) -> BatchCounts:
    """The batches of a Sync Event, as kept."""
    return BatchCounts(
        planned=row.planned,
        completed=row.completed,
        failed=row.failed_batches,
        not_attempted=row.not_attempted,
        in_flight=row.in_flight,
        waiting=row.waiting,
    )


def record_counts(row: Row[Any]) -> RecordCounts:
    """The records of a Sync Event, as kept."""
    return RecordCounts(
        fetched=row.fetched,
        from_snapshots=row.from_snapshots,
        written=row.written,
        ignored=row.ignored,
        failed=row.failed,
        warned=row.warned,
        in_doubt=row.in_doubt,
        would_write=row.would_write,
    )


def standing(connection: Connection, row: Row[Any], ending: Ending) -> Status:
    """The status that follows from what is open in a Sync Event and its subtree."""
    residual = record_counts(row).residual or batch_counts(row).residual
    below = _below(connection, row)
    return status_of(
        Facts(
            ending=ending,
            open_errors=_troubles(row) if row.kind == Kind.TEST else below.open,
            warnings=row.warnings + below.discarded,
            residual=residual,
        )
    )


def rederived(
    connection: Connection, event: int, *, closed_by: str, by: int | None = None
) -> None:
    """The status of a Sync Event that is over, and of all above it, once something closed (C4).

    `by` is the Sync Event that closed it, where one did.
    """
    row = connection.execute(select(EVENT).where(EVENT.c.id == event)).one()
    _rederive(connection, row, closed_by=closed_by, by=by)
    if row.parent is not None:
        rederived(connection, row.parent, closed_by=closed_by, by=by)


def rederived_chain(connection: Connection, ended: Row[Any]) -> None:
    """The status of everything in the Chain of a retry that has just ended (C4)."""
    query = select(EVENT).where(EVENT.c.root == ended.root, EVENT.c.id != ended.id)
    way = "retry" if ended.planned else "equal"
    for row in connection.execute(query.order_by(EVENT.c.id.desc())).all():
        _rederive(connection, row, closed_by=way, by=ended.id)


def _rederive(
    connection: Connection, row: Row[Any], *, closed_by: str, by: int | None
) -> None:
    if row.ending is None:
        return
    status = standing(connection, row, Ending(row.ending))
    values: dict[str, Any] = {
        "status": status.value,
        "label": label_of(connection, row, status),
    }
    if status.value != row.status and not _unsettled(status):
        values |= {"closed_by": closed_by, **_closer(row, closed_by, by)}
        noticing.turned(connection, row.id)
    connection.execute(update(EVENT).where(EVENT.c.id == row.id).values(**values))
    _close_left_behind(
        connection, row, _Closer(closed_by, by), settled=not _unsettled(status)
    )


def _closer(row: Row[Any], closed_by: str, by: int | None) -> dict[str, int]:
    if by is None:
        return {}
    if closed_by == "superseded":
        return {} if row.superseded_by else {"superseded_by": by}
    return {"recovered_by": by}


@dataclass(frozen=True, slots=True)
class _Closer:
    """In which way something closed, and by which Sync Event, if by one."""

    way: str
    by: int | None


_STOPPED = (
    select(EVENT)
    .where(
        EVENT.c.root == bindparam("this_root"),
        EVENT.c.kind.in_(RETRIES),
        EVENT.c.open_system > 0,
        EVENT.c.ending.is_not(None),
    )
    .order_by(EVENT.c.id.desc())
)


def _close_left_behind(
    connection: Connection, row: Row[Any], closer: _Closer, *, settled: bool
) -> None:
    """Retries of this Chain that were stopped close once all they left behind is closed (C4).

    One that left nothing behind closes with the Sync Event it is of; `settled`: `row` is.
    """
    for stopped in connection.execute(_STOPPED, {"this_root": row.root}).all():
        closed = left_behind.settled(connection, stopped)
        if closed is None:
            closed = settled and stopped.parent == row.id
        if not closed:
            continue
        this = EVENT.c.id == stopped.id
        connection.execute(update(EVENT).where(this).values(open_system=0))
        fresh = connection.execute(select(EVENT).where(this)).one()
        by = None if closer.by == stopped.id else closer.by
        _rederive(connection, fresh, closed_by=closer.way, by=by)


def label_of(connection: Connection, row: Row[Any], status: Status) -> str | None:
    """What the data of a Sync Event that is over can be called by those downstream."""
    if row.kind == Kind.TEST:
        return None
    if _unsettled(status):
        return "partial"
    if _below(connection, row).excepted:
        return "exception_filtered"
    return "recovered" if row.outcome and _unsettled(Status(row.outcome)) else "complete"


def _unsettled(status: Status) -> bool:
    return status in (Status.FAILED, Status.CANCELLED)


def _troubles(row: Row[Any]) -> int:
    """A test run keeps nothing open; what went wrong in it decides."""
    batches = row.failed_batches + row.not_attempted
    troubles: int = batches + row.failed + row.in_doubt + row.open_system
    return troubles


@dataclass(frozen=True, slots=True)
class _Below:
    """What is open in a subtree, in doubt included; how much was discarded, or left out by errors.

    `left_behind` are retries that were stopped: the items they did not attempt are open where
    they were, so that only the retry's own status speaks of it.
    """

    open: int
    discarded: int
    excepted: int
    left_behind: frozenset[int]


_CHAIN = select(
    *(EVENT.c[name] for name in ("id", "parent", "kind", *OPEN, "discarded", "excepted"))
).where(EVENT.c.root == bindparam("this_root"))


def _below(connection: Connection, row: Row[Any]) -> _Below:
    chain = connection.execute(_CHAIN, {"this_root": row.root}).all()
    within = subtree(row.id, {other.id: other.parent for other in chain})
    mine = [other for other in chain if other.id in within]
    left_behind = {
        other.id for other in mine if other.kind in RETRIES and other.open_system
    }
    return _Below(
        open=sum(
            other.open_batches + other.open_records + other.moved + other.elsewhere
            + (other.open_system if other.id not in left_behind - {row.id} else 0)
            for other in mine
        ),
        discarded=sum(other.discarded for other in mine)
        + _discarded_batches(connection, within),
        excepted=sum(other.excepted for other in mine),
        left_behind=frozenset(left_behind),
    )  # fmt: skip


_DISCARDED_BATCHES = select(func.count()).where(
    BATCH.c.event.in_(bindparam("these", expanding=True)), BATCH.c.closed_by == "discard"
)


def _discarded_batches(connection: Connection, events: Iterable[int]) -> int:
    found = connection.execute(_DISCARDED_BATCHES, {"these": list(events)})
    times: int = found.scalar_one()
    return times


def subtree(event: int, parents: Mapping[int, int | None]) -> frozenset[int]:
    """A Sync Event and all that descend from it."""
    found = {event}
    # A child always has a higher number than its parent.
    for child in sorted(parents):
        if parents[child] in found:
            found.add(child)
    return frozenset(found)
