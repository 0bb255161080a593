"""The Inbox: every open failure that waits for a person, and what may be done with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.domain.errors import Misused


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which open failures are shown; everything that is set must hold."""

    link: str | None = None
    route: str | None = None
    error_class: str | None = None
    severity: str | None = None
    owner: str | None = None
    fingerprint: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One open failure. A kept scope is an item too: `snapshot` is None and `batch` names it."""

    event: int
    link: str
    batch: int
    snapshot: int | None
    label: str
    state: str
    error: Mapping[str, Any]
    at: datetime
    age_s: float
    attempts: int
    severity: str
    downstream: tuple[str, ...]
    owner: str | None
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to a failing record: paths to set and to remove, or a whole document."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    document: bytes | None = None

    def __post_init__(self) -> None:
        if self.document is not None and (self.changes or self.remove):
            raise Misused("give a whole document, or paths to set, not both")
        if self.document is None and not (self.changes or self.remove):
            raise Misused("nothing to change: --set path=value, or a document with --stdin")


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the stages of one definition make of a record; nothing is written."""

    passes: bool
    after: bytes | None
    errors: tuple[Mapping[str, Any], ...] = ()
    ignored: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Discarded:
    """What a discard closed."""

    records: int = 0
    batches: int = 0
    events: tuple[int, ...] = ()
    completed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """One Sync Event of a Chain, as the ledger counts it."""

    event: int
    parent: int | None
    kind: str
    status: str
    batches: int
    failed_batches: int
    open_batches: int
    open_records: int
    fetched: int
    from_snapshots: int
    written: int
    ignored: int
    superseded: int
    equal: int
    discarded: int
    moved: int
    in_doubt: int
    actor: str
    reason: str | None
    started_at: datetime | None
    finished_at: datetime | None
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A Sync Event and all that descend from it: its ledger and how it converges.

    `batches` and `records` are what was open after each step, the root first:
    `15 → 4 → 0`, `70,000 → 0`.
    """

    root: int
    link: str
    status: str
    events: tuple[ChainEvent, ...]
    batches: tuple[int, ...] = ()
    records: tuple[int, ...] = ()
    residual: int = 0
    moved_to: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Trend:
    """What became of one fingerprint between two Sync Events."""

    fingerprint: str
    word: str
    message: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class AuditSeen:
    """One row of the audit."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str | None
    detail: Mapping[str, Any] | None
    hash: str
