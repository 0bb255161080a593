"""What a run is told from outside: when to stop, what to do in which order; and how it ended."""

from collections.abc import Callable, Iterable
from datetime import datetime

from engine.domain.batch import Job
from engine.domain.errors import Error, SyncError
from engine.domain.outcome import Ending
from engine.domain.requests import Stop
from engine.domain.values import dataclass
from engine.sync.crew import Work
from engine.sync.feed import Feed


def _as_planned(job: Job) -> Job:
    return job


def _nothing_to_tidy() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Control:
    """How a run is told to stop, told the time, and keeps others told.

    `tick` is called a few times a second, whatever happens; `judge` makes an Error of a failure.
    `idempotent`: the target takes the same write twice without harm (K4). `ready` completes a job
    right before it is handed out, with what is too much to hold for all of them. `feed` brings
    scopes while the run goes on. `alone` does a job on the coordinator's thread, where to write
    its records once more, or newer ones over them, does no harm. `tidy` is called where there is
    nothing to do but to wait.
    """

    stop: Stop
    now: Callable[[], datetime]
    tick: Callable[[], None]
    judge: Callable[[SyncError], Error]
    idempotent: bool = True
    ready: Callable[[Job], Job] = _as_planned
    feed: Feed | None = None
    alone: Work | None = None
    tidy: Callable[[], None] = _nothing_to_tidy


@dataclass(frozen=True, slots=True)
class Phase:
    """Jobs that are asked for once all those before are done.

    `after` go when `jobs` are done; where the coordinator may work alone, it does some of them
    from start to end while `jobs` are slow to come. Nothing of `jobs` is pushed meanwhile, and what
    does not succeed whole takes its turn, as if it had not been tried.
    """

    jobs: Callable[[], Iterable[Job]]
    after: Callable[[], Iterable[Job]] = tuple


@dataclass(frozen=True, slots=True)
class Ended:
    """How the run ended, with the System error that ended it.

    `left`: it has not ended, another takes it up; `unbegun` were handed out, and nobody began them.
    """

    ending: Ending
    error: Error | None = None
    reason: str | None = None
    left: bool = False
    unbegun: tuple[int, ...] = ()
