"""What the stages of a Link are once compiled: one function over the rows of a Batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Protocol

from engine.domain.adapter import Column
from engine.domain.batch import Fetched
from engine.domain.call import Caller
from engine.domain.errors import Attempt, Error
from engine.domain.parking import Parked
from engine.domain.reply import Replies
from engine.domain.snapshot import RecordState, Snapshot
from engine.domain.values import dataclass

Ask = Callable[
    [Sequence[tuple[Any, ...]]], Mapping[tuple[Any, ...], Mapping[str, Any] | None]
]
"""What a stage asks of a system: keys in, what it holds for each out (None: nothing)."""


ReadTable = Callable[[str, str], Iterable[Mapping[str, Any]]]
"""The rows of a table: its database's address in, then its name; raises SyncError."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom stages may ask beyond their records.

    `callers` answer for call stages, by the stage's name; `read` reads tables that are looked up
    in; `holds` says what the target holds. None: there is nobody to ask.
    """

    callers: Mapping[str, Caller] = field(default_factory=dict)
    read: ReadTable | None = None
    holds: Ask | None = None


@dataclass(frozen=True, slots=True)
class Raised:
    """What a guarded call raised instead of answering."""

    exception: Exception


Guard = Callable[..., Any]
"""Calls `function(*args)`: its answer, or `Raised` for whatever it raised; from `sync.batch`.

Custom code may raise anything, and only `sync.batch` may catch anything.
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """A Batch after the stages: what is left to push, and the stories of the rest.

    `rows`, `places`, `keys` as in `Prepared`. Fetched = rows + failed + sum of ignored, where
    `snapshots` holds the failed ones (and, by logging level, warned, ignored and plain ones, in
    states WARNED and KEPT). `stop` is the error of a stage with `on_error: fail`; `stop_place` is
    that record's place, and records from there on are left out of every count. `replies` are what
    other systems said about the records, by place; `attempts` the tries that led to answers.
    `parked` are the records that wait for another try: they count where they are tried again.
    `excepted` are those of the ignored that an error left out (`on_error: skip`); `equal` the keys
    of those that the target holds already, just as they are.
    """

    rows: Sequence[Any]
    places: Sequence[int]
    keys: Sequence[tuple[Any, ...]]
    failed: int = 0
    snapshots: tuple[Snapshot, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    warned: int = 0
    excepted: int = 0
    stop: Error | None = None
    stop_place: int | None = None
    replies: Mapping[int, Replies] = field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()
    parked: tuple[Parked, ...] = ()
    equal: Sequence[tuple[Any, ...]] = ()


class Pipeline(Protocol):
    """The stages of one Link, compiled once."""

    wanted: tuple[str, ...] | None
    """Top-level source fields the stages read, in the order of struct attributes f0, f1 …"""

    columns: tuple[Column, ...] | None
    """The fields of what comes out, where the stages name them all."""

    def key_text(self, key: tuple[Any, ...]) -> str:
        """The key as canonical JSON, as in a Snapshot."""
        ...

    def run(self, fetched: Fetched, *, now: datetime) -> Staged:
        """The rows through the stages; raises nothing for data, however bad."""
        ...

    def snapshot_of(
        self,
        before: bytes,
        errors: tuple[Error, ...],
        *,
        place: int,
        position: str,
        state: RecordState,
        now: datetime,
        replies: Replies | None = None,
    ) -> Snapshot:
        """The Snapshot of a record that passed the stages and failed later, at the target.

        `before` is its raw JSON, from which the stages are run once more for `after` and blame;
        `position` is what a person finds it by where it has no key. `replies` are what other
        systems said about it: nobody is asked again.
        """
        ...

    def unreached(self, fetched: Fetched, place: int, error: Error) -> Snapshot:
        """The Snapshot of a record that no stage has seen, because the run stopped before it."""
        ...
