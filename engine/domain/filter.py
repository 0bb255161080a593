"""What the stages of a Link are once compiled: one function over the rows of a Batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from engine.domain.adapter import Column
from engine.domain.batch import Fetched
from engine.domain.errors import Error
from engine.domain.snapshot import RecordState, Snapshot

Ask = Callable[
    [Sequence[tuple[Any, ...]]], Mapping[tuple[Any, ...], Mapping[str, Any] | None]
]
"""What a stage asks of a system: keys in, what it holds for each out (None: nothing)."""


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
    that record's place, and records from there on are left out of every count.
    """

    rows: Sequence[Any]
    places: Sequence[int]
    keys: Sequence[tuple[Any, ...]]
    failed: int = 0
    snapshots: tuple[Snapshot, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    warned: int = 0
    stop: Error | None = None
    stop_place: int | None = None


class Pipeline(Protocol):
    """The stages of one Link, compiled once."""

    wanted: tuple[str, ...] | None
    """Top-level source fields the stages read, in the order of struct attributes f0, f1 …"""

    columns: tuple[Column, ...] | None
    """The fields of what comes out, where the stages name them all."""

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
    ) -> Snapshot:
        """The Snapshot of a record that passed the stages and failed later, at the target.

        `before` is its raw JSON, from which the stages are run once more for `after` and blame;
        `position` is what a person finds it by where it has no key.
        """
        ...

    def unreached(self, fetched: Fetched, place: int, error: Error) -> Snapshot:
        """The Snapshot of a record that no stage has seen, because the run stopped before it."""
        ...
