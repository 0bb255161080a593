"""A Sync Event ended: its books closed, its outcome fixed for good, its Link's mark settled."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.domain.batch import BatchState
from engine.domain.errors import Error
from engine.domain.outcome import Ending
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import causes, ledger, marks, tallies, totals, uncertain
from engine.store.books import RETRIES, add, effort_of, label_of, rederived_chain, standing
from engine.store.events import known
from engine.store.marks import Settle
from engine.store.retrying import RECORDS
from engine.store.tables import BATCH, EVENT, GROUP


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended, with the System error that ended it."""

    at: datetime
    ending: Ending
    error: Error | None = None
    reason: str | None = None


def ended(connection: Connection, event: int, end: End, settle: Settle | None) -> None:
    """The Sync Event over: status, outcome, label; and what that means for its Link."""
    row = known(connection, event)
    if row.interrupted:
        uncertain.note(connection, event)
    if row.kind == Kind.PUSH and not row.planning_complete:
        from engine.store import deliveries

        deliveries.plan_rest(connection, event)
        row = known(connection, event)
    _leave_rest(connection, row)
    if end.error is not None:
        _keep_error(connection, event, end.error)
    if _holds_system_error(connection, known(connection, event), end):
        add(connection, event, open_system=1)
    if end.error is not None and not row.planning_complete:
        add(connection, event, **effort_of(end.error.attempts))
    _fix_outcome(connection, known(connection, event), end)
    over = known(connection, event)
    totals.ended(connection, over)
    causes.ended(connection, over)
    if row.parent is not None:
        rederived_chain(connection, row)
    ledger.left(connection, event)
    if settle is not None and row.kind != Kind.TEST:
        marks.settled(connection, row.link, settle, now=end.at)


def _leave_rest(connection: Connection, row: Row[Any]) -> None:
    """Batches not finished by now were not attempted; their scopes stay open (T1).

    What a retry did not attempt stays open where it was, and is not open here as well (C3).
    """
    unfinished = (BatchState.WAITING.value, BatchState.IN_FLIGHT.value)
    keeps = row.kind != Kind.TEST
    rest = (BATCH.c.event == row.id, BATCH.c.state.in_(unfinished))
    unattempted = BatchState.NOT_ATTEMPTED.value
    elsewhere = connection.execute(
        update(BATCH)
        .where(*rest, BATCH.c.retries_event.is_not(None))
        .values(state=unattempted, open=False)
    ).rowcount
    left = connection.execute(
        update(BATCH).where(*rest).values(state=unattempted, open=keeps)
    ).rowcount
    add(
        connection,
        row.id,
        waiting=-row.waiting,
        in_flight=-row.in_flight,
        not_attempted=elsewhere + left,
        open_batches=left if keeps else 0,
    )


def _keep_error(connection: Connection, event: int, error: Error) -> None:
    """The error that ended the run, unless the Batch that met it has brought it already."""
    same = select(GROUP.c.event).where(
        GROUP.c.event == event,
        GROUP.c.tier == error.tier.value,
        GROUP.c.fingerprint == error.fingerprint,
    )
    if connection.execute(same).first() is None:
        groups = tallies.Groups()
        groups.take_error(error)
        groups.write(connection, event)


def _holds_system_error(connection: Connection, row: Row[Any], end: End) -> bool:
    """Whether something is open that no Batch and no record of its own stands for (C4, C6)."""
    if not row.planning_complete:
        return True
    if row.kind in RETRIES and (row.not_attempted or _left_records(connection, row)):
        return True
    return end.error is not None and not row.open_batches and not row.open_records


def _left_records(connection: Connection, row: Row[Any]) -> bool:
    """Whether Snapshots went out whose Batch failed as a whole: they are open where they were."""
    if not row.failed_batches:
        return False
    failed = select(BATCH.c.number).where(
        BATCH.c.event == row.id,
        BATCH.c.state == BatchState.FAILED.value,
        BATCH.c.fetched.is_(None),
        BATCH.c.retries_batch == RECORDS,
    )
    return connection.execute(failed.limit(1)).first() is not None


def _fix_outcome(connection: Connection, row: Row[Any], end: End) -> None:
    status = standing(connection, row, end.ending)
    values = {
        "status": status.value,
        "outcome": status.value,
        "ending": end.ending.value,
        "finished_at": end.at,
        "label": label_of(connection, row, status),
        "reason": row.reason or end.reason,
    }
    connection.execute(update(EVENT).where(EVENT.c.id == row.id).values(**values))
