"""The Inbox: every open failure that waits for a person, and what may be done with it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from engine.domain.errors import Misused
from engine.domain.inbox_place import name_of
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """Which open failures are shown; everything that is set must hold.

    `causes` are pairs of a Sync Event and a fingerprint.
    """

    link: str | None = None
    route: str | None = None
    error_class: str | None = None
    severity: str | None = None
    owner: str | None = None
    fingerprint: str | None = None
    key: str | None = None
    causes: tuple[tuple[int, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of what waits, in one Sync Event: what a filter can ask for."""

    event: int
    link: str
    fingerprint: str
    tier: str
    error_class: str
    code: str
    field: str | None
    stage: str | None
    route: str
    owner: str | None
    severity: str


@dataclass(frozen=True, slots=True)
class InboxItem:
    """One open failure. A kept scope is an item too: `snapshot` is None and `batch` names it.

    So is a System error that nothing has closed: its `batch` is 0, where batches count from 1.
    `place` grows along the Inbox, and names the item.
    """

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
    place: int = 0

    @property
    def name(self) -> str:
        """What a command calls it: `s5`, the kept scope `#12.3`, the System error `#12`."""
        return name_of(self.place)


@dataclass(frozen=True, slots=True)
class InboxCounts:
    """How much waits, by its route and by Link; a kept scope and a System error count one."""

    routes: Mapping[str, int]
    links: Mapping[str, int]

    @property
    def total(self) -> int:
        """Everything that waits."""
        return sum(self.links.values())


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to a failing record: paths to set and to remove, or a whole document.

    `clear` drops the edit there is: what is sent again is what the source gave. `onto`: the paths
    change the edit there is, if any, and not the original.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    document: bytes | None = None
    clear: bool = False
    onto: bool = False

    def __post_init__(self) -> None:
        paths = bool(self.changes or self.remove)
        ways = (paths, self.document is not None, self.clear)
        if ways.count(True) > 1:
            raise Misused(
                "give a whole document, or paths to set, or --clear; not two of them"
            )
        if not any(ways):
            raise Misused("nothing to change: --set path=value, or a document with --stdin")


def edit_version(edited: bytes | None) -> str:
    """What names this edit of a record, so that a later one is noticed; "" where there is none."""
    return "" if edited is None else blake2b(bytes(edited), digest_size=8).hexdigest()


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
    """One Sync Event of a Chain, as the ledger counts it.

    `left_batches` and `left_records` are what was open in the Chain when it ended.
    """

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
    failed: int = 0
    definition: str = ""
    left_batches: int | None = None
    left_records: int | None = None

    @property
    def residual(self) -> int:
        """What the books of this one do not explain (S3)."""
        parts = self.written + self.ignored + self.failed + self.in_doubt
        return self.fetched + self.from_snapshots - parts


@dataclass(frozen=True, slots=True)
class Kept:
    """Records received in batches whose scope was kept, by what closed those (None: open)."""

    way: str | None
    records: int


@dataclass(frozen=True, slots=True)
class Settled:
    """Failing records of a Chain that no retry attempted, by what became of them."""

    superseded: int = 0
    equal: int = 0
    discarded: int = 0
    moved: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """`fetched = written + ignored + open + in doubt + superseded + equal + discarded + moved`.

    Every record of the Chain once, however often it was tried; `moved` ones are accounted for
    where they went.
    """

    fetched: int = 0
    written: int = 0
    ignored: int = 0
    open: int = 0
    in_doubt: int = 0
    superseded: int = 0
    equal: int = 0
    discarded: int = 0
    moved: int = 0

    @property
    def residual(self) -> int:
        """What the identity does not explain; 0, or something was lost."""
        closed = self.superseded + self.equal + self.discarded + self.moved
        parts = self.written + self.ignored + self.open + self.in_doubt + closed
        return self.fetched - parts


@dataclass(frozen=True, slots=True)
class Chain:
    """A Sync Event and all that descend from it: its ledger and how it converges.

    `batches` and `records` are what was open after each step, the root first, and what is open
    now where that differs: `15 → 4 → 0`, `70,000 → 0`.
    """

    root: int
    link: str
    status: str
    events: tuple[ChainEvent, ...]
    batches: tuple[int, ...] = ()
    records: tuple[int, ...] = ()
    balance: Balance = field(default_factory=Balance)
    moved_to: tuple[int, ...] = ()

    @property
    def residual(self) -> int:
        """What the Chain's identity does not explain."""
        return self.balance.residual


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


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Whether the audit holds: how many rows there are, and the first that does not fit."""

    rows: int
    bad: int | None

    @property
    def holds(self) -> bool:
        """Whether nothing was altered, removed, inserted or cut off."""
        return self.bad is None
