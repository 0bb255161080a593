"""How much waits, by Link and by route: from counters that are kept."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain.errors import Route
from engine.domain.inbox import InboxCounts
from engine.domain.sync_event import Kind
from engine.store import open_causes
from engine.store.inbox import waiting
from engine.store.kept_errors import FIELDS
from engine.store.tables import BATCH, GROUP

_ROUTE = FIELDS.index("route")


def counts(connection: Connection) -> InboxCounts:
    """Everything that waits, counted."""
    routes: Counter[str] = Counter()
    links: Counter[str] = Counter()
    found = waiting(connection, None)
    events = [row.id for row in found if row.open_records]
    by_route = open_causes.by_route(connection, events)
    for row in found:
        system = int(row.open_system > 0 and row.kind not in (Kind.RETRY, Kind.REPLAY))
        links[row.link] += row.open_batches + row.open_records + system
        if row.open_records:
            routes += _of_records(row, by_route.get(row.id, {}))
        if row.open_batches:
            routes += _of_batches(connection, row)
        if system:
            routes[_of_system(connection, row)] += 1
    return InboxCounts(dict(routes.most_common()), dict(links.most_common()))


def _of_records(header: Row[Any], by_route: Mapping[str, int]) -> Counter[str]:
    found = Counter(by_route)
    # A record in doubt may have no error that says where it goes.
    found[Route.ERROR_QUEUE.value] += header.open_records - found.total()
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
