"""Failures closed: recovered, superseded, equal, discarded; counted where they were open."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    func,
    literal_column,
    or_,
    select,
    update,
)

from engine.domain.snapshot import RecordState
from engine.domain.values import dataclass
from engine.store import causes, open_causes
from engine.store.books import add, rederived
from engine.store.kept_errors import cause_in
from engine.store.open_causes import Cause
from engine.store.tables import BATCH, EVENT, SNAPSHOT

IS_OPEN = or_(
    SNAPSHOT.c.state == literal_column("'open'"),
    SNAPSHOT.c.state == literal_column("'unmet'"),
    SNAPSHOT.c.state == literal_column("'in_doubt'"),
)
"""`tables.OPEN` with its words in the same order, or SQLite does not see that the index fits."""

_COUNTED = {
    RecordState.SUPERSEDED: "superseded",
    RecordState.EQUAL: "equal",
    RecordState.DISCARDED: "discarded",
    RecordState.MOVED: "moved",
}
"""The counter of its Sync Event that a closed failure goes to; the others are told elsewhere."""

_GOES_ON = frozenset({RecordState.CARRIED, RecordState.MOVED})
"""States whose failure is still open, in its successor."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What failures became, in which way (`closed_by`), and by which Sync Event, if by one."""

    state: RecordState
    way: str
    by: int | None = None


RETRY = "retry"
SUPERSEDED = "superseded"
EQUAL = "equal"
DISCARD = "discard"


def close_records(
    connection: Connection, which: ColumnElement[bool], closure: Closure
) -> Mapping[int, int]:
    """Close the open failing records of a condition; how many, by the Sync Event they were in.

    The status of those Sync Events is not looked at: `follow` does that, once for all.
    """
    chosen = (which, IS_OPEN)
    by_group = _counted(connection, chosen)
    counts, by_cause = Counter[int](), Counter[tuple[int, str | None]]()
    for (event, _, fingerprint), times in by_group.items():
        counts[event] += times
        by_cause[event, fingerprint] += times
    if not counts:
        return counts
    behind = {} if closure.state in _GOES_ON else _behind(connection, chosen, counts)
    connection.execute(
        update(SNAPSHOT)
        .where(*chosen)
        .values(state=closure.state.value, closed_event=closure.by)
    )
    open_causes.closed(connection, by_group)
    causes.closed(connection, by_cause, closure.state)
    counter = _COUNTED.get(closure.state)
    parent = _parent(connection, closure)
    for event, times in counts.items():
        more = {counter: times} if counter else {}
        if closure.state is RecordState.CARRIED and event != parent:
            more["elsewhere"] = times
        add(connection, event, open_records=-times, **more)
    return {**_let_go(connection, behind), **counts}


def _counted(
    connection: Connection, chosen: Sequence[ColumnElement[bool]]
) -> Mapping[Cause, int]:
    names = (SNAPSHOT.c.event, SNAPSHOT.c.tier, SNAPSHOT.c.fingerprint)
    query = select(*names, func.count().label("times")).where(*chosen).group_by(*names)
    found = connection.execute(query)
    return {(row.event, row.tier, row.fingerprint): row.times for row in found}


def close_batches(
    connection: Connection, which: ColumnElement[bool], closure: Closure
) -> Mapping[int, int]:
    """Close the kept scopes of a condition; how many, by the Sync Event they were in."""
    chosen = (which, BATCH.c.open)
    scopes = select(BATCH.c.event, BATCH.c.number, BATCH.c.error).where(*chosen)
    rows = connection.execute(scopes).all()
    counts = Counter(row.event for row in rows)
    behind = (
        {}
        if closure.state in _GOES_ON
        else _scopes_behind(connection, [(row.event, row.number) for row in rows])
    )
    connection.execute(
        update(BATCH)
        .where(*chosen)
        .values(open=False, closed_by=closure.way, closed_event=closure.by)
    )
    by_cause = Counter((row.event, cause_in(row.error)) for row in rows)
    causes.closed(connection, by_cause, closure.state)
    parent = _parent(connection, closure)
    for event, times in counts.items():
        carried = closure.state is RecordState.CARRIED and event != parent
        add(connection, event, open_batches=-times, elsewhere=times if carried else 0)
    return {**_let_go(connection, behind), **counts}


Behind = Mapping[tuple[int, str], int]
"""How many failures that went on have closed where they went: by Sync Event and its counter."""


def _parent(connection: Connection, closure: Closure) -> int | None:
    """The Sync Event that a retry is the child of: what it carries from there stays below it."""
    if closure.state is not RecordState.CARRIED:
        return None
    query = select(EVENT.c.parent).where(EVENT.c.id == closure.by)
    parent: int | None = connection.execute(query).scalar()
    return parent


def _let_go(connection: Connection, behind: Behind) -> Mapping[int, int]:
    """What went on from these Sync Events is no longer open anywhere."""
    for (event, counter), times in behind.items():
        add(connection, event, **{counter: -times})
    return {event: 0 for event, _ in behind}


def _behind(
    connection: Connection,
    chosen: Sequence[ColumnElement[bool]],
    events: Iterable[int],
) -> Behind:
    """Failures that went on to those about to close, out of their own Sync Event's sight."""
    links = select(EVENT.c.link).where(EVENT.c.id.in_(list(events)))
    gone_on = select(EVENT.c.id).where(
        EVENT.c.link.in_(links), or_(EVENT.c.moved > 0, EVENT.c.elsewhere > 0)
    )
    if connection.execute(gone_on.limit(1)).first() is None:
        return {}
    first = select(SNAPSHOT.c.previous.label("id")).where(
        *chosen, SNAPSHOT.c.previous.is_not(None)
    )
    behind = first.cte("behind", recursive=True)
    earlier = SNAPSHOT.alias("earlier")
    behind = behind.union(
        select(earlier.c.previous)
        .join(behind, earlier.c.id == behind.c.id)
        .where(earlier.c.previous.is_not(None))
    )
    retry = EVENT.alias("retry")
    moved = SNAPSHOT.c.state == RecordState.MOVED.value
    beside = and_(
        SNAPSHOT.c.state == RecordState.CARRIED.value, retry.c.parent != SNAPSHOT.c.event
    )
    query = (
        select(SNAPSHOT.c.event, SNAPSHOT.c.state, func.count().label("times"))
        .join(retry, retry.c.id == SNAPSHOT.c.closed_event)
        .where(SNAPSHOT.c.id.in_(select(behind.c.id)), or_(moved, beside))
        .group_by(SNAPSHOT.c.event, SNAPSHOT.c.state)
    )
    return {
        (row.event, "moved" if row.state == RecordState.MOVED else "elsewhere"): row.times
        for row in connection.execute(query)
    }


def _scopes_behind(connection: Connection, scopes: Sequence[tuple[int, int]]) -> Behind:
    """The same for kept scopes, back along the retries that fetched them again."""
    found: Counter[tuple[int, str]] = Counter()
    while scopes:
        rows = [row for chunk in _chunks(scopes) for row in _fetched(connection, chunk)]
        for row in rows:
            if row.parent != row.retries_event:
                found[row.retries_event, "elsewhere"] += 1
        scopes = [(row.retries_event, row.retries_batch) for row in rows]
    return found


def _fetched(
    connection: Connection, scopes: Sequence[tuple[int, int]]
) -> Sequence[Row[Any, Any, Any]]:
    """Those of these batches that fetch another's scope again, with the retry's parent."""
    these = or_(
        *(
            and_(BATCH.c.event == event, BATCH.c.number == number)
            for event, number in scopes
        )
    )
    query = (
        select(BATCH.c.retries_event, BATCH.c.retries_batch, EVENT.c.parent)
        .join(EVENT, EVENT.c.id == BATCH.c.event)
        .where(these, BATCH.c.retries_batch > 0)
    )
    return connection.execute(query).all()


def _chunks(scopes: Sequence[tuple[int, int]]) -> Iterator[Sequence[tuple[int, int]]]:
    for start in range(0, len(scopes), 200):
        yield scopes[start : start + 200]


def follow(connection: Connection, events: Iterable[int], closure: Closure) -> None:
    """The status of Sync Events in which something closed, and of all above them (C4)."""
    # Children first: what stands above them then sees them as they are.
    for event in sorted(set(events), reverse=True):
        rederived(connection, event, closed_by=closure.way, by=closure.by)
