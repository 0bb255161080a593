"""A Sync Event as it can be seen: counts that satisfy the identity, groups, relations (S3)."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.domain.delta import MarkValue
from engine.domain.errors import Durability, ErrorClass, Route, Tier
from engine.domain.outcome import Ending, Status
from engine.domain.schedule import NextRun
from engine.domain.values import dataclass


class Kind(StrEnum):
    """Why a Sync Event exists."""

    SYNC = "sync"
    RETRY = "retry"
    REPLAY = "replay"
    PUSH = "push"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """`planned = completed + failed + not attempted + in flight + waiting`, at every moment."""

    planned: int = 0
    completed: int = 0
    failed: int = 0
    not_attempted: int = 0
    in_flight: int = 0
    waiting: int = 0

    @property
    def residual(self) -> int:
        """What the identity does not explain; 0, or something was lost."""
        parts = self.completed + self.failed + self.not_attempted
        return self.planned - parts - self.in_flight - self.waiting


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """`fetched + from snapshots = written + ignored + failed + in doubt`, at every moment.

    A test run counts `would_write` in place of `written`.
    """

    fetched: int = 0
    from_snapshots: int = 0
    written: int = 0
    ignored: int = 0
    failed: int = 0
    warned: int = 0
    in_doubt: int = 0
    would_write: int = 0

    @property
    def residual(self) -> int:
        """What the identity does not explain; 0, or something was lost."""
        parts = self.written + self.would_write + self.ignored + self.failed + self.in_doubt
        return self.fetched + self.from_snapshots - parts


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """What still waits for somebody: kept scopes, and failing records one by one."""

    batches: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Failures of one fingerprint; `note` and `category` are what a person said of it.

    `returned`: earlier Sync Events of the Link had met it, the run before this one had not.
    """

    tier: Tier
    error_class: ErrorClass
    durability: Durability
    code: str
    field: str | None
    stage: str | None
    message: str
    fingerprint: str
    count: int
    route: Route
    severity: str | None = None
    owner: str | None = None
    note: str | None = None
    category: str | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True)
class WindowSeen:
    """The window a run covered, as it was fixed before the first fetch."""

    since: MarkValue | None = None
    until: MarkValue | None = None


@dataclass(frozen=True, slots=True)
class SyncEvent:
    """One run of one Link, as stored: never a promise, always what is known.

    `interrupted`: it was, and somebody took it up again; `abandoned`: nobody runs it now, though
    it is not over; `unattended`: it is queued, and no engine is alive to take it. `purged_at`: its
    Snapshots are gone since, by retention.
    """

    id: int
    link: str
    kind: Kind
    status: Status
    outcome: Status | None
    ending: Ending | None
    definition: str
    actor: str
    reason: str | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    window: WindowSeen
    batches: BatchCounts
    records: RecordCounts
    open: OpenCounts
    parent: int | None = None
    root: int = 0
    children: tuple[int, ...] = ()
    descendants: tuple[int, ...] = ()
    recovered_by: int | None = None
    closed_by: str | None = None
    superseded_by: int | None = None
    replay: str | None = None
    interrupted: bool = False
    label: str | None = None
    workers: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[ErrorGroup, ...] = ()
    ignored_reasons: Mapping[str, int] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    severity: str = "normal"
    downstream: tuple[str, ...] = ()
    source: str = ""
    target: str = ""
    owner: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    abandoned: bool = False
    unattended: bool = False
    purged_at: datetime | None = None

    @property
    def residual(self) -> int:
        """Whatever the books do not explain, of records and batches together."""
        return self.records.residual or self.batches.residual


@dataclass(frozen=True, slots=True)
class BatchSeen:
    """One Batch as stored."""

    index: int
    state: str
    scope: Mapping[str, Any]
    fetched: int | None
    written: int
    ignored: int
    failed: int
    in_doubt: int
    attempts: int
    started_at: datetime | None
    finished_at: datetime | None
    error: Mapping[str, Any] | None
    open: bool
    closed_by: str | None = None
    closed_event: int | None = None


@dataclass(frozen=True, slots=True)
class SnapshotSeen:
    """One Snapshot as stored; `before` and `after` are JSON text, None where not kept."""

    id: int
    event: int
    link: str
    batch: int
    position: int
    label: str
    key: str | None
    state: str
    before: bytes | None
    after: bytes | None
    edited: bytes | None
    errors: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    blame: Mapping[str, str]
    at: datetime
    attempts: int = 1
    previous: int | None = None
    closed_event: int | None = None


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """One Link as the list of Links shows it; `next` is None where it has no schedule."""

    name: str
    label: str
    path: str
    enabled: bool
    severity: str
    owner: str | None
    problem: str | None = None
    last: SyncEvent | None = None
    mark: MarkValue | None = None
    open: OpenCounts = field(default_factory=OpenCounts)
    next: NextRun | None = None
