"""A Batch: its scope, the job a worker gets, and the outcome that comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from engine.domain.delivery import Told
from engine.domain.delta import MarkValue
from engine.domain.errors import Attempt, Error
from engine.domain.reply import Replies
from engine.domain.snapshot import Snapshot
from engine.domain.values import dataclass

Scope = Mapping[str, Any]
"""What a source needs to fetch one Batch again, alone: JSON values only. `"what"` describes it."""


class BatchState(StrEnum):
    """Where a Batch stands."""

    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    COMPLETED = "completed"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class Replayed:
    """A failing record sent again: the Snapshot it comes from, and its JSON, edited or not."""

    snapshot: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class Job:
    """One Batch as handed to a worker.

    `uncertain`: it was started before a crash and may have been written in part (K4). `records`
    are what it is made of where it is replayed from Snapshots, `delivered` where they were
    delivered (C9); None: the source is asked.
    """

    batch: int
    scope: Scope
    uncertain: bool = False
    records: tuple[Replayed, ...] | None = None
    delivered: tuple[bytes, ...] | None = None


class RawRows(Protocol):
    """The source's own bytes of a Batch's records, read again when a record needs its `before`.

    Picklable, so that it can travel with prepared rows.
    """

    def at(self, place: int) -> bytes:
        """The record at this place as JSON, exactly as the source gave it."""
        ...


def position_of(unit: str, first: int, place: int) -> str:
    """What a person finds a record by: `orders.ndjson:12`, `page 3 item 7`."""
    return f"{unit}{' ' if unit.endswith(' item') else ':'}{first + place}"


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that could not be read: its place, its raw text, and what is wrong with it."""

    place: int
    raw: bytes
    message: str
    code: str = "malformed_record"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source gave for one scope.

    `rows` are structs whose attributes `f0, f1 …` stand for the wanted fields in order
    (`struct=True`), or dicts. `places[i]` is row i's place in the Batch (None: the same).
    `follow` are scopes that only this answer could reveal. `first` is the number a person counts
    the first record by, and `unit` what it counts ("file.ndjson", "page 3 item"): together they
    are the position label `unit:first+place`. `warnings` concern the Batch as a whole; `drifted`:
    the source has changed since the scope was planned (M5). `again` is the scope to fetch instead
    where this Batch goes again whole, None where it is the same. `tries` are those its records
    have had before, by place; None: they cannot be parked for another. `leaves` is what is kept of
    the scope once its records are settled, None: all of it. `bound`: how far the run has now seen
    changes, where a source tells only as it goes (M1).
    """

    rows: Sequence[Any]
    raw: RawRows
    struct: bool = False
    places: Sequence[int] | None = None
    broken: tuple[Broken, ...] = ()
    follow: tuple[Scope, ...] = ()
    unit: str = "record"
    first: int = 1
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[str, ...] = ()
    drifted: bool = False
    again: Scope | None = None
    tries: Mapping[int, tuple[Attempt, ...]] | None = field(default_factory=dict)
    leaves: Scope | None = None
    bound: MarkValue | None = None

    @property
    def count(self) -> int:
        """Records received, readable or not."""
        return len(self.rows) + len(self.broken)

    def position(self, place: int) -> str:
        """What a person finds the record at this place by."""
        return position_of(self.unit, self.first, place)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A Batch fetched and staged, ready for the target; picklable.

    `rows` are tuples in the order of `columns`, or dicts where `columns` is None; `places[j]` is
    row j's place in the Batch and `keys[j]` its key values. A failed fetch has `error` and no rows;
    `stop` is the System error that ends the run. `position` renders places for labels. `replayed`
    are the Snapshots its records came from, by place; None where the source was asked. `replies`
    are what other systems said about them, by place. `excepted` are those of the ignored that an
    error left out. `tells`: somebody waits to be told what becomes of each record; `parked` are
    the places of those that wait for another try; `equal` the keys of those that the target holds
    already, where keys are open elsewhere. `types` are those of all values in the rows, where
    somebody has looked (`adapter.Load`).
    """

    batch: int
    fetched: int | None
    rows: Sequence[Any] = ()
    places: Sequence[int] = ()
    keys: Sequence[Any] = ()
    columns: tuple[str, ...] | None = None
    raw: RawRows | None = None
    unit: str = "record"
    first: int = 1
    snapshots: tuple[Snapshot, ...] = ()
    failed: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    warned: int = 0
    excepted: int = 0
    error: Error | None = None
    stop: Error | None = None
    refused: bool = False
    follow: tuple[Scope, ...] = ()
    drifted: bool = False
    again: Scope | None = None
    leaves: Scope | None = None
    bound: MarkValue | None = None
    uncertain: bool = False
    attempts: tuple[Attempt, ...] = ()
    replayed: tuple[int, ...] | None = None
    replies: Mapping[int, Replies] = field(default_factory=dict)
    tells: bool = False
    parked: tuple[int, ...] = ()
    equal: Sequence[Any] = ()
    types: frozenset[type] | None = None
    started_at: datetime | None = None

    @property
    def clean(self) -> bool:
        """Whether every record got as far as it should."""
        amiss = self.failed or self.excepted or self.error or self.stop
        return self.fetched is not None and not amiss


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of a Batch: counts, stories, errors. It never touches the store.

    `fetched` is None where nothing was received ("unknown", not 0). For every Batch
    `fetched = written + ignored + failing + in doubt` (S3). `refused`: no connection was accepted.
    `scope_open`: no record was received, so the scope itself is what a retry takes up (T2).
    `replayed` are the Snapshots its records came from, by place; `met` the keys it wrote that were
    open in another Sync Event (I4), `seen` hashes of the ids it wrote (K2); `held` are
    digests of what the target held for keys that failed (I1). `again` is the scope
    that a retry takes up instead, where it is not the same; `drifted`: the source has changed since
    the scope was planned (M5). `uncertain`: nothing came of this try, and an earlier one may have
    been written in part (K4). `excepted` are those of the ignored that an error left out. `told`
    is what became of each record, in order, where somebody waits for that.
    """

    batch: int
    state: BatchState
    fetched: int | None = None
    written: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    warned: int = 0
    excepted: int = 0
    failed: int = 0
    in_doubt: int = 0
    snapshots: tuple[Snapshot, ...] = ()
    error: Error | None = None
    stop: Error | None = None
    refused: bool = False
    scope_open: bool = False
    follow: tuple[Scope, ...] = ()
    drifted: bool = False
    again: Scope | None = None
    leaves: Scope | None = None
    bound: MarkValue | None = None
    uncertain: bool = False
    attempts: tuple[Attempt, ...] = ()
    replayed: tuple[int, ...] | None = None
    met: tuple[str, ...] = ()
    seen: tuple[int, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    told: tuple[Told, ...] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def clean(self) -> bool:
        """Whether every record is written, or left out as the definition wants it."""
        amiss = self.failed or self.in_doubt or self.excepted or self.error or self.stop
        return self.state is BatchState.COMPLETED and not amiss
