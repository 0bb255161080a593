"""Last Successful Sync: the runs it is decided from, the mark, and what was taken over (M1, M2)."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from engine.domain.delta import Mark, MarkValue, Run, Verdict, Window
from engine.domain.outcome import Status
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import Kind
from engine.store.books import rederived, subtree
from engine.store.closing import SUPERSEDED, Closure, close_batches
from engine.store.stored_text import mark_from, mark_text
from engine.store.tables import BATCH, EVENT, MARK, SNAPSHOT

Settle = Callable[[Sequence[Run], Mark | None], Verdict]
"""Where the mark of a Link stands after these runs, oldest first; pure."""

_ACCOUNTED = (Status.COMPLETED.value, Status.COMPLETED_WITH_WARNINGS.value)


_MARK = select(MARK).where(MARK.c.link == bindparam("this_link"))


def mark_of(connection: Connection, link: str) -> Mark | None:
    """Last Successful Sync of a Link."""
    row = connection.execute(_MARK, {"this_link": link}).first()
    return None if row is None else mark_in(row)


def mark_in(row: Row[tuple[object, ...]]) -> Mark | None:
    """The mark a row holds."""
    value = mark_from(row.value)
    return None if value is None else Mark(value, row.set_by, row.source_hash)


def verdict_of(connection: Connection, link: str, settle: Settle) -> Verdict:
    """Where the mark stands and who holds it, as decided from what the store knows."""
    mark = mark_of(connection, link)
    return settle(_runs(connection, link, mark), mark)


def settled(connection: Connection, link: str, settle: Settle, *, now: datetime) -> None:
    """The mark moved and earlier runs taken over, where the runs of the Link allow it."""
    mark = mark_of(connection, link)
    runs = _runs(connection, link, mark)
    verdict = settle(runs, mark)
    if verdict.mark is not None and verdict.mark != mark:
        _move(connection, link, verdict.mark, now=now)
    for earlier, later in verdict.taken_over:
        _take_over(connection, earlier, later)


def plans_again(connection: Connection, link: str, event: int) -> None:
    """Earlier runs that ended before their plan was made close with this one (C4).

    One that was stopped later closes with what it left behind; a retry's plan is made before it.
    """
    query = select(EVENT.c.id).where(
        EVENT.c.link == link,
        EVENT.c.id < event,
        EVENT.c.open_system > 0,
        ~EVENT.c.planning_complete,
        EVENT.c.kind != Kind.TEST.value,
    )
    for earlier in connection.execute(query).scalars().all():
        _point(connection, [earlier], event)
        _close_system(connection, [earlier])
        rederived(connection, earlier, closed_by=SUPERSEDED)


def drifted(connection: Connection, event: int) -> None:
    """The root of this Sync Event's Chain moves no mark: a page of it was not what was planned."""
    root = select(EVENT.c.root).where(EVENT.c.id == event).scalar_subquery()
    connection.execute(update(EVENT).where(EVENT.c.id == root).values(drifted=True))


def bounded(connection: Connection, event: int, bound: MarkValue) -> None:
    """The root of this Sync Event's Chain has seen changes up to there (M1)."""
    root = select(EVENT.c.root).where(EVENT.c.id == event).scalar_subquery()
    until = {"until": mark_text(bound)}
    connection.execute(update(EVENT).where(EVENT.c.id == root).values(**until))


def drifted_since(connection: Connection, link: str) -> tuple[int, ...]:
    """Runs newer than the mark that would have moved it, had no page drifted (M5)."""
    mark = mark_of(connection, link)
    query = select(EVENT.c.id).where(
        EVENT.c.link == link, EVENT.c.drifted, EVENT.c.id > (mark.set_by if mark else 0)
    )
    return tuple(connection.execute(query.order_by(EVENT.c.id)).scalars())


_LATER = EVENT.alias("later")
_INSTEAD = select(_LATER.c.id).where(
    _LATER.c.id == EVENT.c.superseded_by, _LATER.c.kind == Kind.SYNC.value, _LATER.c.moves
)
_MET = and_(EVENT.c.status.in_(_ACCOUNTED), EVENT.c.planning_complete, ~_INSTEAD.exists())
_MINE = and_(
    EVENT.c.link == bindparam("this_link"),
    EVENT.c.kind == Kind.SYNC.value,
    EVENT.c.parent.is_(None),
    or_(EVENT.c.superseded_by.is_(None), _MET),
)
_OLDEST_UNACCOUNTED = select(func.min(EVENT.c.id)).where(
    _MINE, EVENT.c.status.not_in(_ACCOUNTED)
)
_OLDEST_MOVER = select(func.min(EVENT.c.id)).where(_MINE, EVENT.c.moves)
_NEWEST = select(func.max(EVENT.c.id)).where(_MINE)
_NAMES = (
    "since",
    "until",
    "source_hash",
    "planning_complete",
    "status",
    "moves",
    "drifted",
)
_FROM = (
    select(EVENT.c.id, *(EVENT.c[name] for name in _NAMES))
    .where(_MINE, EVENT.c.id >= bindparam("lowest"))
    .order_by(EVENT.c.id)
)


def _runs(connection: Connection, link: str, mark: Mark | None) -> list[Run]:
    """The runs that can hold the mark or move it: from the oldest that matters on.

    One that another took over, or planned instead of, holds nothing any more; one whose records
    alone were met again, by a retry or a replayed window, stands for itself.
    """
    mine = {"this_link": link}
    oldest = connection.execute(_OLDEST_UNACCOUNTED, mine).scalar()
    # Where there is no mark yet, any run that could have set one may do so now.
    first = mark.set_by if mark else connection.execute(_OLDEST_MOVER, mine).scalar()
    starts = [number for number in (oldest, first) if number]
    lowest = min(starts) if starts else connection.execute(_NEWEST, mine).scalar()
    found = connection.execute(_FROM, {**mine, "lowest": lowest or 0})
    return [_run(row) for row in found]


def _run(row: Row[tuple[object, ...]]) -> Run:
    return Run(
        event=row.id,
        window=Window(mark_from(row.since), mark_from(row.until)),
        source_hash=row.source_hash,
        planned=row.planning_complete,
        ended=Status(row.status).over,
        accounted=row.status in _ACCOUNTED,
        moves=row.moves and not row.drifted,
    )


def _move(connection: Connection, link: str, mark: Mark, *, now: datetime) -> None:
    connection.execute(delete(MARK).where(MARK.c.link == link))
    row = {
        "link": link,
        "value": mark_text(mark.value),
        "set_by": mark.set_by,
        "source_hash": mark.source_hash,
        "moved_at": now,
    }
    connection.execute(insert(MARK), row)


def _take_over(connection: Connection, earlier: int, later: int) -> None:
    """What the later plan contains closes; records not met again stay open, and hold nothing."""
    chain = connection.execute(
        select(EVENT.c.id, EVENT.c.parent).where(EVENT.c.root == earlier)
    ).all()
    within = sorted(subtree(earlier, {row.id: row.parent for row in chain}))
    _close_scopes(connection, within, later)
    connection.execute(
        update(SNAPSHOT)
        .where(SNAPSHOT.c.event.in_(within), SNAPSHOT.c.state == RecordState.OPEN.value)
        .values(state=RecordState.UNMET.value)
    )
    _close_system(connection, [earlier])
    _point(connection, [earlier], later)
    for event in reversed(within):
        rederived(connection, event, closed_by=SUPERSEDED)


def _close_scopes(connection: Connection, events: Sequence[int], later: int) -> None:
    contained = select(BATCH.c.origin).where(
        BATCH.c.event == later, BATCH.c.origin.is_not(None)
    )
    taken_over = and_(
        BATCH.c.event.in_(events),
        or_(BATCH.c.origin.is_(None), BATCH.c.origin.in_(contained)),
    )
    close_batches(
        connection, taken_over, Closure(RecordState.SUPERSEDED, SUPERSEDED, later)
    )


def _close_system(connection: Connection, events: Sequence[int]) -> None:
    connection.execute(update(EVENT).where(EVENT.c.id.in_(events)).values(open_system=0))


def _point(connection: Connection, events: Sequence[int], later: int) -> None:
    connection.execute(
        update(EVENT).where(EVENT.c.id.in_(events)).values(superseded_by=later)
    )
