"""Causes of failure in one Sync Event beside those in another: new, same, fixed, regressed."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engine.domain.inbox import Trend
from engine.domain.sync_event import Kind
from engine.store.books import subtree
from engine.store.choosing import is_open
from engine.store.events import known
from engine.store.tables import EVENT, GROUP, SNAPSHOT

NEW, SAME, FIXED, REGRESSED = "new", "same", "fixed", "regressed"
_ORDER = (REGRESSED, NEW, SAME, FIXED)


def between(connection: Connection, before: int, after: int) -> tuple[Trend, ...]:
    """Every cause of either; what is worst comes first, then what there is most of.

    A cause is regressed where it came back: an earlier Sync Event of the Link had it, `before` did
    not. One that a retry left open, without trying it, is not fixed: it is the same.
    """
    old, new = _groups(connection, before), _groups(connection, after)
    came_back = _seen_earlier(connection, before, new.keys() - old.keys())
    left = _left_open(connection, before, after, old.keys() - new.keys())
    trends = [
        _trend(
            cause, old.get(cause), new.get(cause), cause in came_back, left.get(cause, 0)
        )
        for cause in {**old, **new}
    ]
    return tuple(sorted(trends, key=_weight))


def _weight(trend: Trend) -> tuple[int, int, str]:
    return _ORDER.index(trend.word), -max(trend.before, trend.after), trend.fingerprint


def _groups(connection: Connection, event: int) -> Mapping[str, Row[Any]]:
    known(connection, event)
    query = select(
        GROUP.c.fingerprint,
        func.min(GROUP.c.message).label("message"),
        func.sum(GROUP.c.times).label("times"),
    ).where(GROUP.c.event == event)
    found: Iterable[Any] = connection.execute(query.group_by(GROUP.c.fingerprint))
    return {row.fingerprint: row for row in found}


def _trend(
    cause: str,
    old: Row[Any] | None,
    new: Row[Any] | None,
    came_back: bool,  # noqa: FBT001 - private, beside what it is about
    left: int,
) -> Trend:
    message = (new or old).message  # type: ignore[union-attr]
    if old is None and new is not None:
        return Trend(cause, REGRESSED if came_back else NEW, message, 0, int(new.times))
    times = int(old.times) if old is not None else 0
    if new is None:
        return Trend(cause, SAME if left else FIXED, message, times, left)
    return Trend(cause, SAME, message, times, int(new.times))


def _seen_earlier(
    connection: Connection, before: int, causes: Collection[str]
) -> frozenset[str]:
    if not causes:
        return frozenset()
    link = known(connection, before).link
    query = (
        select(GROUP.c.fingerprint)
        .join(EVENT, EVENT.c.id == GROUP.c.event)
        .where(
            EVENT.c.link == link,
            EVENT.c.id < before,
            EVENT.c.kind != Kind.TEST.value,
            GROUP.c.fingerprint.in_(causes),
        )
        .distinct()
    )
    return frozenset(connection.execute(query).scalars())


def _left_open(
    connection: Connection, before: int, after: int, causes: Collection[str]
) -> Mapping[str, int]:
    """What a retry did not try of the causes of the Sync Event it descends from."""
    root = known(connection, before).root
    query = select(EVENT.c.id, EVENT.c.parent).where(EVENT.c.root == root)
    below = subtree(before, {row.id: row.parent for row in connection.execute(query)})
    if not causes or after not in below:
        return {}
    counted = (
        select(SNAPSHOT.c.fingerprint, func.count().label("times"))
        .where(SNAPSHOT.c.event == before, is_open(), SNAPSHOT.c.fingerprint.in_(causes))
        .group_by(SNAPSHOT.c.fingerprint)
    )
    return {row.fingerprint: row.times for row in connection.execute(counted)}
