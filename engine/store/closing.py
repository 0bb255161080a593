"""Failures closed: recovered, superseded, equal, discarded; counted where they were open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from engine.domain.snapshot import OPEN_STATES, RecordState
from engine.store.books import add, rederived
from engine.store.tables import BATCH, EVENT, SNAPSHOT

IS_OPEN = or_(*(SNAPSHOT.c.state == state.value for state in sorted(OPEN_STATES)))

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
    found = connection.execute(
        select(SNAPSHOT.c.event, func.count().label("times"))
        .where(*chosen)
        .group_by(SNAPSHOT.c.event)
    )
    counts = {row.event: row.times for row in found}
    if not counts:
        return counts
    settled = closure.state not in _GOES_ON
    behind = _moved_behind(connection, chosen, counts) if settled else {}
    connection.execute(
        update(SNAPSHOT)
        .where(*chosen)
        .values(state=closure.state.value, closed_event=closure.by)
    )
    counter = _COUNTED.get(closure.state)
    for event, times in counts.items():
        more = {counter: times} if counter else {}
        add(connection, event, open_records=-times, **more)
    for event, times in behind.items():
        add(connection, event, moved=-times)
    return {**dict.fromkeys(behind, 0), **counts}


def _moved_behind(
    connection: Connection,
    chosen: Sequence[ColumnElement[bool]],
    events: Iterable[int],
) -> Mapping[int, int]:
    """Failures that moved to those about to close, by their Sync Event: no longer open there."""
    links = select(EVENT.c.link).where(EVENT.c.id.in_(list(events)))
    any_moved = select(EVENT.c.id).where(EVENT.c.link.in_(links), EVENT.c.moved > 0)
    if connection.execute(any_moved.limit(1)).first() is None:
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
    query = (
        select(SNAPSHOT.c.event, func.count().label("times"))
        .where(
            SNAPSHOT.c.id.in_(select(behind.c.id)),
            SNAPSHOT.c.state == RecordState.MOVED.value,
        )
        .group_by(SNAPSHOT.c.event)
    )
    return {row.event: row.times for row in connection.execute(query)}


def close_batches(
    connection: Connection, which: ColumnElement[bool], closure: Closure
) -> Mapping[int, int]:
    """Close the kept scopes of a condition; how many, by the Sync Event they were in."""
    chosen = (which, BATCH.c.open)
    found = connection.execute(
        select(BATCH.c.event, func.count().label("times"))
        .where(*chosen)
        .group_by(BATCH.c.event)
    )
    counts = {row.event: row.times for row in found}
    connection.execute(
        update(BATCH)
        .where(*chosen)
        .values(open=False, closed_by=closure.way, closed_event=closure.by)
    )
    for event, times in counts.items():
        add(connection, event, open_batches=-times)
    return counts


def follow(connection: Connection, events: Iterable[int], closure: Closure) -> None:
    """The status of Sync Events in which something closed, and of all above them (C4)."""
    # Children first: what stands above them then sees them as they are.
    for event in sorted(set(events), reverse=True):
        rederived(connection, event, closed_by=closure.way, by=closure.by)
