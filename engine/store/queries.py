"""Sync Events, batches and Links as they stand; kept counters only, never a count of Snapshots."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from engine.domain.batch import BatchState
from engine.domain.delta import Mark
from engine.domain.outcome import Status
from engine.domain.requests import Page
from engine.domain.sync_event import BatchSeen, Kind, OpenCounts, SyncEvent
from engine.store import causes, rows
from engine.store.books import subtree
from engine.store.cursors import cursor
from engine.store.events import ACTIVE, known
from engine.store.marks import mark_in
from engine.store.rows import AnyRow, Around
from engine.store.tables import BATCH, EVENT, GROUP, MARK, REASON
from engine.store.tallies import IGNORED

_TIERS = ("system", "batch", "record")


_ONE = select(EVENT).where(EVENT.c.id == bindparam("number"))
_THESE: BindParameter[Any] = bindparam("numbers", expanding=True)
_GROUPS = select(GROUP).where(GROUP.c.event.in_(_THESE))
_REASONS = (
    select(REASON)
    .where(REASON.c.event.in_(_THESE))
    .order_by(REASON.c.times.desc(), REASON.c.text)
)
_PARENTS = select(EVENT.c.id, EVENT.c.parent).where(EVENT.c.root.in_(_THESE))


def event(connection: Connection, number: int) -> SyncEvent | None:
    """One Sync Event."""
    row = connection.execute(_ONE, {"number": number}).first()
    return None if row is None else _seen(connection, [row])[0]


def latest(connection: Connection, link: str) -> int | None:
    """The newest Sync Event of a Link."""
    query = select(func.max(EVENT.c.id)).where(EVENT.c.link == link)
    number: int | None = connection.execute(query).scalar()
    return number


def events(
    connection: Connection,
    *,
    link: str | None,
    status: str | None,
    kind: str | None,
    limit: int,
    before: int | None,
) -> Page[SyncEvent]:
    """Sync Events, newest first, from below `before` on."""
    query = select(EVENT).order_by(EVENT.c.id.desc()).limit(limit + 1)
    word = None if status is None else status.replace("_", " ")
    for column, value in (
        (EVENT.c.link, link),
        (EVENT.c.status, word),
        (EVENT.c.kind, kind),
    ):
        if value is not None:
            query = query.where(column == str(value))
    if before is not None:
        query = query.where(EVENT.c.id < before)
    found = connection.execute(query).all()
    more = str(found[limit - 1].id) if len(found) > limit else None
    return Page(_seen(connection, found[:limit]), more)


def batches(
    connection: Connection,
    number: int,
    *,
    state: str | None,
    index: int | None,
    limit: int,
    after: str | None,
) -> Page[BatchSeen]:
    """Batches of a Sync Event in order, from above `after` on."""
    conditions = []
    if state is not None:
        conditions.append(BATCH.c.state == str(state))
    if index is not None:
        conditions.append(BATCH.c.number == index)
    if after is not None:
        conditions.append(BATCH.c.number > cursor(after))
    found = _batches(connection, number, conditions, limit + 1)
    return Page(found[:limit], str(found[limit - 1].index) if len(found) > limit else None)


def batch_states(connection: Connection, number: int) -> tuple[str, ...]:
    """The state of every Batch of a Sync Event, in order."""
    query = select(BATCH.c.state).where(BATCH.c.event == number).order_by(BATCH.c.number)
    return tuple(connection.execute(query).scalars())


def failing_batches(
    connection: Connection, number: int, limit: int
) -> tuple[BatchSeen, ...]:
    """Batches that failed, and those not attempted whose scope waits for a retry."""
    unattempted = and_(BATCH.c.state == BatchState.NOT_ATTEMPTED.value, BATCH.c.open)
    failing = or_(BATCH.c.state == BatchState.FAILED.value, unattempted)
    return _batches(connection, number, [failing], limit)


State = tuple[SyncEvent | None, Mark | None, OpenCounts]


def link_states(connection: Connection) -> Mapping[str, State]:
    """By Link: how it stands, its mark, and all that is open.

    It stands as what it runs now; else as its newest Chain, whatever a retry of a part of it did.
    """
    counts = (EVENT.c.kind != Kind.TEST.value) & (
        EVENT.c.parent.is_(None) | EVENT.c.status.in_(ACTIVE)
    )
    newest = select(func.max(EVENT.c.id)).where(counts).group_by(EVENT.c.link)
    last = _seen(
        connection, connection.execute(select(EVENT).where(EVENT.c.id.in_(newest))).all()
    )
    marks = {row.link: mark_in(row) for row in connection.execute(select(MARK))}
    waiting = _open_by_link(connection)
    by_link = {seen.link: seen for seen in last}
    return {
        link: (by_link.get(link), marks.get(link), waiting.get(link, OpenCounts()))
        for link in {*by_link, *marks}
    }


def _open_by_link(connection: Connection) -> Mapping[str, OpenCounts]:
    settled = (Status.COMPLETED.value, Status.COMPLETED_WITH_WARNINGS.value)
    query = (
        select(EVENT.c.link, func.sum(EVENT.c.open_batches), func.sum(EVENT.c.open_records))
        .where(
            EVENT.c.status.in_([each.value for each in Status if each.value not in settled])
        )
        .group_by(EVENT.c.link)
    )
    return {
        link: OpenCounts(batches=int(open_batches), records=int(open_records))
        for link, open_batches, open_records in connection.execute(query)
    }


def _batches(
    connection: Connection,
    number: int,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
) -> tuple[BatchSeen, ...]:
    header = known(connection, number)
    query = select(BATCH).where(BATCH.c.event == number, *conditions)
    found = connection.execute(query.order_by(BATCH.c.number).limit(limit))
    return tuple(rows.batch(row, header) for row in found)


def _seen(connection: Connection, found: Sequence[AnyRow]) -> tuple[SyncEvent, ...]:
    """These rows with what lies around them: a few queries, however many rows."""
    around: defaultdict[int, Around] = defaultdict(Around)
    numbers = [row.id for row in found]
    _gather_groups(connection, numbers, around)
    _gather_reasons(connection, numbers, around)
    _gather_relations(connection, found, around)
    return tuple(rows.sync_event(row, around[row.id]) for row in found)


def _gather_groups(
    connection: Connection, numbers: Sequence[int], around: Mapping[int, Around]
) -> None:
    found = connection.execute(_GROUPS, {"numbers": numbers}).all()
    if not found:
        return
    known_of = causes.remarks(connection, numbers)
    for row in sorted(found, key=_by_weight):
        group = known_of.on(rows.error_group(row), row.event)
        around[row.event].groups.append(group)


def _by_weight(row: AnyRow) -> tuple[int, int, str]:
    """System errors on top, then what there is most of."""
    return _TIERS.index(row.tier), -row.times, row.fingerprint


def _gather_reasons(
    connection: Connection, numbers: Sequence[int], around: Mapping[int, Around]
) -> None:
    for row in connection.execute(_REASONS, {"numbers": numbers}):
        mine = around[row.event]
        texts = mine.ignored if row.kind == IGNORED else mine.warnings
        texts[row.text] = row.times


def _gather_relations(
    connection: Connection, found: Sequence[AnyRow], around: Mapping[int, Around]
) -> None:
    roots = {"numbers": list({row.root for row in found})}
    parents = {row.id: row.parent for row in connection.execute(_PARENTS, roots)}
    for row in found:
        mine = around[row.id]
        mine.descendants = tuple(sorted(subtree(row.id, parents) - {row.id}))
        mine.children = tuple(
            child for child in mine.descendants if parents[child] == row.id
        )
