"""Failing records found and paged: by keyset on an index, never by OFFSET."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, text, union_all

from engine.domain.requests import HistoryEntry, Page, Selection
from engine.domain.sync_event import SnapshotSeen
from engine.domain.values import dataclass
from engine.store import rows
from engine.store.cursors import cursor
from engine.store.database import Database
from engine.store.events import known
from engine.store.rows import AnyRow
from engine.store.stored_text import label_text
from engine.store.tables import BATCH, FAILING, GROUP, SNAPSHOT, WARNED
from engine.store.underway import shown

Keep = Callable[[SnapshotSeen], bool]

WARNINGS = "warning"
"""The word of a Selection's tier that means Records that carry a Warning."""

CHUNK = 500
"""Records read at a time where all of them are needed."""

_ARMS = 40
"""Fingerprints that are each sought in the index on their own; more are filtered."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A Selection in one Sync Event, as the store can look for it.

    `fingerprints` None: any. `matching` is known from kept counters, or None.
    """

    event: int
    conditions: tuple[ColumnElement[bool], ...]
    fingerprints: tuple[str, ...] | None
    matching: int | None

    def page(self, after: int, limit: int) -> Select[Any]:
        """The next Snapshots in order of their ids."""
        if self.fingerprints is None:
            return self._part(after, limit, *self.conditions)
        if len(self.fingerprints) > _ARMS:
            among = SNAPSHOT.c.fingerprint.in_(self.fingerprints)
            return self._part(after, limit, among, *self.conditions)
        arms = [
            select(
                self._part(after, limit, SNAPSHOT.c.fingerprint == each, *self.conditions)
                .with_only_columns(SNAPSHOT.c.id)
                .subquery()
            )
            for each in self.fingerprints
        ]
        merged = union_all(*arms).subquery()
        chosen = select(merged.c.id).order_by(merged.c.id).limit(limit)
        return select(SNAPSHOT).where(SNAPSHOT.c.id.in_(chosen)).order_by(SNAPSHOT.c.id)

    def count(self) -> Select[Any]:
        """How many there are, counted on the index."""
        query = select(func.count()).select_from(SNAPSHOT)
        query = query.where(SNAPSHOT.c.event == self.event, *self.conditions)
        if self.fingerprints is not None:
            query = query.where(SNAPSHOT.c.fingerprint.in_(self.fingerprints))
        return query

    def _part(
        self, after: int, limit: int, *conditions: ColumnElement[bool]
    ) -> Select[Any]:
        mine = (SNAPSHOT.c.event == self.event, SNAPSHOT.c.id > after, *conditions)
        return select(SNAPSHOT).where(*mine).order_by(SNAPSHOT.c.id).limit(limit)


def page(
    database: Database,
    event: int,
    selection: Selection,
    *,
    limit: int,
    after: str | None,
    keep: Keep | None,
) -> tuple[Page[SnapshotSeen], int]:
    """One page of failing records, and how many match in all."""
    start = 0 if after is None else cursor(after)
    if keep is not None:
        return _kept_page(each(database, event, selection, keep), start, limit)
    with database.reading() as connection:
        header = known(connection, event)
        sought = sought_in(connection, event, selection)
        found = _read(connection, sought, header, after=start, limit=limit + 1)
        matching = sought.matching
        if matching is None:
            matching = connection.execute(sought.count()).scalar_one()
    more = str(found[limit - 1].id) if len(found) > limit else None
    return Page(tuple(found[:limit]), more), matching


def each(
    database: Database, event: int, selection: Selection, keep: Keep | None
) -> Iterator[SnapshotSeen]:
    """Every failing record in order, a chunk at a time: no long transaction, constant memory."""
    after = 0
    while True:
        with database.reading() as connection:
            header = known(connection, event)
            sought = sought_in(connection, event, selection)
            found = _read(connection, sought, header, after=after, limit=CHUNK)
        yield from (seen for seen in found if keep is None or keep(seen))
        if len(found) < CHUNK:
            return
        after = found[-1].id


def one(connection: Connection, snapshot: int) -> SnapshotSeen | None:
    """A Snapshot by its number."""
    row = _by_id(connection, snapshot)
    if row is None:
        return None
    return shown(connection, [rows.snapshot(row, known(connection, row.event))])[0]


def history(connection: Connection, snapshot: int) -> tuple[HistoryEntry, ...]:
    """What became of a record, from Sync Event to Sync Event of its Chain, oldest first."""
    row = _by_id(connection, snapshot)
    if row is None:
        return ()
    journey = [row]
    while journey[0].previous is not None:
        earlier = _by_id(connection, journey[0].previous)
        if earlier is None:
            break
        journey.insert(0, earlier)
    while (later := _next(connection, journey[-1].id)) is not None:
        journey.append(later)
    nexts = [later.id for later in journey[1:]]
    return tuple(
        _entry(connection, step, after)
        for step, after in zip(journey, [*nexts, None], strict=True)
    )


def _kept_page(
    found: Iterator[SnapshotSeen], start: int, limit: int
) -> tuple[Page[SnapshotSeen], int]:
    """A page of what a filter keeps; only looking at every record tells how many match."""
    matching = 0
    taken: list[SnapshotSeen] = []
    for seen in found:
        matching += 1
        if seen.id > start and len(taken) <= limit:
            taken.append(seen)
    more = str(taken[limit - 1].id) if len(taken) > limit else None
    return Page(tuple(taken[:limit]), more), matching


def _read(
    connection: Connection, sought: Sought, header: AnyRow, *, after: int, limit: int
) -> list[SnapshotSeen]:
    if sought.fingerprints == ():
        return []
    found = connection.execute(sought.page(after, limit))
    return list(shown(connection, [rows.snapshot(row, header) for row in found]))


def sought_in(connection: Connection, event: int, selection: Selection) -> Sought:
    """A Selection as the store can look for it."""
    conditions: list[ColumnElement[bool]] = []
    if selection.batch is not None:
        conditions += _within_batch(connection, event, selection.batch)
    if selection.keys:
        labels = [label_text(key) for key in selection.keys]
        conditions.append(SNAPSHOT.c.label.in_(labels))
    if selection.tier == WARNINGS:
        return Sought(event, (_said(WARNED), *conditions), None, None)
    groups = _groups(connection, event, selection)
    if selection.tier is not None:
        conditions.append(SNAPSHOT.c.tier == selection.tier)
    narrow = selection.fingerprints or selection.tier or selection.stage is not None
    singled = selection.batch is not None or selection.keys
    return Sought(
        event,
        (_said(FAILING), *conditions),
        tuple(sorted({group.fingerprint for group in groups})) if narrow else None,
        None if singled else sum(group.records for group in groups),
    )


def _said(condition: str) -> ColumnElement[bool]:
    """A condition in the very words of a partial index."""
    return cast("ColumnElement[bool]", text(condition))


def _groups(
    connection: Connection, event: int, selection: Selection
) -> Sequence[Row[Any, Any]]:
    """The error groups a Selection speaks of; they know the stage, and how many records."""
    query = select(GROUP.c.fingerprint, GROUP.c.records).where(GROUP.c.event == event)
    if selection.fingerprints:
        query = query.where(GROUP.c.fingerprint.in_(selection.fingerprints))
    if selection.tier is not None:
        query = query.where(GROUP.c.tier == selection.tier)
    if selection.stage is not None:
        query = query.where(GROUP.c.stage == selection.stage)
    return connection.execute(query).all()


def _within_batch(
    connection: Connection, event: int, batch: int
) -> list[ColumnElement[bool]]:
    """The Snapshots of one Batch lie together: from its first id to its last."""
    query = select(BATCH.c.first_snapshot, BATCH.c.last_snapshot)
    row = connection.execute(
        query.where(BATCH.c.event == event, BATCH.c.number == batch)
    ).first()
    if row is None or row.first_snapshot is None:
        return [SNAPSHOT.c.id < 0]
    return [SNAPSHOT.c.id >= row.first_snapshot, SNAPSHOT.c.id <= row.last_snapshot]


def _by_id(connection: Connection, snapshot: int) -> AnyRow | None:
    return connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.id == snapshot)).first()


def _next(connection: Connection, snapshot: int) -> AnyRow | None:
    query = select(SNAPSHOT).where(SNAPSHOT.c.previous == snapshot)
    return connection.execute(query.order_by(SNAPSHOT.c.id).limit(1)).first()


def _entry(connection: Connection, row: AnyRow, successor: int | None) -> HistoryEntry:
    header = known(connection, row.event)
    return HistoryEntry(
        event=row.event,
        state=row.state,
        at=row.at,
        errors=rows.errors_of(row, header),
        snapshot=row.id,
        by=row.closed_event,
        successor=successor,
    )


FAILING_ONES = _said(FAILING)
"""Snapshots that are listed as failures, whatever became of them."""
