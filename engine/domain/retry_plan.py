"""A retry plan: the frozen list of what a Retry Failures run will touch, and its hash (P1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from engine.domain.errors import Misused
from engine.domain.requests import Selection
from engine.domain.values import dataclass


class ItemClass(StrEnum):
    """What a plan says of one item before anything is sent.

    `no_snapshot`: no value was kept, so there is nothing to send. `in_doubt`: its write was sent,
    the answer never came, and the target can neither be asked nor take it twice (K3).
    """

    SAFE = "safe"
    SUPERSEDED = "superseded"
    EQUAL = "equal"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"
    NO_SNAPSHOT = "no_snapshot"
    IN_DOUBT = "in_doubt"


GOES = frozenset({ItemClass.SAFE, ItemClass.UNKNOWN})
"""The classes that go by default."""

BY_NAME = frozenset({ItemClass.CHANGED, ItemClass.GONE})
"""The classes that go only where they are included by name."""

CLOSES = frozenset({ItemClass.SUPERSEDED, ItemClass.EQUAL})
"""The classes that close, unsent, in the transaction that starts the plan."""


class Choice(StrEnum):
    """Which definition a retry runs with (P6)."""

    AS_RUN = "as-run"
    CURRENT = "current"


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A failed or unattempted Batch, to be fetched again from its kept scope."""

    event: int
    batch: int
    fingerprint: str
    item_class: ItemClass = ItemClass.SAFE

    @property
    def word(self) -> str:
        """What the plan's hash is made over."""
        return f"b {self.event} {self.batch} {self.item_class}"


@dataclass(frozen=True, slots=True)
class RecordItem:
    """A failing record, to be sent again from its Snapshot; `version` names its edit, if any."""

    event: int
    snapshot: int
    label: str
    fingerprint: str
    item_class: ItemClass = ItemClass.SAFE
    version: str = ""

    @property
    def word(self) -> str:
        """What the plan's hash is made over."""
        return f"r {self.event} {self.snapshot} {self.version} {self.item_class}"


@dataclass(frozen=True, slots=True)
class WouldPass:
    """How many of the plan's records would pass the stages, under each definition (P4)."""

    as_run: int | None
    current: int | None
    of: int


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definition the Sync Event ran with and the one on disk now, by hash (P6)."""

    as_run: str
    current: str | None
    chosen: Choice = Choice.CURRENT
    problem: str | None = None
    difference: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing has to be chosen."""
        return self.as_run == self.current


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """A plan as people see it: what goes, what closes, what stays, and why.

    `records` and `batches` are what goes; `counts` are records by class. `runs_as` is how many
    batches the retry will have. `target` is the system and `place` the table, address or folder in
    it. `edited` of its records go as edited. `used_by` is the Sync Event that ran it.
    """

    hash: str
    event: int
    link: str
    definitions: Definitions
    counts: Mapping[ItemClass, int]
    batches: int
    records: int
    runs_as: int
    include: frozenset[ItemClass]
    selection: Selection
    made_at: datetime
    actor: str
    target: str = ""
    place: str = ""
    edited: int = 0
    would_pass: WouldPass | None = None
    canary: int | None = None
    used_by: int | None = None
    oldest: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing would be sent."""
        return not (self.batches or self.records)


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """How to retry. Raises Misused where the options make no sense.

    `plan` is the hash of a plan made before; `canary` how many items of each fingerprint go first.
    """

    reason: str
    actor: str
    plan: str | None = None
    definition: Choice | None = None
    canary: int | None = None
    include: frozenset[ItemClass] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise Misused("a reason is needed: --reason 'why'")
        if self.canary is not None and self.canary < 1:
            raise Misused(
                "--canary takes the number of items of each fingerprint, 1 or more"
            )
        check_include(self.include)


def check_include(include: Iterable[ItemClass]) -> None:
    """Refuse classes that cannot be included by name. Raises Misused."""
    wrong = sorted(set(include) - BY_NAME)
    if wrong:
        raise Misused(f"--include takes changed and gone, not {wrong[0]}")


def plan_hash(words: Iterable[str], *, of: Sequence[str]) -> str:
    """The hash of a plan: over what it is made of (`of`) and over every item, in order."""
    digest = sha256("\n".join(of).encode())
    for word in words:
        digest.update(b"\n")
        digest.update(word.encode())
    return digest.hexdigest()


def goes(item_class: ItemClass, include: frozenset[ItemClass]) -> bool:
    """Whether an item of this class is sent."""
    return item_class in GOES or (item_class in BY_NAME and item_class in include)
