"""Snapshots written in bulk, straight through the driver: 70,000 of them in a second."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from engine.domain.batch import BatchOutcome
from engine.domain.errors import Error
from engine.domain.record_key import key_hash
from engine.domain.snapshot import OPEN_STATES, RecordState, Snapshot
from engine.domain.values import dataclass
from engine.store.columns import in_utc, sqlite_time
from engine.store.kept_errors import packed
from engine.store.numbers import SNAPSHOT, taken
from engine.store.stored_text import encoded, label_text, plain

COLUMNS = (
    "id",
    "event",
    "batch",
    "position",
    "label",
    "key",
    "key_hash",
    "state",
    "fingerprint",
    "tier",
    "before",
    "after",
    "errors",
    "warnings",
    "blame",
    "at",
    "held",
    "previous",
)
_OPEN = tuple(OPEN_STATES)
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)


@dataclass(frozen=True, slots=True)
class Stored:
    """The Snapshots of one Batch: their ids, from first to last, and how many of them are open."""

    first: int
    last: int
    open: int


def stored(
    connection: Connection,
    event: int,
    outcomes: Sequence[BatchOutcome],
    *,
    now: datetime,
    keeps_open: bool,
) -> dict[int, Stored]:
    """The Snapshots of these outcomes in the store; which ids they got, by Batch."""
    total = sum(len(outcome.snapshots) for outcome in outcomes)
    if not total:
        return {}
    first = taken(connection, SNAPSHOT, total)
    by_batch: dict[int, Stored] = {}
    rows: list[tuple[Any, ...]] = []
    sqlite = connection.dialect.name == "sqlite"
    for outcome in outcomes:
        if outcome.snapshots:
            at = outcome.finished_at or now
            made = _Rows(event, outcome, at, sqlite=sqlite, keeps_open=keeps_open)
            rows.extend(made.rows(first))
            last = first + len(outcome.snapshots) - 1
            by_batch[outcome.batch] = Stored(first, last, made.open)
            first = last + 1
    _insert(connection, rows)
    return by_batch


def _insert(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(COLUMNS))
        connection.exec_driver_sql(
            f"INSERT INTO snapshot ({_NAMES}) VALUES ({marks})", rows
        )
        return
    cursor = connection.connection.cursor()
    # psycopg's own bulk way: a third of what executemany costs.
    with cursor.copy(f"COPY snapshot ({_NAMES}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def failure_of(snapshot: Snapshot) -> Error | None:
    """The error a failing record is listed under: its first; None where it did not fail."""
    return snapshot.errors[0] if snapshot.errors and snapshot.state in _OPEN else None


class _Rows:
    """The rows of one Batch's Snapshots.

    Where the scope itself is kept open, or nothing is (a test), its records are not open one by
    one: never both for one Batch.
    """

    def __init__(
        self,
        event: int,
        outcome: BatchOutcome,
        at: datetime,
        *,
        sqlite: bool,
        keeps_open: bool,
    ) -> None:
        self._event, self._outcome, self._at = event, outcome, at
        self._stored_at = sqlite_time(at) if sqlite else in_utc(at)
        self._keeps_open = keeps_open and not outcome.scope_open
        self.open = 0

    def rows(self, first: int) -> Iterator[tuple[Any, ...]]:
        for number, snapshot in enumerate(self._outcome.snapshots, first):
            yield self._row(number, snapshot)

    def _row(self, number: int, snapshot: Snapshot) -> tuple[Any, ...]:
        errors, key, failure = snapshot.errors, snapshot.key, failure_of(snapshot)
        return (
            number,
            self._event,
            self._outcome.batch,
            snapshot.position,
            label_text(snapshot.label),
            None if key is None else plain(key),
            None if key is None else key_hash(key),
            self._state(snapshot.state),
            failure.fingerprint if failure else None,
            str(failure.tier) if failure else None,
            snapshot.before,
            snapshot.after,
            encoded([packed(error, self._at) for error in errors]) if errors else None,
            encoded(snapshot.warnings) if snapshot.warnings else None,
            encoded(snapshot.blame) if snapshot.blame else None,
            self._stored_at,
            None if key is None else self._outcome.held.get(key),
            self._previous(snapshot.position),
        )

    def _previous(self, position: int) -> int | None:
        """The Snapshot this record was sent from, on a retry."""
        replayed = self._outcome.replayed
        return None if replayed is None else replayed[position]

    def _state(self, state: RecordState) -> str:
        if state in _OPEN:
            if not self._keeps_open:
                return RecordState.KEPT.value
            self.open += 1
        # Not `.value`, which costs four times as much.
        return str(state)
