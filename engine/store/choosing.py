"""Which open failures a Selection means, in a Sync Event and all that descends from it (P3)."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, text

from engine.domain.errors import Misused
from engine.domain.requests import Selection
from engine.domain.sync_event import SnapshotSeen
from engine.store import rows
from engine.store.candidates import events_below, open_scopes
from engine.store.database import Database
from engine.store.events import known
from engine.store.failures import CHUNK
from engine.store.stored_text import label_text
from engine.store.tables import BATCH, GROUP, OPEN, SNAPSHOT


def open_records(
    connection: Connection, event: int, selection: Selection
) -> ColumnElement[bool]:
    """The condition on Snapshots; its `where` is for who reads the records."""
    refuse_warnings(selection)
    events = events_below(connection, event)
    conditions: list[ColumnElement[bool]] = [SNAPSHOT.c.event.in_(events), is_open()]
    if selection.batch is not None:
        conditions += [SNAPSHOT.c.event == event, SNAPSHOT.c.batch == selection.batch]
    if selection.keys:
        labels = [label_text(key) for key in selection.keys]
        conditions.append(SNAPSHOT.c.label.in_(labels))
    if selection.tier is not None:
        conditions.append(SNAPSHOT.c.tier == selection.tier)
    if selection.fingerprints:
        conditions.append(SNAPSHOT.c.fingerprint.in_(selection.fingerprints))
    if selection.stage is not None:
        blamed = select(GROUP.c.fingerprint).where(
            GROUP.c.event.in_(events), GROUP.c.stage == selection.stage
        )
        conditions.append(SNAPSHOT.c.fingerprint.in_(blamed))
    return and_(*conditions)


def open_batches(
    connection: Connection, event: int, selection: Selection
) -> tuple[tuple[int, int], ...]:
    """The kept scopes, as (Sync Event, batch)."""
    refuse_warnings(selection)
    events = events_below(connection, event)
    found = open_scopes(connection, events, selection, of=event)
    return tuple((kept.item.event, kept.item.batch) for kept in found)


def open_count(connection: Connection, event: int, selection: Selection) -> tuple[int, int]:
    """Open records and kept scopes of the Selection; its `where` is not asked."""
    which = open_records(connection, event, selection)
    records = select(func.count()).select_from(SNAPSHOT).where(which)
    number = int(connection.execute(records).scalar_one())
    return number, len(open_batches(connection, event, selection))


def each_open(
    database: Database, event: int, selection: Selection
) -> Iterator[SnapshotSeen]:
    """Every open record of the Selection, a chunk at a time; what was closed since is left out."""
    after = 0
    headers: dict[int, Row[Any]] = {}
    while True:
        with database.reading() as connection:
            which = open_records(connection, event, selection)
            query = select(SNAPSHOT).where(which, SNAPSHOT.c.id > after)
            found = connection.execute(query.order_by(SNAPSHOT.c.id).limit(CHUNK)).all()
            for row in found:
                if row.event not in headers:
                    headers[row.event] = known(connection, row.event)
        yield from (rows.snapshot(row, headers[row.event]) for row in found)
        if len(found) < CHUNK:
            return
        after = found[-1].id


def is_open() -> ColumnElement[bool]:
    """A Snapshot that waits, in the very words of the partial index."""
    condition: Any = text(f"({OPEN})")
    return condition  # type: ignore[no-any-return]


def these(pairs: Sequence[tuple[int, int]]) -> ColumnElement[bool]:
    """These batches, named by Sync Event and number."""
    return or_(
        *(and_(BATCH.c.event == event, BATCH.c.number == number) for event, number in pairs)
    )


def refuse_warnings(selection: Selection) -> None:
    """Misused where records with Warnings are meant: they are not open."""
    if selection.tier == "warning":
        raise Misused("a Warning blocks nothing and stays as it is; choose another --tier")
