"""How many records of each cause are open in a Sync Event: kept, since counting them takes long."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, bindparam, func, literal_column, select, update

from engine.domain.values import dataclass
from engine.store.tables import GROUP, OPEN, SNAPSHOT

CHUNK = 500

Cause = tuple[int, str | None, str | None]
"""A Sync Event, and the tier and fingerprint that name an error group of it."""

_FEWER = (
    update(GROUP)
    .where(
        GROUP.c.event == bindparam("of_event"),
        GROUP.c.tier == bindparam("of_tier"),
        GROUP.c.fingerprint == bindparam("of_fingerprint"),
    )
    .values(open_records=GROUP.c.open_records - bindparam("so_many"))
)


def closed(connection: Connection, counts: Mapping[Cause, int]) -> None:
    """So many of each are open no longer."""
    rows = [
        {
            "of_event": event,
            "of_tier": tier,
            "of_fingerprint": fingerprint,
            "so_many": times,
        }
        for (event, tier, fingerprint), times in sorted(counts.items(), key=str)
        if fingerprint is not None
    ]
    if rows:
        connection.execute(_FEWER, rows)


def by_route(
    connection: Connection, events: Sequence[int]
) -> Mapping[int, Mapping[str, int]]:
    """By Sync Event, how many of its records are open on which route."""
    found: dict[int, Counter[str]] = {}
    for start in range(0, len(events), CHUNK):
        query = (
            select(
                GROUP.c.event, GROUP.c.route, func.sum(GROUP.c.open_records).label("times")
            )
            .where(
                GROUP.c.event.in_(events[start : start + CHUNK]), GROUP.c.open_records > 0
            )
            .group_by(GROUP.c.event, GROUP.c.route)
        )
        for row in connection.execute(query):
            found.setdefault(row.event, Counter())[row.route] = int(row.times)
    return found


@dataclass(frozen=True, slots=True)
class Miscount:
    """A cause of which not so many records are open as is kept."""

    cause: Cause
    kept: int
    found: int

    @property
    def said(self) -> str:
        """What was counted, in words."""
        return f"open records of cause {str(self.cause[2])[:12]}"


def miscounts(connection: Connection, event: int | None = None) -> Iterator[Miscount]:
    """Every cause that is not kept as its Snapshots say; of one Sync Event, or of all."""
    found = dict(_counted(connection, event))
    query = select(
        GROUP.c.event, GROUP.c.tier, GROUP.c.fingerprint, GROUP.c.open_records
    ).where(GROUP.c.open_records != 0 if event is None else GROUP.c.event == event)
    kept = {
        (row.event, row.tier, row.fingerprint): row.open_records
        for row in connection.execute(query)
    }
    for cause in sorted({**kept, **found}, key=str):
        if kept.get(cause, 0) != found.get(cause, 0):
            yield Miscount(cause, kept.get(cause, 0), found.get(cause, 0))


def mended(connection: Connection, event: int) -> Iterator[Miscount]:
    """The causes of a Sync Event kept as its Snapshots say; those that were not."""
    wrong = list(miscounts(connection, event))
    closed(connection, {each.cause: each.kept - each.found for each in wrong})
    yield from wrong


def _counted(connection: Connection, event: int | None) -> Iterator[tuple[Cause, int]]:
    names = (SNAPSHOT.c.event, SNAPSHOT.c.tier, SNAPSHOT.c.fingerprint)
    query = (
        select(*names, func.count().label("times"))
        .where(literal_column(f"({OPEN})"), SNAPSHOT.c.fingerprint.is_not(None))
        .group_by(*names)
    )
    if event is not None:
        query = query.where(SNAPSHOT.c.event == event)
    for row in connection.execute(query):
        yield (row.event, row.tier, row.fingerprint), row.times
