"""Jobs that wait for a place on a cluster, and what is held against them."""

import threading
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

from engine.domain.batch import Job
from engine.sync.crew import CrewLost, Result, WorkerDied

LIVES = 2
"""Workers a Batch may take along."""


@dataclass(slots=True)
class Task:
    """A job and the answer that somebody waits for."""

    job: Job
    answer: "Future[Result]"


@dataclass(slots=True, eq=False)
class Flight:
    """Jobs on their way to a worker and back; `due` is when it must have answered, if ever.

    `suspect`: a worker died of it, or of what flew with it.
    """

    tasks: list[Task]
    suspect: bool = False
    name: str = ""
    due: float | None = None


class ClusterQueue:
    """First come, first served; what may have been the death of a worker waits apart."""

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()
        self._suspects: deque[Task] = deque()
        self._deaths: Counter[int] = Counter()
        self._lock = threading.Lock()
        self.lost: CrewLost | None = None

    def submit(self, job: Job) -> "Future[Result]":
        """Its answer; at once where there is nothing to wait for."""
        answer: Future[Result] = Future()
        with self._lock:
            if self.lost is not None:
                answer.set_exception(self.lost)
            elif self._deaths[job.batch] >= LIVES:
                answer.set_exception(WorkerDied("it has had its lives"))
            else:
                suspect = self._deaths[job.batch] > 0
                (self._suspects if suspect else self._tasks).append(Task(job, answer))
        return answer

    @property
    def has_suspects(self) -> bool:
        """Whether any waits that must fly alone."""
        return bool(self._suspects)

    def suspect(self) -> Task | None:
        """The next that must fly alone."""
        with self._lock:
            return _next(self._suspects)

    def taken(self, most: int, *, shares: int) -> list[Task]:
        """What goes next, together: so many at most, and no more than a fair share."""
        with self._lock:
            count = min(most, -(-len(self._tasks) // shares))
            found = (_next(self._tasks) for _ in range(count))
            return [task for task in found if task is not None]

    def any(self) -> Task | None:
        """One to tell what concerns them all."""
        with self._lock:
            return _next(self._tasks) or _next(self._suspects)

    def put_back(self, tasks: Sequence[Task]) -> None:
        """To be sent again, uncharged; how far each had come, nobody knows (K4)."""
        with self._lock:
            self._tasks.extendleft(reversed(_uncertain(tasks)))

    def charge(self, flight: Flight, failure: Exception) -> None:
        """A worker died: one of them did it, and each goes alone until it is known which."""
        with self._lock:
            self._deaths.update(task.job.batch for task in flight.tasks)
            if len(flight.tasks) > 1:
                self._suspects.extend(_uncertain(flight.tasks))
                return
        flight.tasks[0].answer.set_exception(failure)

    def lose(self, lost: CrewLost, flights: Iterable[Flight]) -> None:
        """Nobody is there any more: what had begun says so, what had not may be called off."""
        with self._lock:
            self.lost = lost
            waiting = [*self._tasks, *self._suspects]
        begun = [task for flight in flights for task in flight.tasks]
        begun += [task for task in waiting if task.answer.running()]
        for task in begun or waiting[:1]:
            if not task.answer.done():
                task.answer.set_exception(lost)


def _next(queue: deque[Task]) -> Task | None:
    """The next that nobody called off; what was put back had begun already."""
    while queue:
        task = queue.popleft()
        if task.answer.running() or task.answer.set_running_or_notify_cancel():
            return task
    return None


def _uncertain(tasks: Sequence[Task]) -> list[Task]:
    for task in tasks:
        task.job = replace(task.job, uncertain=True)
    return list(tasks)
