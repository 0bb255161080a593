"""What a source and a target must be: the seam every Adapter fills, ours and strangers'."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import Attempt, SyncError
from engine.domain.retry import Responses, RetryPolicy
from engine.domain.values import dataclass


class Lookup(StrEnum):
    """How a system can be asked what it holds for a key."""

    NONE = "none"
    SINGLE = "single"
    BULK = "bulk"


class Writers(StrEnum):
    """How many may push into a target at once."""

    ONE = "one"
    MANY = "many"


class Waits(StrEnum):
    """What an adapter mostly waits for; decides between threads and processes."""

    NETWORK = "network"
    PROCESSOR = "processor"


Sleep = Callable[[float], None]
"""Waits that many seconds, or raises `Stopped` at once when the run is cancelled."""


class Stopped(Exception):
    """The run was cancelled while something waited between attempts."""


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source is told of its Link.

    `wanted` are the top-level source fields that the stages read, in order; None means all of
    them, as dicts. `folder` is what relative paths are relative to. `shared` is a file of zeros
    that all worker processes of the run may map, where there are any; `spool` the Link's folder for
    what cannot be asked for again.
    """

    link: str
    batch_size: int
    parallel: int
    folder: str
    system: str
    wanted: tuple[str, ...] | None = None
    retry: RetryPolicy = RetryPolicy()
    responses: Responses = Responses()
    sleep: Sleep | None = None
    shared: str | None = None
    spool: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of what is pushed: its name and the type the stages give it, where known."""

    name: str
    cast: str | None = None


@dataclass(frozen=True, slots=True)
class TargetContext:
    """What a target is told of its Link.

    `columns` are known where the stages name every field; None means records come as dicts.
    `secret` is the installation's, for idempotency keys (K1); `event` the Sync Event's number.
    """

    link: str
    key: tuple[str, ...]
    folder: str
    system: str
    columns: tuple[Column, ...] | None = None
    secret: bytes = b""
    retry: RetryPolicy = RetryPolicy()
    responses: Responses = Responses()
    sleep: Sleep | None = None
    event: int = 0
    shared: str | None = None


@dataclass(frozen=True, slots=True)
class SourceTraits:
    """What a source can do; what it cannot, it says here rather than pretends.

    `tells_drift`: a scope fetched again later shows whether the source has changed beneath it (M5).
    `upper_bound`: changes can be asked for up to a moment or value, not only from one.
    `delivered`: it cannot be asked at all, its records are delivered to Linkdeck (C9).
    """

    change_filter: ChangeFilter = ChangeFilter.NONE
    parallel: bool = True
    lookup: Lookup = Lookup.NONE
    waits: Waits = Waits.PROCESSOR
    default_lookback: float = 0.0
    tells_drift: bool = True
    upper_bound: bool = True
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class TargetTraits:
    """What a target can do. `idempotent`: the same write twice is harmless."""

    idempotent: bool = True
    lookup: Lookup = Lookup.NONE
    writers: Writers = Writers.MANY
    waits: Waits = Waits.NETWORK


@dataclass(frozen=True, slots=True)
class Plan:
    """The scopes of a run, fixed before the first fetch.

    `bound` is the upper end of what the plan covers, for sources with a change filter. `grows`:
    further scopes come with the outcomes (`Fetched.follow`).
    """

    scopes: Sequence[Scope]
    bound: MarkValue | None = None
    grows: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """The rows of one Batch as a target gets them.

    `rows` are tuples in the order of `columns`, or dicts where `columns` is None. `keys[j]` is
    the tuple of row j's key values. `uncertain`: written in part before a crash, perhaps (K4);
    look up before sending, or answer in doubt. `types` are those of all values, where somebody has
    looked: exact ones, floats finite.
    """

    batch: int
    rows: Sequence[Any]
    keys: Sequence[tuple[Any, ...]]
    columns: tuple[str, ...] | None
    uncertain: bool = False
    types: frozenset[type] | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a Load, row by row: `written + refused + in_doubt + ignored = rows`.

    `refused` and `in_doubt` name rows by index with the reason; `ignored` rows were not written
    because the target holds newer data, with the reason. `error` is what failed the Batch as a
    whole after records had been received: rows named nowhere else then count as refused by it.
    """

    batch: int
    written: int
    refused: tuple[tuple[int, SyncError], ...] = ()
    in_doubt: tuple[tuple[int, SyncError], ...] = ()
    ignored: tuple[tuple[int, str], ...] = ()
    error: SyncError | None = None
    attempts: tuple[Attempt, ...] = ()


class Source(Protocol):
    """A system records come from. Synchronous; one instance a worker thread.

    Raises SystemSyncError from `plan_fetch`, BatchSyncError (or SystemSyncError for refused
    credentials) from `fetch`.
    """

    Options: ClassVar[type[Any]]
    traits: SourceTraits

    def __init__(self, options: Any, context: SourceContext) -> None: ...

    def plan_fetch(self, window: Window) -> Plan: ...

    def fetch(self, scope: Scope) -> Fetched: ...

    def close(self) -> None: ...


@runtime_checkable
class Askable(Protocol):
    """A source that can be asked for single records, as its trait `lookup` says.

    `by` names the source fields that the keys are values of, in order; absent, the source's own
    key. Each key is answered: by the record as JSON values, or by None where there is none.
    """

    def lookup(
        self, keys: Sequence[tuple[Any, ...]], *, by: tuple[str, ...] = ()
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]: ...


@runtime_checkable
class Keeping(Protocol):
    """A source that keeps on disk what it cannot ask for again.

    `let_go` is called after each run with the scopes of its Link that may still be fetched.
    """

    def let_go(self, needed: Sequence[Scope]) -> None: ...


@runtime_checkable
class Tidying(Protocol):
    """A target that puts work off. `tidy` does it, and is called now and then where all wait."""

    def tidy(self) -> None: ...


class Target(Protocol):
    """A system records go to. Synchronous.

    `open` raises SystemSyncError where the target cannot take the run (table missing, credentials
    refused). `push` commits durably before it returns, one Receipt a Load, in order.
    """

    Options: ClassVar[type[Any]]
    traits: TargetTraits
    encoders: Mapping[str, Callable[[Any], Any]]
    """By cast name: what makes a value of that type into what `push` takes. Picklable functions."""

    def __init__(self, options: Any, context: TargetContext) -> None: ...

    def open(self) -> None: ...

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]: ...

    def lookup(
        self, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]: ...

    def close(self) -> None: ...
