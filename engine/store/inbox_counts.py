"""How much waits: by Link from kept counters, by route from the causes."""

from collections import Counter
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engine.domain.errors import Route
from engine.domain.inbox import InboxCounts
from engine.domain.sync_event import Kind
from engine.store.choosing import is_open
from engine.store.inbox import waiting
from engine.store.kept_errors import FIELDS
from engine.store.tables import BATCH, GROUP, SNAPSHOT

_ROUTE = FIELDS.index("route")


def counts(connection: Connection) -> InboxCounts:
    """Everything that waits, counted."""
    routes: Counter[str] = Counter()
    links: Counter[str] = Counter()
    for row in waiting(connection, None):
        system = int(row.open_system > 0 and row.kind not in (Kind.RETRY, Kind.REPLAY))
        links[row.link] += row.open_batches + row.open_records + system
        if row.open_records:
            routes += _of_records(connection, row)
        if row.open_batches:
            routes += _of_batches(connection, row)
        if system:
            routes[_of_system(connection, row)] += 1
    return InboxCounts(dict(routes.most_common()), dict(links.most_common()))


def _of_records(connection: Connection, header: Row[Any]) -> Counter[str]:
    query = select(GROUP.c.fingerprint, GROUP.c.route, GROUP.c.records).where(
        GROUP.c.event == header.id, GROUP.c.records > 0
    )
    groups = connection.execute(query).all()
    routes = {group.fingerprint: group.route for group in groups}
    if len(set(routes.values())) == 1:
        return Counter({groups[0].route: header.open_records})
    found: Counter[str] = Counter()
    if sum(group.records for group in groups) == header.open_records:
        for group in groups:
            found[group.route] += group.records
        return found
    # Some have closed, and of several routes: only the Snapshots tell which.
    counted = (
        select(SNAPSHOT.c.fingerprint, func.count().label("times"))
        .where(SNAPSHOT.c.event == header.id, is_open())
        .group_by(SNAPSHOT.c.fingerprint)
    )
    for row in connection.execute(counted):
        found[routes.get(row.fingerprint, Route.ERROR_QUEUE.value)] += row.times
    return found


def _of_batches(connection: Connection, header: Row[Any]) -> Counter[str]:
    query = select(BATCH.c.error).where(BATCH.c.event == header.id, BATCH.c.open)
    return Counter(
        error[_ROUTE] if error else Route.RETRY.value
        for error in connection.execute(query).scalars()
    )


def _of_system(connection: Connection, header: Row[Any]) -> str:
    query = select(GROUP.c.route).where(
        GROUP.c.event == header.id, GROUP.c.tier == "system"
    )
    route: str | None = connection.execute(query.limit(1)).scalar()
    return route or Route.RETRY.value
