"""What a runner says while it runs: frozen values for the journal and whoever watches."""

from datetime import datetime

from engine.domain.batch import BatchOutcome, Scope
from engine.domain.delta import MarkValue
from engine.domain.errors import Error
from engine.domain.outcome import Ending
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class SyncStarted:
    """The run has begun; planning comes next."""

    at: datetime
    workers: str | None = None


@dataclass(frozen=True, slots=True)
class BatchesPlanned:
    """The plan, or what it grew by: batches `first`, `first + 1` … with these scopes, waiting.

    `bound` is the upper end of what the plan covers; `complete` once nothing can be added but by
    outcomes. `workers` says who was chosen to do the work, and why.
    """

    first: int
    scopes: tuple[Scope, ...]
    bound: MarkValue | None = None
    complete: bool = True
    warnings: tuple[str, ...] = ()
    workers: str | None = None


@dataclass(frozen=True, slots=True)
class BatchStarted:
    """These batches are about to be handed out.

    `durable`: committed before `emit` returns, for targets that are not idempotent (K4); else
    it may be written together with what comes next.
    """

    batches: tuple[int, ...]
    at: datetime
    durable: bool = True


@dataclass(frozen=True, slots=True)
class BatchFinished:
    """Outcomes that the target has committed; up to 20, or what 250 ms gathered, go together.

    Scopes that an outcome reveals (`follow`) are planned in the same transaction, numbered on
    from the highest Batch.
    """

    outcomes: tuple[BatchOutcome, ...]


@dataclass(frozen=True, slots=True)
class SyncFinished:
    """The run is over: batches not finished by now were not attempted (T1)."""

    at: datetime
    ending: Ending
    error: Error | None = None
    reason: str | None = None


Progress = SyncStarted | BatchesPlanned | BatchStarted | BatchFinished | SyncFinished
