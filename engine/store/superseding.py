"""Keys that are open elsewhere, met by a later run: superseded, or moved to it (I4, C4)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, text, update

from engine.domain.batch import BatchOutcome
from engine.domain.delivery import is_delivered, places_of
from engine.domain.record_key import KeyHashes, key_hash
from engine.domain.snapshot import OPEN_STATES, RecordState
from engine.domain.values import dataclass
from engine.store.closing import (
    IS_OPEN,
    SUPERSEDED,
    Closure,
    close_records,
    follow,
)
from engine.store.database import Database
from engine.store.retrying import RECORDS, Attempted
from engine.store.rows import AnyRow
from engine.store.snapshots import Stored
from engine.store.stored_text import plain
from engine.store.tables import BATCH, EVENT, SNAPSHOT

CHUNK = 400
"""Keys that are sought at a time."""

_OLDER = text(
    "SELECT older.id FROM snapshot AS sent"
    " JOIN snapshot AS older ON older.key_hash = sent.key_hash AND older.key = sent.key"
    " JOIN sync_event ON sync_event.id = older.event"
    " WHERE sent.id IN (SELECT snapshot FROM plan_item"
    "  WHERE plan = :plan AND place BETWEEN :first AND :last)"
    " AND sent.state = 'recovered' AND sent.closed_event = :event AND older.id < sent.id"
    " AND (older.state = 'open' OR older.state = 'unmet' OR older.state = 'in_doubt')"
    " AND sync_event.link = :link"
)


class OpenKeys:
    """The keys of a Link's open failures but those a Sync Event fetched; to others it is hashes.

    They are read by whoever first asks for one: a retry sends its first requests before. Not for a
    push Sync Event: it waits while others run (C5), and what fails there meanwhile is older.
    """

    def __init__(self, database: Database, link: str, event: int) -> None:
        self._database, self._link, self._event = database, link, event
        self._found: KeyHashes | None = None
        self._reading = Lock()

    def read(self) -> KeyHashes:
        """Their hashes."""
        with self._reading:
            if self._found is None:
                with self._database.reading() as connection:
                    self._found = hashes(connection, self._link, but=self._event)
            return self._found

    def __contains__(self, hash_: int) -> bool:
        return hash_ in self.read()

    def __reduce__(self) -> tuple[Any, ...]:
        return KeyHashes, (self.read().sorted,)


def is_any_open(connection: Connection, link: str, *, but: int) -> bool:
    """Whether a Link has a failure with a key, but for those a Sync Event fetched."""
    return connection.execute(_open_keys(link, but).limit(1)).first() is not None


def hashes(connection: Connection, link: str, *, but: int) -> KeyHashes:
    """The keys of those, by their hashes."""
    # Three million of them as numbers of Python would take as much memory as all the rest.
    query = _open_keys(link, but).order_by(SNAPSHOT.c.key_hash)
    read = connection.execute(query, execution_options={"yield_per": 10_000})
    return KeyHashes.in_order(read.scalars())


def _open_keys(link: str, but: int) -> Select[Any]:
    return (
        select(SNAPSHOT.c.key_hash)
        .join(EVENT, EVENT.c.id == SNAPSHOT.c.event)
        .where(
            EVENT.c.link == link,
            EVENT.c.open_records > 0,
            or_(EVENT.c.id != but, _sent_again(but)),
            IS_OPEN,
            SNAPSHOT.c.key_hash.is_not(None),
        )
    )


def _sent_again(event: int) -> ColumnElement[bool]:
    """What a retry has sent from Snapshots, its canaries say, and failed again (I4)."""
    replayed = select(BATCH.c.number).where(
        BATCH.c.event == event, BATCH.c.retries_batch == RECORDS
    )
    return and_(SNAPSHOT.c.event == event, SNAPSHOT.c.batch.in_(replayed))


@dataclass(frozen=True, slots=True)
class _Age:
    """The push Sync Event, and the Batch of it, in which records were delivered."""

    event: int
    batch: int

    @property
    def before(self) -> ColumnElement[bool]:
        """What was delivered earlier; of the same Sync Event, only what is still open there."""
        same = and_(SNAPSHOT.c.event == self.event, SNAPSHOT.c.batch < self.batch)
        return or_(EVENT.c.root < self.event, same)


class Meeting:
    """A running Sync Event whose Link has failures open elsewhere.

    `root` is its Chain's; `plan` the retry plan it runs, if any.
    """

    def __init__(self, link: str, event: int, root: int, plan: int | None) -> None:
        self._link, self._event, self._root, self._plan = link, event, root, plan

    def settle(
        self,
        connection: Connection,
        outcomes: Sequence[BatchOutcome],
        stored: Mapping[int, Stored],
        attempted: Attempted,
    ) -> None:
        """Close what these outcomes wrote or failed on anew, where it was open until now."""
        touched = set(attempted.touched)
        ages = self._ages(connection, outcomes)
        fresh = [key for each in outcomes if each.batch not in ages for key in each.met]
        touched |= self._supersede(connection, fresh, None)
        for outcome in outcomes:
            age = ages.get(outcome.batch)
            if age is not None:
                touched |= self._supersede(connection, outcome.met, age)
            if outcome.replayed is None and outcome.batch in stored:
                touched |= self._move(connection, outcome, stored[outcome.batch], age)
        touched |= self._older_ones(connection, attempted.slices)
        self._follow(connection, touched)

    def _supersede(
        self, connection: Connection, written: Sequence[str], age: "_Age | None"
    ) -> set[int]:
        """Close what is open elsewhere of these keys; of aged ones, only what is older."""
        touched: set[int] = set()
        for chunk in _chunks(written):
            older = [row.id for row in self._older(connection, chunk, age)]
            touched |= self._close(connection, older, RecordState.SUPERSEDED)
        return touched

    def _ages(
        self, connection: Connection, outcomes: Sequence[BatchOutcome]
    ) -> "Mapping[int, _Age]":
        """By Batch of a retry: when its records were delivered, for they are not fetched anew."""
        if self._plan is None:
            return {}
        query = select(BATCH.c.number, BATCH.c.scope, BATCH.c.retries_batch).where(
            BATCH.c.event == self._event,
            BATCH.c.number.in_([each.batch for each in outcomes]),
        )
        return {
            row.number: _Age(places_of(row.scope)[0], row.retries_batch)
            for row in connection.execute(query)
            if is_delivered(row.scope)
        }

    def _older_ones(
        self, connection: Connection, slices: Sequence[Mapping[str, Any]]
    ) -> set[int]:
        """Close older failures of the keys that these slices of the plan have written."""
        touched: set[int] = set()
        for scope in slices:
            where = {
                "plan": scope["plan"],
                "first": scope["first"],
                "last": scope["last"],
                "event": self._event,
                "link": self._link,
            }
            older = list(connection.execute(_OLDER, where).scalars())
            touched |= self._close(connection, older, RecordState.SUPERSEDED)
        return touched

    def _older(
        self, connection: Connection, keys: Sequence[str], age: "_Age | None"
    ) -> list[AnyRow]:
        """Open failures of these keys, older than what this Sync Event fetched; newest first."""
        texts = {plain(key) for key in keys}
        query = (
            select(SNAPSHOT.c.id, SNAPSHOT.c.key)
            .join(EVENT, EVENT.c.id == SNAPSHOT.c.event)
            .where(
                SNAPSHOT.c.key_hash.in_([key_hash(key) for key in keys]),
                IS_OPEN,
                EVENT.c.link == self._link,
                or_(EVENT.c.id != self._event, _sent_again(self._event)),
            )
            .order_by(SNAPSHOT.c.id.desc())
        )
        if age is not None:
            query = query.where(age.before)
        rows = cast("Iterable[AnyRow]", connection.execute(query))
        return [row for row in rows if row.key in texts]

    def _move(
        self,
        connection: Connection,
        outcome: BatchOutcome,
        stored: Stored,
        age: "_Age | None",
    ) -> set[int]:
        """Failures met again: the newest of a key moved here, what is older is superseded."""
        failing = {
            plain(each.key): number
            for number, each in enumerate(outcome.snapshots, stored.first)
            if each.key is not None and each.state in OPEN_STATES
        }
        touched: set[int] = set()
        for chunk in _chunks(list(failing)):
            newest: dict[str, int] = {}
            rest: list[int] = []
            for row in self._older(connection, chunk, age):
                if row.key in newest:
                    rest.append(row.id)
                else:
                    newest[row.key] = row.id
            for key, earlier in newest.items():
                _point_back(connection, failing[key], earlier)
            touched |= self._close(connection, list(newest.values()), RecordState.MOVED)
            touched |= self._close(connection, rest, RecordState.SUPERSEDED)
        return touched

    def _close(
        self, connection: Connection, snapshots: Sequence[int], state: RecordState
    ) -> set[int]:
        touched: set[int] = set()
        for chunk in _chunks(snapshots):
            closure = Closure(state, SUPERSEDED, self._event)
            touched |= set(close_records(connection, SNAPSHOT.c.id.in_(chunk), closure))
        return touched

    def _follow(self, connection: Connection, events: set[int]) -> None:
        """The status of other Chains; this one's is looked at when it has ended."""
        if not events:
            return
        query = select(EVENT.c.id).where(EVENT.c.id.in_(events), EVENT.c.root != self._root)
        others = list(connection.execute(query).scalars())
        follow(connection, others, Closure(RecordState.SUPERSEDED, SUPERSEDED, self._event))


def _point_back(connection: Connection, snapshot: int, earlier: int) -> None:
    connection.execute(
        update(SNAPSHOT).where(SNAPSHOT.c.id == snapshot).values(previous=earlier)
    )


def _chunks(things: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]
