"""What an attempt of a retry did to the failures it took up (C3): recovered, carried, in doubt."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, and_, or_, select, text, update

from engine.domain.batch import BatchOutcome
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import tallies
from engine.store.books import add
from engine.store.closing import (
    IS_OPEN,
    RETRY,
    Closure,
    close_batches,
    close_records,
)
from engine.store.rows import AnyRow
from engine.store.snapshots import Stored
from engine.store.tables import BATCH, ITEM, SNAPSHOT

KINDS = (Kind.RETRY, Kind.REPLAY)

RECORDS = 0
"""The number that stands for "no Batch" where a retry's Batch is made of Snapshots."""

_INHERIT = text(
    "UPDATE snapshot SET"
    " label = CASE WHEN snapshot.key IS NULL THEN earlier.label ELSE snapshot.label END,"
    " before = CASE WHEN earlier.edited IS NOT NULL OR snapshot.before IS NULL"
    " THEN earlier.before ELSE snapshot.before END,"
    " edited = earlier.edited"
    " FROM snapshot AS earlier WHERE earlier.id = snapshot.previous"
    " AND snapshot.id BETWEEN :first AND :last"
    " AND (snapshot.key IS NULL OR earlier.edited IS NOT NULL OR snapshot.before IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Attempted:
    """The slices of the plan that were sent, and the Sync Events in which something closed."""

    slices: tuple[Mapping[str, Any], ...] = ()
    touched: frozenset[int] = frozenset()


def settle_attempts(
    connection: Connection,
    event: int,
    outcomes: Sequence[BatchOutcome],
    stored: Mapping[int, Stored],
) -> Attempted:
    """Close what these outcomes of a retry attempted, where it was open until now.

    The status of the Chain's own Sync Events is looked at when the retry ends.
    """
    rows = _pointers(connection, event, [outcome.batch for outcome in outcomes])
    fetched: list[tuple[int, int]] = []
    carried: list[tuple[int, int]] = []
    sent: list[Mapping[str, Any]] = []
    for outcome in outcomes:
        row = rows[outcome.batch]
        if row.retries_event is None:
            continue
        if row.retries_batch != RECORDS:
            scopes = carried if outcome.scope_open else fetched
            scopes.append((row.retries_event, row.retries_batch))
        elif outcome.fetched is None:
            if outcome.uncertain:
                doubt(connection, row)
        else:
            if outcome.batch in stored:
                _carry(connection, event, stored[outcome.batch])
            sent.append(row.scope)
    _tell_left_out(connection, event, outcomes, rows)
    slices = tuple(_joined(sent))
    recovered = Closure(RecordState.RECOVERED, RETRY, event)
    touched = _close_scopes(connection, fetched, recovered)
    touched |= _close_scopes(
        connection, carried, Closure(RecordState.CARRIED, RETRY, event)
    )
    for scope in slices:
        taken_up = select(ITEM.c.snapshot).where(items_of(scope))
        touched |= set(close_records(connection, SNAPSHOT.c.id.in_(taken_up), recovered))
    return Attempted(slices, frozenset(touched))


def _tell_left_out(
    connection: Connection,
    event: int,
    outcomes: Sequence[BatchOutcome],
    rows: Mapping[int, AnyRow],
) -> None:
    """What was closed since the plan was made is left out, and the run says how much (P2)."""
    times = 0
    for outcome in outcomes:
        if outcome.replayed is not None:
            scope = rows[outcome.batch].scope
            times += scope["last"] + 1 - scope["first"] - len(outcome.replayed)
    if times:
        said = {"left out: closed since the plan was made": times}
        tallies.count_reasons(connection, event, tallies.WARNING, said)
        add(connection, event, warnings=times)


def _joined(scopes: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Slices of a plan that follow one another as one: to close them costs as much as one."""
    first: Mapping[str, Any] | None = None
    last = 0
    for scope in sorted(scopes, key=itemgetter("first")):
        if first is not None and scope["first"] != last + 1:
            yield {**first, "last": last}
            first = None
        first, last = first or scope, scope["last"]
    if first is not None:
        yield {**first, "last": last}


def items_of(scope: Mapping[str, Any]) -> Any:
    """The condition on `plan_item` for the records of a Batch made of Snapshots."""
    return and_(
        ITEM.c.plan == scope["plan"],
        ITEM.c.place >= scope["first"],
        ITEM.c.place <= scope["last"],
    )


def _pointers(
    connection: Connection, event: int, batches: Sequence[int]
) -> Mapping[int, AnyRow]:
    query = select(
        BATCH.c.number, BATCH.c.scope, BATCH.c.retries_event, BATCH.c.retries_batch
    ).where(BATCH.c.event == event, BATCH.c.number.in_(batches))
    rows = cast("Iterable[AnyRow]", connection.execute(query))
    return {row.number: row for row in rows}


def _close_scopes(
    connection: Connection, scopes: Sequence[tuple[int, int]], closure: Closure
) -> set[int]:
    """Fetched again, or failed again and kept in the retry: no longer open where they were."""
    if not scopes:
        return set()
    which = or_(
        *(and_(BATCH.c.event == of, BATCH.c.number == number) for of, number in scopes)
    )
    return set(close_batches(connection, which, closure))


def _carry(connection: Connection, event: int, stored: Stored) -> None:
    """What failed again is carried into this retry."""
    connection.execute(_INHERIT, {"first": stored.first, "last": stored.last})
    successors = SNAPSHOT.alias("successors")
    carried = select(successors.c.previous).where(
        successors.c.id.between(stored.first, stored.last),
        successors.c.previous.is_not(None),
        successors.c.fingerprint.is_not(None),
    )
    closure = Closure(RecordState.CARRIED, RETRY, event)
    close_records(connection, SNAPSHOT.c.id.in_(carried), closure)


def doubt(connection: Connection, row: AnyRow) -> None:
    """A Batch that no worker brought back may have been written, where that is not harmless."""
    if not row.scope.get("unsafe"):
        return
    taken_up = select(ITEM.c.snapshot).where(items_of(row.scope))
    connection.execute(
        update(SNAPSHOT)
        .where(SNAPSHOT.c.id.in_(taken_up), IS_OPEN)
        .values(state=RecordState.IN_DOUBT.value)
    )
