"""Failures that a running plan has taken up: nobody else may touch them until it ends."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, and_, select

from engine.domain.errors import Refused
from engine.domain.snapshot import OPEN_STATES, RecordState
from engine.domain.sync_event import SnapshotSeen
from engine.store.events import ACTIVE
from engine.store.rows import AnyRow
from engine.store.tables import BATCH, EVENT, ITEM, SNAPSHOT


def refuse_underway(
    connection: Connection,
    link: str,
    *,
    records: ColumnElement[bool] | None = None,
    batches: ColumnElement[bool] | None = None,
) -> None:
    """Refused where an item of the Link's running plan is among these records or batches."""
    for run in _running(connection, link):
        found = None
        if records is not None:
            found = _record(connection, run.plan, records)
        if found is None and batches is not None:
            found = _batch(connection, run.plan, batches)
        if found is not None:
            since = (run.started_at or run.queued_at).astimezone()
            raise Refused(
                f"{found} is being retried by #{run.id} since {since:%H:%M %Z} ({run.who}); "
                f"wait until it has ended, or: linkdeck cancel {run.id} --reason …"
            )


def shown(
    connection: Connection, found: Sequence[SnapshotSeen]
) -> tuple[SnapshotSeen, ...]:
    """These Snapshots, with those that a running plan has taken up shown as `retrying`."""
    waiting = [seen.id for seen in found if seen.state in OPEN_STATES]
    going = retrying(connection, waiting)
    if not going:
        return tuple(found)
    state = RecordState.RETRYING.value
    return tuple(replace(seen, state=state) if seen.id in going else seen for seen in found)


def retrying(connection: Connection, snapshots: Sequence[int]) -> frozenset[int]:
    """Those of these Snapshots that a running plan has taken up."""
    plans = [run.plan for run in _running(connection, None)]
    if not plans or not snapshots:
        return frozenset()
    query = select(ITEM.c.snapshot).where(
        ITEM.c.plan.in_(plans), ITEM.c.snapshot.in_(snapshots), ITEM.c.place.is_not(None)
    )
    return frozenset(connection.execute(query).scalars())


def _running(connection: Connection, link: str | None) -> Sequence[AnyRow]:
    query = select(
        EVENT.c.id, EVENT.c.plan, EVENT.c.who, EVENT.c.started_at, EVENT.c.queued_at
    ).where(EVENT.c.status.in_(ACTIVE), EVENT.c.plan.is_not(None))
    if link is not None:
        query = query.where(EVENT.c.link == link)
    found: Sequence[AnyRow] = connection.execute(query).all()  # type: ignore[assignment]
    return found


def _record(connection: Connection, plan: int, which: ColumnElement[bool]) -> str | None:
    query = (
        select(SNAPSHOT.c.id)
        .join(ITEM, ITEM.c.snapshot == SNAPSHOT.c.id)
        .where(ITEM.c.plan == plan, ITEM.c.place.is_not(None), which)
    )
    found = connection.execute(query.limit(1)).scalar()
    return None if found is None else f"s{found}"


def _batch(connection: Connection, plan: int, which: ColumnElement[bool]) -> str | None:
    same = and_(ITEM.c.event == BATCH.c.event, ITEM.c.batch == BATCH.c.number)
    query = (
        select(BATCH.c.event, BATCH.c.number)
        .join(ITEM, same)
        .where(ITEM.c.plan == plan, ITEM.c.dropped.is_(None), which)
    )
    found = connection.execute(query.limit(1)).first()
    return None if found is None else f"batch {found.number} of #{found.event}"
