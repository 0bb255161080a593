"""Any part of a list of millions: a stretch of failing records, and a search span by span."""

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select

from engine.domain.requests import Found, Search, Selection, Stretch
from engine.domain.sync_event import SnapshotSeen
from engine.store import rows
from engine.store.events import known
from engine.store.failures import Sought, sought_in
from engine.store.stored_text import encoded
from engine.store.tables import SNAPSHOT
from engine.store.underway import shown

SPAN = 20_000
"""Failing records looked at by one step of a search: some hundredths of a second."""


def stretch(
    connection: Connection,
    event: int,
    selection: Selection,
    part: Stretch,
    search: Search,
) -> tuple[SnapshotSeen, ...]:
    """The failing records of one stretch, in order of their ids."""
    sought = sought_in(connection, event, selection)
    header = known(connection, event)
    if part.ids:
        mine = (SNAPSHOT.c.event == event, SNAPSHOT.c.id.in_(part.ids))
        found = connection.execute(select(SNAPSHOT).where(*mine).order_by(SNAPSHOT.c.id))
        return shown(connection, [rows.snapshot(row, header) for row in found])
    if sought.fingerprints == ():
        return ()
    ids = _ids(sought).where(*matching(search))
    ids = ids.order_by(SNAPSHOT.c.id.desc() if part.backwards else SNAPSHOT.c.id)
    if part.beyond is not None:
        bound = SNAPSHOT.c.id < part.beyond
        ids = ids.where(bound if part.backwards else SNAPSHOT.c.id > part.beyond)
    # The rows that are passed over are passed over in the index alone.
    chosen = ids.limit(part.limit).offset(part.skip).subquery()
    query = select(SNAPSHOT).where(SNAPSHOT.c.id.in_(select(chosen.c.id)))
    found = connection.execute(query.order_by(SNAPSHOT.c.id))
    return tuple(rows.snapshot(row, header) for row in found)


def searched(
    connection: Connection,
    event: int,
    selection: Selection,
    search: Search,
    beyond: int,
    *,
    span: int = SPAN,
) -> Found:
    """What matches in the next span of failing records."""
    sought = sought_in(connection, event, selection)
    if sought.fingerprints == ():
        return Found((), None)
    ahead = _ids(sought).where(SNAPSHOT.c.id > beyond).order_by(SNAPSHOT.c.id)
    last = select(func.max(ahead.limit(span).subquery().c.id))
    reached = connection.execute(last).scalar()
    if reached is None:
        return Found((), None)
    within = ahead.where(SNAPSHOT.c.id <= reached, *matching(search))
    return Found(tuple(row.id for row in connection.execute(within)), int(reached))


def _ids(sought: Sought) -> Select[tuple[int]]:
    query = select(SNAPSHOT.c.id).where(SNAPSHOT.c.event == sought.event)
    if sought.fingerprints is not None:
        query = query.where(SNAPSHOT.c.fingerprint.in_(sought.fingerprints))
    return query.where(*sought.conditions)


def matching(search: Search) -> list[ColumnElement[bool]]:
    """The conditions on Snapshots that a search means."""
    conditions = [_says(word) for word in search.words]
    conditions += [~_says(word) for word in search.without]
    conditions += [_holds(SNAPSHOT.c.label, key) for key in search.keys]
    if search.states:
        conditions.append(SNAPSHOT.c.state.in_(search.states))
    return conditions


def _says(word: str) -> ColumnElement[bool]:
    """The word is in the key, or in what is said of the record."""
    quoted = encoded(word).strip('"')
    said = func.coalesce(SNAPSHOT.c.errors, literal(""), type_=SNAPSHOT.c.label.type)
    return or_(_holds(SNAPSHOT.c.label, word), and_(_holds(said, quoted)))


def _holds(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    return column.icontains(text, autoescape=True)
