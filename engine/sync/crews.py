"""Who does the work: this thread, or a few threads; `processes` has the third crew."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from engine.domain.batch import BatchOutcome, Job, Prepared
from engine.sync.crew import GROUP, Result, Work

Push = Callable[[Sequence[Prepared]], list[BatchOutcome]]
"""The one writer's push, on the coordinator's thread."""


class InlineCrew:
    """The coordinator's own thread: no hand-over at all."""

    def __init__(self, work: Work, push: Push) -> None:
        self.described = "one process"
        self._work = work
        self.push = push
        self._queue: deque[tuple[Future[Result], Job]] = deque()

    @property
    def room(self) -> int:
        """A whole group at a time: each hand-over is written down."""
        return 0 if self._queue else GROUP

    def submit(self, job: Job) -> "Future[Result]":
        future: Future[Result] = Future()
        self._queue.append((future, job))
        return future

    def turn(self) -> None:
        """The next job that nobody called off."""
        while self._queue:
            future, job = self._queue.popleft()
            if future.set_running_or_notify_cancel():
                future.set_result(self._work(job))
                return

    def hurry(self) -> None:
        """Nothing waits here while the coordinator has time to ask."""

    def close(self, *, wait: bool) -> None:
        del wait


class Place(Protocol):
    """Where one thread works, with connections of its own."""

    def work(self, job: Job) -> Result: ...

    def close(self) -> None: ...


class ThreadCrew:
    """A few threads, for Links that wait for a network. `opened` makes one thread's place."""

    def __init__(self, threads: int, opened: Callable[[], Place], push: Push) -> None:
        self.room = threads * 2
        self.described = f"{threads} threads"
        self.push = push
        self._own = threading.local()
        self._opened = opened
        self._places: list[Place] = []
        self._pool = ThreadPoolExecutor(threads, "batch")

    def submit(self, job: Job) -> "Future[Result]":
        return self._pool.submit(self._work, job)

    def _work(self, job: Job) -> Result:
        if not hasattr(self._own, "place"):
            self._own.place = self._opened()
            self._places.append(self._own.place)
        place: Place = self._own.place
        return place.work(job)

    def turn(self) -> None:
        """The threads are at it."""

    def hurry(self) -> None:
        """The threads sleep on the run's own stop switch."""

    def close(self, *, wait: bool) -> None:
        self._pool.shutdown(wait=wait, cancel_futures=True)
        # A place in use is left alone; nobody waits for its thread.
        for place in self._places if wait else ():
            place.close()
