"""The ledger of a Chain: what each Sync Event in it did, and what was open after it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select, update

from engine.domain.inbox import ChainEvent, Kept, Settled
from engine.domain.outcome import Status
from engine.domain.snapshot import RecordState
from engine.domain.values import dataclass
from engine.store.choosing import is_open
from engine.store.events import known
from engine.store.failures import FAILING_ONES
from engine.store.tables import BATCH, EVENT, GROUP, PLAN, SNAPSHOT

_UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The Sync Events of a Chain with its kept scopes' records and, where asked for, its fates.

    `kept` are records that were received and whose scope is what is retried.
    """

    link: str
    status: str
    events: tuple[ChainEvent, ...]
    kept: tuple[Kept, ...]
    moved_to: tuple[int, ...]
    in_doubt: int


def left(connection: Connection, event: int) -> None:
    """Note what is open in the Chain of a Sync Event that has just ended."""
    row = known(connection, event)
    open_now = select(func.sum(EVENT.c.open_batches), func.sum(EVENT.c.open_records))
    batches, records = connection.execute(open_now.where(EVENT.c.root == row.root)).one()
    connection.execute(
        update(EVENT)
        .where(EVENT.c.id == event)
        .values(left_batches=int(batches), left_records=int(records))
    )


def of_chain(connection: Connection, event: int) -> Ledger:
    """The ledger of the Chain this Sync Event is in."""
    root = known(connection, known(connection, event).root)
    query = select(EVENT).where(EVENT.c.root == root.id).order_by(EVENT.c.id)
    found = connection.execute(query).all()
    plans = _plans(connection, found)
    return Ledger(
        link=root.link,
        status=Status(root.status).value,
        events=tuple(_event(row, plans) for row in found),
        kept=_kept(connection, [row.id for row in found]),
        moved_to=_moved_to(connection, found),
        in_doubt=_in_doubt(connection, found),
    )


def fates(connection: Connection, root: int) -> Settled:
    """What became of each failing record of a Chain, counted one by one."""
    chain = select(EVENT.c.id).where(EVENT.c.root == root)
    query = (
        select(SNAPSHOT.c.state, func.count().label("times"))
        .where(SNAPSHOT.c.event.in_(chain), FAILING_ONES)
        .group_by(SNAPSHOT.c.state)
    )
    counts = Counter({row.state: row.times for row in connection.execute(query)})
    for gone in connection.execute(
        select(EVENT.c.purged).where(EVENT.c.root == root, EVENT.c.purged.is_not(None))
    ).scalars():
        counts.update(gone)
    return Settled(
        superseded=counts.get(RecordState.SUPERSEDED.value, 0),
        equal=counts.get(RecordState.EQUAL.value, 0),
        discarded=counts.get(RecordState.DISCARDED.value, 0),
        moved=counts.get(RecordState.MOVED.value, 0),
    )


def _plans(connection: Connection, found: Sequence[Row[Any]]) -> Mapping[int, str]:
    numbers = [row.plan for row in found if row.plan is not None]
    query = select(PLAN.c.id, PLAN.c.hash).where(PLAN.c.id.in_(numbers))
    return {row.id: row.hash for row in connection.execute(query)}


def _event(row: Row[Any], plans: Mapping[int, str]) -> ChainEvent:
    return ChainEvent(
        event=row.id,
        parent=row.parent,
        kind=row.kind,
        status=Status(row.status).value,
        batches=row.planned,
        failed_batches=row.failed_batches,
        open_batches=row.open_batches,
        open_records=row.open_records,
        fetched=row.fetched,
        from_snapshots=row.from_snapshots,
        written=row.written,
        ignored=row.ignored,
        superseded=row.superseded,
        equal=row.equal,
        discarded=row.discarded,
        moved=row.moved,
        in_doubt=row.in_doubt,
        actor=row.actor,
        reason=row.reason,
        started_at=row.started_at,
        finished_at=row.finished_at,
        plan=plans.get(row.plan),
        failed=row.failed,
        definition=row.definition,
        left_batches=row.left_batches,
        left_records=row.left_records,
    )


def _kept(connection: Connection, events: Sequence[int]) -> tuple[Kept, ...]:
    """Records of batches whose scope is kept: counted as failed, and fetched again by a retry."""
    held = or_(BATCH.c.open, BATCH.c.closed_by.is_not(None))
    query = (
        select(
            func.coalesce(BATCH.c.closed_by, _UNKNOWN).label("way"),
            func.sum(BATCH.c.failed + BATCH.c.in_doubt).label("records"),
        )
        .where(BATCH.c.event.in_(events), held, BATCH.c.fetched.is_not(None))
        .group_by(BATCH.c.closed_by)
    )
    return tuple(
        Kept(row.way or None, int(row.records)) for row in connection.execute(query)
    )


def _moved_to(connection: Connection, found: Sequence[Row[Any]]) -> tuple[int, ...]:
    """The later runs in which failures of this Chain were met anew and are still open."""
    mine = [row.id for row in found if row.moved]
    if not mine:
        return ()
    query = (
        select(SNAPSHOT.c.closed_event)
        .where(
            SNAPSHOT.c.event.in_(mine),
            FAILING_ONES,
            SNAPSHOT.c.state == RecordState.MOVED.value,
            SNAPSHOT.c.closed_event.is_not(None),
        )
        .distinct()
    )
    return tuple(sorted(connection.execute(query).scalars()))


def _in_doubt(connection: Connection, found: Sequence[Row[Any]]) -> int:
    """Open records whose write nobody knows the end of; looked for where there ever were any."""
    ever = [row.id for row in found if row.open_records and row.in_doubt]
    if not ever:
        return 0
    doubtful = and_(
        SNAPSHOT.c.event.in_(ever),
        is_open(),
        SNAPSHOT.c.state == RecordState.IN_DOUBT.value,
    )
    times: int = connection.execute(
        select(func.count()).select_from(SNAPSHOT).where(doubtful)
    ).scalar_one()
    return times


def listed(connection: Connection, root: int) -> Mapping[int, tuple[int, int]]:
    """By Sync Event of a Chain: how many failing records it had, and how many are still kept."""
    chain = select(EVENT.c.id).where(EVENT.c.root == root)
    ever = (
        select(GROUP.c.event, func.sum(GROUP.c.records).label("times"))
        .where(GROUP.c.event.in_(chain))
        .group_by(GROUP.c.event)
    )
    kept = (
        select(SNAPSHOT.c.event, func.count().label("times"))
        .where(SNAPSHOT.c.event.in_(chain), FAILING_ONES)
        .group_by(SNAPSHOT.c.event)
    )
    there = {row.event: row.times for row in connection.execute(kept)}
    return {
        row.event: (int(row.times), there.get(row.event, 0))
        for row in connection.execute(ever)
    }
