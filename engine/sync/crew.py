"""What the runner hands jobs to: shaped like concurrent.futures, whoever does the work."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from engine.domain.batch import BatchOutcome, Job, Prepared

GROUP = 20
"""Batches that are pushed and journalled together, at most."""

Result = Prepared | BatchOutcome
"""Prepared where the coordinator pushes, an outcome where the worker pushed itself."""


class WorkerDied(Exception):
    """The process that held this job is gone; the job alone is charged with it."""


class WorkerHung(Exception):
    """The job took longer than its limit and its worker was ended."""


class CrewLost(Exception):
    """All workers are out of reach at once: the run waits for whoever takes it up next (X1)."""


class Crew(Protocol):
    """Workers for one Sync Event.

    `room` is how many jobs may be with the crew at once. A future may raise `WorkerDied`,
    `WorkerHung`, `CrewLost` or a SyncError, nothing else.
    """

    described: str

    @property
    def room(self) -> int: ...

    def submit(self, job: Job) -> "Future[Result]": ...

    def turn(self) -> None:
        """Do one job on the caller's thread, where no worker does."""
        ...

    def push(self, batches: Sequence[Prepared]) -> list[BatchOutcome]: ...

    def hurry(self) -> None:
        """End every wait between attempts: the run was cancelled."""
        ...

    def close(self, *, wait: bool) -> None: ...


Work = Callable[[Job], Result]
"""What a worker does with a job, in its own thread or process."""

Pause = Callable[[float], bool]
"""Waits so many seconds; true at once where the run is in a hurry to end."""
