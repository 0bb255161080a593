"""What an operator can ask for, and what comes back that is not a Sync Event."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import Any, Generic, TypeVar

from engine.domain.delta import Mark, MarkValue
from engine.domain.diff import Change
from engine.domain.errors import Misused
from engine.domain.gate import Gate
from engine.domain.present import Present
from engine.domain.schedule import NextRun
from engine.domain.sync_event import (
    BatchCounts,
    BatchSeen,
    ErrorGroup,
    RecordCounts,
    SnapshotSeen,
    SyncEvent,
)
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How to run a Link once: `full` ignores the mark, `since`/`until` replay a window (M4).

    `test` does everything but push. `executor` overrides the definition's `workers`. `slot` is the
    time of its schedule that the run is for. Raises Misused where they contradict each other.
    """

    full: bool = False
    since: str | None = None
    until: str | None = None
    test: bool = False
    executor: str | None = None
    actor: str = ""
    reason: str | None = None
    slot: datetime | None = None

    def __post_init__(self) -> None:
        if self.full and (self.since or self.until):
            raise Misused("--full fetches everything; leave out --since and --until")
        if self.until and not self.since:
            raise Misused("--until needs --since: a window has a beginning")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which failures are meant; everything that is set must hold."""

    fingerprints: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    tier: str | None = None
    batch: int | None = None
    stage: str | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Words among failing records: each must be in key or message, and none of `without`."""

    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    states: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.without or self.keys or self.states)

    def admits(self, label: str, said: str) -> bool:
        """Whether a record that is shown so matches; states are not looked at."""
        text, key = f"{label} {said}".lower(), label.lower()
        return (
            all(word.lower() in text for word in self.words)
            and not any(word.lower() in text for word in self.without)
            and all(each.lower() in key for each in self.keys)
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many lines of a list too long to be held: beyond a Snapshot, forwards or backwards.

    `beyond` None: from the end the reading begins at. `skip`: so many lines are passed over first.
    `ids`: these Snapshots and nothing else.
    """

    limit: int = 0
    beyond: int | None = None
    backwards: bool = False
    skip: int = 0
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found in one span of failing records; `reached` None: that was the last."""

    snapshots: tuple[int, ...]
    reached: int | None


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A running Sync Event as its coordinator sees it, a few times a second."""

    event: int
    link: str
    resumed: bool
    workers: str
    batches: BatchCounts
    records: RecordCounts
    started_at: datetime
    now: datetime
    stopping: str | None = None


Watch = Callable[[Glimpse], None]
"""Called on the coordinator's thread; must be quick."""


class Stop:
    """A switch that ends a run: what is in flight finishes, the rest is not attempted.

    Or it is merely left: then the rest waits for whoever takes the run up next.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self.reason: str | None = None
        self.leaving = False

    def now(self, reason: str) -> None:
        """Turn it; the first reason stays."""
        if not self._event.is_set():
            self.reason = reason
            self._event.set()

    def leave(self) -> None:
        """Leave the run; waits between attempts go on, for what is in flight finishes."""
        self.leaving = True

    @property
    def asked(self) -> bool:
        """Whether somebody turned it."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep that long, or until it is turned; true if it was."""
        return self._event.wait(seconds)


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with a definition: where, what, and what to do. Lines count from 1."""

    path: str
    line: int
    column: int
    message: str
    hint: str | None = None

    def sentence(self) -> str:
        """The complaint as it is printed."""
        tail = f", {self.hint}" if self.hint else ""
        return f"{self.path}:{self.line}:{self.column}: {self.message}{tail}"


@dataclass(frozen=True, slots=True)
class FileReport:
    """What `validate` says of one file. `unreadable`: not YAML at all, or not there (exit 2).

    Where there are too many, the last complaint speaks of the rest; `count` is how many there are.
    """

    path: str
    complaints: tuple[Complaint, ...] = ()
    unreadable: bool = False
    count: int = 0

    @property
    def ok(self) -> bool:
        """Whether the file holds a definition that can run."""
        return not self.complaints


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and the cursor of the next part (None: this was the last)."""

    items: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """The failures of a Sync Event: groups, failed batches, and one page of records."""

    event: SyncEvent
    groups: tuple[ErrorGroup, ...]
    batches: tuple[BatchSeen, ...]
    records: tuple[SnapshotSeen, ...]
    matching: int
    next: str | None = None


@dataclass(frozen=True, slots=True)
class BatchDetail:
    """One Batch of a Sync Event with its failing records."""

    event: SyncEvent
    batch: BatchSeen
    records: tuple[SnapshotSeen, ...]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What became of a record in one Sync Event of its Chain.

    `by` is the Sync Event that closed it there, or that it went to; `successor` the Snapshot it
    went on as.
    """

    event: int
    state: str
    at: datetime
    errors: tuple[Mapping[str, Any], ...]
    snapshot: int = 0
    by: int | None = None
    successor: int | None = None


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """One Snapshot, its changes field by field with blame, and its journey.

    `target` is what the target holds now, where somebody asked.
    `masked` are the patterns by which personal values are hidden in it; none once revealed.
    `version` names its edit; "" where there is none.
    """

    event: SyncEvent
    snapshot: SnapshotSeen
    changes: tuple[Change, ...]
    history: tuple[HistoryEntry, ...]
    target: Present | None = None
    masked: tuple[str, ...] = ()
    version: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A Sync Event that keeps Last Successful Sync from moving."""

    event: int
    batches: int
    records: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why Last Successful Sync is where it is; when the Link runs next; what its data lacks."""

    link: str
    mark: Mark | None
    held_by: tuple[Held, ...] = ()
    would_move_to: MarkValue | None = None
    notes: tuple[str, ...] = ()
    next: NextRun | None = None
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class OverrideSeen:
    """One thing an operator has said of a Link, beside what its file says of it.

    `node` is set where it is about repeats: `value` is then how often, `file` the file's policy.
    """

    name: str
    node: str | None
    value: Any
    file: Any
    actor: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """What holds of a Link without overrides; `default`: because its file is silent."""

    value: Any
    default: bool


@dataclass(frozen=True, slots=True)
class LinkOverrides:
    """All that operators have said of a Link; `problem`: why it cannot run with that.

    `written`: what its file says of the settings that operators mostly say something of, by name.
    """

    link: str
    path: str
    items: tuple[OverrideSeen, ...] = ()
    problem: str | None = None
    written: Mapping[str, Written] = field(default_factory=dict)
    next: NextRun | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing `doctor` found: what, where, what to do; `fixable`: `doctor --fix` does it."""

    subject: str
    message: str
    remedy: str
    serious: bool = True
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class Fixed:
    """One thing `doctor --fix` has mended, in a sentence."""

    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class AdapterSeen:
    """One installed Adapter or Filter: where it comes from, what it is, and the keys it takes.

    `path` is the `module:function` that a python stage names a Filter by.
    """

    name: str
    role: str
    package: str
    summary: str = ""
    options: tuple[str, ...] = ()
    problem: str | None = None
    path: str | None = None
