"""How every Link stands now: what runs, what is open since when, how late its data is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Row, func, or_, select

from engine.domain.outcome import Status
from engine.domain.sync_event import Kind
from engine.store.marks import mark_in
from engine.store.tables import EVENT, MARK

ACTIVE = (Status.QUEUED.value, Status.RUNNING.value)
GOOD = (Status.COMPLETED.value, Status.COMPLETED_WITH_WARNINGS.value)
UNSETTLED = (*ACTIVE, Status.FAILED.value, Status.CANCELLED.value)
RUNS = (Kind.SYNC.value, Kind.PUSH.value)
RETRIES = (Kind.RETRY.value, Kind.REPLAY.value)


@dataclass(slots=True)
class Standing:
    """One Link: `oldest` is when the oldest of what is open came to be.

    `current` is up to when its data is complete: its mark where that is a time, else when the mark
    moved, else the start of its last good run; None: never. `active` are kind, status and since.
    """

    records: int = 0
    batches: int = 0
    runs: int = 0
    oldest: datetime | None = None
    current: datetime | None = None
    active: list[tuple[str, str, datetime]] = field(default_factory=list)

    @property
    def open(self) -> int:
        """All that waits."""
        return self.records + self.batches + self.runs


def standings(connection: Connection, link: str | None = None) -> Mapping[str, Standing]:
    """Every Link that ever ran, or one; a few index lookups a Link."""
    found: defaultdict[str, Standing] = defaultdict(Standing)
    links = [link] if link is not None else _links(connection)
    for row in _unsettled(connection, link):
        _take(found[row.link], row)
    marks = select(MARK) if link is None else select(MARK).where(MARK.c.link == link)
    for row in connection.execute(marks):
        mark = mark_in(row)
        timely = mark is not None and isinstance(mark.value, datetime)
        found[row.link].current = mark.value if timely and mark else row.moved_at  # type: ignore[assignment]
    for name in links:
        standing = found[name]
        if standing.current is None:
            standing.current = _last_good(connection, name)
    return dict(found)


def _links(connection: Connection) -> Iterable[str]:
    return connection.execute(select(EVENT.c.link).distinct()).scalars().all()


def _unsettled(
    connection: Connection, link: str | None
) -> Iterable[Row[tuple[object, ...]]]:
    columns = ("id", "link", "kind", "status", "queued_at", "started_at", "finished_at")
    counters = ("open_records", "open_batches", "open_system")
    query = select(*(EVENT.c[name] for name in (*columns, *counters))).where(
        EVENT.c.status.in_(UNSETTLED)
    )
    if link is not None:
        query = query.where(EVENT.c.link == link)
    return connection.execute(query)


def _take(standing: Standing, row: Row[tuple[object, ...]]) -> None:
    if row.status in ACTIVE:
        since = row.started_at or row.queued_at
        standing.active.append((row.kind, row.status, since))
    # What a stopped retry left behind is open where it was, and counted there.
    system = int(row.open_system > 0 and row.kind not in RETRIES)
    if row.kind == Kind.TEST or not (row.open_records or row.open_batches or system):
        return
    standing.records += row.open_records
    standing.batches += row.open_batches
    standing.runs += system
    since = row.finished_at or row.started_at or row.queued_at
    standing.oldest = since if standing.oldest is None else min(standing.oldest, since)


def _last_good(connection: Connection, link: str) -> datetime | None:
    query = (
        select(
            func.coalesce(
                EVENT.c.started_at, EVENT.c.queued_at, type_=EVENT.c.queued_at.type
            )
        )
        .where(
            EVENT.c.link == link,
            or_(*(EVENT.c.kind == kind for kind in RUNS)),
            EVENT.c.status.in_(GOOD),
        )
        .order_by(EVENT.c.id.desc())
        .limit(1)
    )
    began: datetime | None = connection.execute(query).scalar()
    return began
