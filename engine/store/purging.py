"""Retention's steps: each deletes as much as fits into a short transaction, and can be the last.

What a crash leaves undone is found again: nothing but age and the books decides what goes.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, func, or_, select, union, update

from engine.domain.sync_event import Kind
from engine.store.numbers import SYNC_EVENT, taken
from engine.store.promises import PROMISE
from engine.store.push_tables import DELIVERY
from engine.store.retention import GOOD, Due
from engine.store.schedule_tables import SLOT
from engine.store.tables import (
    AUDIT,
    BATCH,
    DEFINITION,
    EVENT,
    GROUP,
    ITEM,
    PLAN,
    REASON,
    SNAPSHOT,
)
from engine.store.watch_tables import NOTICE

STEP = 0.03
"""Seconds after which a step ends; with its commit it is done within 50 ms."""

ROWS = 200
"""Rows that are deleted by one statement."""

IDEMPOTENT = timedelta(days=7)
"""For how long an Idempotency-Key of a delivery is known, whatever goes."""


def step(connection: Connection, due: Due, *, now: datetime) -> bool:
    """Take away as much as fits into one step; whether there is more."""
    until = time.monotonic() + STEP
    for left in (
        _step_snapshots(connection, due, now, until),
        _step_batches(connection, due, now, until),
        _step_deliveries(connection, due.deliveries, until),
        _step_plans(connection, due.plans, until),
        _step_events(connection, due.events, now, until),
    ):
        if left:
            return True
    return False


def _late(until: float) -> bool:
    return time.monotonic() >= until


def _step_snapshots(connection: Connection, due: Due, now: datetime, until: float) -> bool:
    """Snapshots go, and their Sync Event remembers how many of each state there were."""
    query = select(EVENT.c.id, EVENT.c.purged).where(
        EVENT.c.id.in_(due.snapshots), EVENT.c.purged_at.is_(None)
    )
    for event in connection.execute(query.order_by(EVENT.c.id)).all():
        counts = Counter(event.purged or {})
        while taken := _take_snapshots(connection, event.id, counts):
            if _late(until) and taken:
                _remember(connection, event.id, counts, None)
                return True
        _remember(connection, event.id, counts, now)
        if _late(until):
            return True
    return False


def _take_snapshots(connection: Connection, event: int, counts: Counter[str]) -> int:
    query = select(SNAPSHOT.c.id, SNAPSHOT.c.state).where(SNAPSHOT.c.event == event)
    rows = connection.execute(query.limit(ROWS)).all()
    if rows:
        ids = [row.id for row in rows]
        connection.execute(delete(SNAPSHOT).where(SNAPSHOT.c.id.in_(ids)))
        counts.update(row.state for row in rows)
    return len(rows)


def _remember(
    connection: Connection, event: int, counts: Counter[str], at: datetime | None
) -> None:
    values = {"purged": dict(counts) or None, "purged_at": at}
    connection.execute(update(EVENT).where(EVENT.c.id == event).values(**values))


def _step_batches(connection: Connection, due: Due, now: datetime, until: float) -> bool:
    """Batches go, but those whose scope was kept: the ledger counts by them."""
    query = select(EVENT.c.id).where(
        EVENT.c.id.in_(due.batches), EVENT.c.batches_purged_at.is_(None)
    )
    for event in connection.execute(query.order_by(EVENT.c.id)).scalars().all():
        plain = and_(
            BATCH.c.event == event, BATCH.c.closed_by.is_(None), BATCH.c.open.is_(False)
        )
        while _take(connection, BATCH, BATCH.c.number, plain):
            if _late(until):
                return True
        done = update(EVENT).where(EVENT.c.id == event)
        connection.execute(done.values(batches_purged_at=now))
        if _late(until):
            return True
    return False


def _take(connection: Connection, table: Any, column: Any, which: Any) -> int:
    """Some rows of a condition deleted; how many."""
    some = connection.execute(select(column).where(which).limit(ROWS)).scalars().all()
    if some:
        connection.execute(delete(table).where(which, column.in_(some)))
    return len(some)


def _step_deliveries(
    connection: Connection, deliveries: Sequence[int], until: float
) -> bool:
    """Payloads go; that they came, and by which key, is kept with their Sync Event."""
    held = select(DELIVERY.c.id).where(
        DELIVERY.c.id.in_(deliveries), DELIVERY.c.body.is_not(None)
    )
    for number in connection.execute(held.order_by(DELIVERY.c.id)).scalars().all():
        if _late(until):
            return True
        connection.execute(
            update(DELIVERY).where(DELIVERY.c.id == number).values(body=None)
        )
    return False


def _step_plans(connection: Connection, plans: Sequence[int], until: float) -> bool:
    promised = select(PROMISE.c.plan)
    unused = select(PLAN.c.id).where(
        PLAN.c.id.in_(plans), PLAN.c.used_by.is_(None), PLAN.c.id.not_in(promised)
    )
    for plan in connection.execute(unused.with_for_update()).scalars().all():
        while _take(connection, ITEM, ITEM.c.number, ITEM.c.plan == plan):
            if _late(until):
                return True
        connection.execute(delete(PLAN).where(PLAN.c.id == plan))
        if _late(until):
            return True
    return False


def _step_events(
    connection: Connection, events: Sequence[int], now: datetime, until: float
) -> bool:
    """Children first; each with all that is its own."""
    there = select(EVENT.c.id).where(EVENT.c.id.in_(events)).order_by(EVENT.c.id.desc())
    for event in connection.execute(there).scalars().all():
        if not _emptied(connection, event, until):
            return True
        _forget(connection, event, now)
        if _late(until):
            return True
    return False


def _emptied(connection: Connection, event: int, until: float) -> bool:
    """What may be much, a part at a time; false: there is more."""
    plans = select(PLAN.c.id).where(or_(PLAN.c.event == event, PLAN.c.used_by == event))
    of_plans = connection.execute(plans).scalars().all()
    parts = [
        (SNAPSHOT, SNAPSHOT.c.id, SNAPSHOT.c.event == event),
        (BATCH, BATCH.c.number, BATCH.c.event == event),
        (GROUP, GROUP.c.fingerprint, GROUP.c.event == event),
        (REASON, REASON.c.digest, REASON.c.event == event),
        *((ITEM, ITEM.c.number, ITEM.c.plan == plan) for plan in of_plans),
    ]
    for table, column, which in parts:
        while _take(connection, table, column, which):
            if _late(until):
                return False
    connection.execute(delete(PROMISE).where(PROMISE.c.plan.in_(of_plans)))
    connection.execute(delete(PLAN).where(PLAN.c.id.in_(of_plans)))
    return True


def _forget(connection: Connection, event: int, now: datetime) -> None:
    """The Sync Event itself; deliveries whose key must still be known stay, without their body."""
    mine = DELIVERY.c.event == event
    old = or_(DELIVERY.c.key.is_(None), DELIVERY.c.at < now - IDEMPOTENT)
    connection.execute(delete(DELIVERY).where(mine, old))
    connection.execute(update(DELIVERY).where(mine).values(body=None))
    connection.execute(delete(EVENT).where(EVENT.c.id == event))


def tidy(connection: Connection, link: str, cutoff: datetime) -> None:
    """What is left of a Link's past beside its Sync Events: notifications, slots, definitions."""
    settled = or_(NOTICE.c.delivered_at < cutoff, NOTICE.c.given_up_at < cutoff)
    connection.execute(delete(NOTICE).where(NOTICE.c.link == link, settled))
    connection.execute(delete(SLOT).where(SLOT.c.link == link, SLOT.c.slot < cutoff))
    # Whoever opens a Sync Event holds this counter first, and so cannot be about to use one.
    taken(connection, SYNC_EVENT, 0)
    used = union(select(EVENT.c.definition), select(PLAN.c.definition))
    connection.execute(delete(DEFINITION).where(DEFINITION.c.hash.not_in(used)))


def audit_due(connection: Connection, cutoff: datetime) -> int | None:
    """The last of the oldest rows of the audit that may go; None: none may.

    What concerns Sync Events that are not settled stays, and so all that came after it.
    """
    waits = select(func.min(EVENT.c.queued_at)).where(
        EVENT.c.status.not_in(GOOD), EVENT.c.kind != Kind.TEST.value
    )
    oldest = connection.execute(waits).scalar()
    bound = cutoff if oldest is None else min(cutoff, oldest)
    query = select(AUDIT.c.seq, AUDIT.c.at).order_by(AUDIT.c.seq).limit(AUDIT_ROWS)
    through = None
    for row in connection.execute(query):
        if row.at >= bound:
            break
        through = row.seq
    return through


def take_audit(connection: Connection, through: int) -> int:
    """Rows of the audit that a checkpoint has sealed, deleted; how many."""
    # All in one transaction: nobody else ever finds the audit unguarded.
    if connection.dialect.name == "sqlite":
        guard = connection.exec_driver_sql(_GUARD).scalar_one()
        off, on = "DROP TRIGGER audit_keeps_from_delete", guard
    else:
        off, on = (f"ALTER TABLE audit {how} TRIGGER audit_keeps" for how in _SWITCH)
    connection.exec_driver_sql(off)
    gone = connection.execute(delete(AUDIT).where(AUDIT.c.seq <= through)).rowcount
    connection.exec_driver_sql(on)
    return gone


_SWITCH = ("DISABLE", "ENABLE")


_GUARD = (
    "SELECT sql FROM sqlite_master WHERE type='trigger' AND name='audit_keeps_from_delete'"
)

AUDIT_ROWS = 1000
"""Rows of the audit that go together."""
