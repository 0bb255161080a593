"""A Link: one configured source → stages → target, as a frozen value."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from engine.domain.alert import AlertRule, default_rules
from engine.domain.errors import ErrorRule, Route
from engine.domain.retry import Responses, RetryPolicy
from engine.domain.stage import AnyStage, OnError
from engine.domain.values import dataclass


class Severity(StrEnum):
    """How much a Link matters to the business."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Workers(StrEnum):
    """Where batches are prepared."""

    AUTO = "auto"
    THREADS = "threads"
    PROCESSES = "processes"


class SnapshotLevel(StrEnum):
    """Which records are kept as Snapshots (C7)."""

    NONE = "none"
    ERRORS = "errors"
    ERRORS_AND_WARNINGS = "errors_and_warnings"
    ALL = "all"


class Duplicates(StrEnum):
    """What the same key twice in one Batch means (K2)."""

    LAST_WINS = "last_wins"
    ERROR = "error"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A source or a target of a Link: the adapter, its own options, and its policies.

    `options` is the frozen dataclass the adapter declares; `block_hash` is the SHA-256 of the
    block as written, variables unexpanded (M2, M3). `lookback` is in the change filter's own unit
    (seconds for times); None takes the adapter's.
    """

    adapter: str
    system: str
    options: Any
    retry: RetryPolicy = RetryPolicy()
    responses: Responses = Responses()
    on_error: OnError = OnError()
    block_hash: str = ""
    lookback: float | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may fail before the run stops: a count, or a share between 0 and 1."""

    failed_records: int | float | None = None
    failed_batches: int | float | None = None
    consecutive_refused: int = 10


@dataclass(frozen=True, slots=True)
class AutomatedReplay:
    """Whether the engine sends failing records again by itself (C8)."""

    enabled: bool = False
    max_attempts: int = 3
    records: str = "ephemeral"


class Overlap(StrEnum):
    """What becomes of a run that is due while the Link has another that is not over."""

    SKIP = "skip"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a Link runs by itself: a cron line in a time zone, or every so many seconds.

    `jitter` is by how many seconds at most a run comes later; after `pause_after` failed runs in a
    row the schedule waits for a person.
    """

    cron: str | None = None
    every: float | None = None
    timezone: str = "UTC"
    jitter: float | None = None
    overlap: Overlap = Overlap.SKIP
    pause_after: int | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long evidence is kept once nothing of it is open, in seconds.

    `batches` None: as long as their Sync Events. `plans` are those never used. The audit is one for
    all Links: it is kept as long as any of them says; None: for ever.
    """

    snapshots: float = 30 * 86400.0
    events: float = 180 * 86400.0
    batches: float | None = None
    deliveries: float = 7 * 86400.0
    plans: float = 7 * 86400.0
    audit: float | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A Link that must be complete before this one runs by schedule."""

    link: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One configured source → stages → target, defaults merged and variables expanded."""

    name: str
    source: Endpoint
    target: Endpoint
    stages: tuple[AnyStage, ...] = ()
    key: tuple[str, ...] = ()
    label: str = ""
    severity: Severity = Severity.NORMAL
    downstream: tuple[str, ...] = ()
    enabled: bool = True
    batch_size: int = 1000
    parallel: int = 4
    workers: str = Workers.AUTO
    snapshots: SnapshotLevel = SnapshotLevel.ERRORS
    automated_replay: AutomatedReplay = AutomatedReplay()
    budget: Budget = Budget()
    schedule: Schedule | None = None
    retention: Retention = Retention()
    alerts: tuple[AlertRule, ...] | None = None
    masks: tuple[str, ...] = ()
    duplicates: Duplicates = Duplicates.LAST_WINS
    event_id: str | None = None
    owner: str | None = None
    owners: Mapping[str, str] = field(default_factory=dict)
    domain: str | None = None
    depends_on: tuple[Dependency, ...] = ()
    errors: Mapping[str, ErrorRule] = field(default_factory=dict)

    @property
    def alert_rules(self) -> tuple[AlertRule, ...]:
        """What is watched: its own rules, or those of its severity where it says nothing."""
        return default_rules(self.severity.value) if self.alerts is None else self.alerts

    def owner_of(self, route: Route) -> str | None:
        """Who owns the fix of a failure on this route."""
        return self.owners.get(_OWNER_OF_ROUTE[route]) or self.owner


_OWNER_OF_ROUTE = {
    Route.RETRY: "pipeline",
    Route.PRODUCER: "source",
    Route.QUARANTINE: "source",
    Route.DUPLICATE: "pipeline",
    Route.REVIEW: "business",
    Route.ACCESS_REVIEW: "governance",
    Route.DELAYED: "pipeline",
    Route.DEAD_LETTER: "pipeline",
    Route.ERROR_QUEUE: "pipeline",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """A Link as loaded: the value, and what a Sync Event stores of it (D1).

    `text` is the effective definition (defaults merged, variables unexpanded) as JSON, `hash` its
    SHA-256, `secrets` the expanded values that must never be shown, `folder` what relative paths
    are relative to, `modules` the hashes of its python modules by name, `overrides` what operators
    said over the file, by name.
    """

    link: Link
    hash: str
    text: str
    path: str
    folder: str
    secrets: frozenset[str] = frozenset()
    modules: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)
