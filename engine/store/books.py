"""The kept counters of a Sync Event, and the status that follows from them (S1-S3, C4)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from engine.domain.outcome import Ending, Facts, Status, status_of
from engine.domain.sync_event import BatchCounts, Kind, RecordCounts
from engine.store.tables import EVENT

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
)
OPEN = ("open_batches", "open_records", "open_system", "moved")
CLOSED = ("superseded", "equal", "discarded")
COUNTED = (*BATCHES, *RECORDS, *OPEN, *CLOSED)
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
    open_errors = _troubles(row) if row.kind == Kind.TEST else _open(connection, row)
    return status_of(
        Facts(
            ending=ending, open_errors=open_errors, warnings=row.warnings, residual=residual
        )
    )


def rederived(connection: Connection, event: int, *, closed_by: str) -> None:
    """The status of a Sync Event that is over, and of all above it, once something closed (C4)."""
    row = connection.execute(select(EVENT).where(EVENT.c.id == event)).one()
    if row.ending is None:
        return
    status = standing(connection, row, Ending(row.ending))
    values: dict[str, Any] = {"status": status.value, "label": label_of(row, status)}
    if status.value != row.status and not _unsettled(status):
        values["closed_by"] = closed_by
    connection.execute(update(EVENT).where(EVENT.c.id == event).values(**values))
    if row.parent is not None:
        rederived(connection, row.parent, closed_by=closed_by)


def label_of(row: Row[Any], status: Status) -> str | None:
    """What the data of a Sync Event that is over can be called by those downstream."""
    if row.kind == Kind.TEST:
        return None
    if _unsettled(status):
        return "partial"
    return "recovered" if row.outcome and _unsettled(Status(row.outcome)) else "complete"


def _unsettled(status: Status) -> bool:
    return status in (Status.FAILED, Status.CANCELLED)


def _troubles(row: Row[Any]) -> int:
    """A test run keeps nothing open; what went wrong in it decides."""
    batches = row.failed_batches + row.not_attempted
    troubles: int = batches + row.failed + row.in_doubt + row.open_system
    return troubles


def _open(connection: Connection, row: Row[Any]) -> int:
    """Everything open in the subtree; records in doubt are among the open ones."""
    columns = (EVENT.c.id, EVENT.c.parent, *(EVENT.c[name] for name in OPEN))
    chain = connection.execute(select(*columns).where(EVENT.c.root == row.root)).all()
    within = subtree(row.id, {other.id: other.parent for other in chain})
    return sum(
        other.open_batches + other.open_records + other.open_system + other.moved
        for other in chain
        if other.id in within
    )


def subtree(event: int, parents: Mapping[int, int | None]) -> frozenset[int]:
    """A Sync Event and all that descend from it."""
    found = {event}
    # A child always has a higher number than its parent.
    for child in sorted(parents):
        if parents[child] in found:
            found.add(child)
    return frozenset(found)
