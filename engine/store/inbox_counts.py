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


Known = dict[int, tuple[int, Counter[str]]]
"""By Sync Event: how many records were open, and on which routes; for who counts all the time."""


def counts(connection: Connection, known: Known | None = None) -> InboxCounts:
    """Everything that waits, counted; what is `known` is counted anew only once it has changed."""
    routes: Counter[str] = Counter()
    links: Counter[str] = Counter()
    found = set()
    for row in waiting(connection, None):
        found.add(row.id)
        system = int(row.open_system > 0 and row.kind not in (Kind.RETRY, Kind.REPLAY))
        links[row.link] += row.open_batches + row.open_records + system
        if row.open_records:
            routes += _remembered(connection, row, known)
        if row.open_batches:
            routes += _of_batches(connection, row)
        if system:
            routes[_of_system(connection, row)] += 1
    if known is not None:
        for closed in known.keys() - found:
            del known[closed]
    return InboxCounts(dict(routes.most_common()), dict(links.most_common()))


def _remembered(
    connection: Connection, header: Row[Any], known: Known | None
) -> Counter[str]:
    if known is None:
        return _of_records(connection, header)
    before = known.get(header.id)
    if before is None or before[0] != header.open_records:
        before = known[header.id] = header.open_records, _of_records(connection, header)
    return before[1]


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
