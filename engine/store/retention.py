"""What retention takes: in small steps, only of Chains that are settled, never what is needed.

Needed are the Sync Event that set the mark and all after it, the newest of a Link, and all that
came after the oldest one with something open: when that closes, the mark moves over them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from engine.domain.link import Retention
from engine.domain.outcome import Status
from engine.domain.retention import Purgeable
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store.promises import PROMISE
from engine.store.push_tables import DELIVERY
from engine.store.tables import (
    BATCH,
    EVENT,
    MARK,
    PLAN,
    SNAPSHOT,
)

SPAN = 200
"""Sync Events that are looked at together."""

MOST = 2000
"""Deliveries, or plans, that are looked at together."""

GOOD = (Status.COMPLETED.value, Status.COMPLETED_WITH_WARNINGS.value)


@dataclass(frozen=True, slots=True)
class Due:
    """What of one Link is to go: Sync Events whose Snapshots, Batches, deliveries or all go."""

    link: str
    snapshots: tuple[int, ...] = ()
    batches: tuple[int, ...] = ()
    events: tuple[int, ...] = ()
    deliveries: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether all is young enough."""
        return not (
            self.snapshots or self.batches or self.events or self.deliveries or self.plans
        )


def links(connection: Connection) -> Mapping[str, str]:
    """Every Link that ever ran, with the file it ran from last."""
    newest = select(func.max(EVENT.c.id)).group_by(EVENT.c.link)
    rows = connection.execute(
        select(EVENT.c.link, EVENT.c.path).where(EVENT.c.id.in_(newest))
    )
    return {row.link: row.path for row in rows}


def due(
    connection: Connection, link: str, keep: Retention, *, now: datetime
) -> tuple[Due, tuple[str, ...]]:
    """What is to go now, a part of it where there is much; and what stays though it is old."""
    whole, stays = _whole(connection, link, now - timedelta(seconds=keep.events))
    gone = set(whole)
    unpurged = EVENT.c.purged_at.is_(None)
    values = _ripe(connection, link, unpurged, now - timedelta(seconds=keep.snapshots))
    batches: Sequence[int] = ()
    if keep.batches is not None:
        kept = EVENT.c.batches_purged_at.is_(None)
        batches = _ripe(connection, link, kept, now - timedelta(seconds=keep.batches))
    found = Due(
        link=link,
        snapshots=tuple(each for each in values if each not in gone),
        batches=tuple(each for each in batches if each not in gone),
        events=whole,
        deliveries=_deliveries(
            connection, link, now - timedelta(seconds=keep.deliveries), gone
        ),
        plans=_plans(connection, link, now - timedelta(seconds=keep.plans)),
    )
    return found, stays


def counted(connection: Connection, due: Due, stays: tuple[str, ...]) -> Purgeable:
    """How much that is, for people."""
    values = [*due.snapshots, *due.events]
    return Purgeable(
        link=due.link,
        snapshots=_count(connection, SNAPSHOT.c.event, values),
        batches=_count(connection, BATCH.c.event, [*due.batches, *due.events]),
        events=len(due.events),
        deliveries=len(due.deliveries),
        plans=len(due.plans),
        stays=stays,
    )


def _count(connection: Connection, column: Any, events: Sequence[int]) -> int:
    query = select(func.count()).where(column.in_(events))
    found: int = connection.execute(query).scalar_one()
    return found


def _ripe(
    connection: Connection, link: str, wanted: Any, cutoff: datetime
) -> tuple[int, ...]:
    """Sync Events whose whole Chain is settled, and ended before then; oldest first."""
    found: list[int] = []
    after = 0
    while len(found) < SPAN:
        page = _page(connection, link, wanted, cutoff, after)
        if not page:
            break
        after = page[-1].id
        settled = _settled_roots(connection, {row.root for row in page}, cutoff)
        found += [row.id for row in page if row.root in settled]
    return tuple(found[:SPAN])


def _page(
    connection: Connection, link: str, wanted: Any, cutoff: datetime, after: int
) -> Sequence[Row[Any, Any]]:
    query = (
        select(EVENT.c.id, EVENT.c.root)
        .where(
            EVENT.c.link == link,
            EVENT.c.id > after,
            wanted,
            EVENT.c.finished_at < cutoff,
            or_(EVENT.c.status.in_(GOOD), EVENT.c.kind == Kind.TEST.value),
        )
        .order_by(EVENT.c.id)
        .limit(SPAN)
    )
    return connection.execute(query).all()


def _settled_roots(
    connection: Connection, roots: set[int], cutoff: datetime
) -> frozenset[int]:
    columns = ("root", "status", "kind", "outcome", "finished_at")
    query = select(*(EVENT.c[name] for name in columns)).where(EVENT.c.root.in_(roots))
    unsettled = {
        row.root
        for row in connection.execute(query)
        if row.outcome is None
        or (row.status not in GOOD and row.kind != Kind.TEST)
        or row.finished_at >= cutoff
    }
    return frozenset(roots - unsettled)


def _whole(
    connection: Connection, link: str, cutoff: datetime
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Whole Chains that go, and why others stay."""
    ripe = _ripe(connection, link, EVENT.c.id > 0, cutoff)
    if not ripe:
        return (), ()
    bound, why = _needed(connection, link)
    roots = select(EVENT.c.root).where(EVENT.c.id.in_(ripe))
    query = select(EVENT.c.id, EVENT.c.root).where(EVENT.c.root.in_(roots))
    rows = connection.execute(query.order_by(EVENT.c.id)).all()
    highest = {row.root: row.id for row in rows}
    going = tuple(row.id for row in rows if highest[row.root] < bound)
    staying = len(rows) - len(going)
    return going, ((f"{staying} of its Sync Events stay: {why}",) if staying else ())


def _needed(connection: Connection, link: str) -> tuple[int, str]:
    """The first Sync Event that must stay, and why."""
    of_link = select(EVENT.c.id).where(EVENT.c.link == link)
    newest = connection.execute(
        of_link.where(EVENT.c.parent.is_(None), EVENT.c.kind != Kind.TEST.value)
        .order_by(EVENT.c.id.desc())
        .limit(1)
    ).scalar()
    bounds = [(newest, f"#{newest} is how the Link stands")] if newest else []
    mark = connection.execute(select(MARK.c.set_by).where(MARK.c.link == link)).scalar()
    if mark is not None:
        bounds.append((mark, f"#{mark} set Last Successful Sync"))
    oldest = connection.execute(
        of_link.where(EVENT.c.status.not_in(GOOD), EVENT.c.kind != Kind.TEST.value)
        .order_by(EVENT.c.id)
        .limit(1)
    ).scalar()
    if oldest is not None:
        bounds.append((oldest, f"#{oldest} is not settled, and what came after it waits"))
    return min(bounds, default=(0, "nothing ran"))


def _deliveries(
    connection: Connection, link: str, cutoff: datetime, gone: set[int]
) -> tuple[int, ...]:
    """Payloads of settled Chains."""
    held = (
        select(DELIVERY.c.event)
        .where(
            DELIVERY.c.link == link, DELIVERY.c.body.is_not(None), DELIVERY.c.at < cutoff
        )
        .distinct()
    )
    events = set(connection.execute(held).scalars()) - gone
    if not events:
        return ()
    query = select(EVENT.c.id, EVENT.c.root).where(EVENT.c.id.in_(events))
    rows = connection.execute(query).all()
    settled = _settled_roots(connection, {row.root for row in rows}, cutoff)
    ripe = [row.id for row in rows if row.root in settled]
    chosen = select(DELIVERY.c.id).where(
        DELIVERY.c.event.in_(ripe), DELIVERY.c.body.is_not(None)
    )
    return tuple(connection.execute(chosen.order_by(DELIVERY.c.id).limit(MOST)).scalars())


def _plans(connection: Connection, link: str, cutoff: datetime) -> tuple[int, ...]:
    query = select(PLAN.c.id).where(
        PLAN.c.link == link,
        PLAN.c.used_by.is_(None),
        PLAN.c.made_at < cutoff,
        PLAN.c.id.not_in(select(PROMISE.c.plan)),
    )
    return tuple(connection.execute(query.order_by(PLAN.c.id).limit(MOST)).scalars())
