"""Who does the work: this thread, a few threads, or processes that die with their coordinator."""

import ctypes
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from pebble import ProcessExpired, ProcessPool

from engine.domain.batch import BatchOutcome, Job, Prepared
from engine.sync.crew import GROUP, Result, Work, WorkerDied, WorkerHung

TOGETHER = 4
"""Batches that travel to a worker process in one task."""

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


class ThreadCrew:
    """A few threads, for Links that wait for a network. `opened` makes one thread's work."""

    def __init__(self, threads: int, opened: Callable[[], Work], push: Push) -> None:
        self.room = threads * 2
        self.described = f"{threads} threads"
        self.push = push
        self._own = threading.local()
        self._opened = opened
        self._pool = ThreadPoolExecutor(threads, "batch")

    def submit(self, job: Job) -> "Future[Result]":
        return self._pool.submit(self._work, job)

    def _work(self, job: Job) -> Result:
        if not hasattr(self._own, "work"):
            self._own.work = self._opened()
        work: Work = self._own.work
        return work(job)

    def turn(self) -> None:
        """The threads are at it."""

    def hurry(self) -> None:
        """The threads sleep on the run's own stop switch."""

    def close(self, *, wait: bool) -> None:
        self._pool.shutdown(wait=wait, cancel_futures=True)


class ProcessCrew:
    """Processes started once. `setup` is what `entry.open(setup)` makes a worker of.

    Jobs travel several at a time, since a worker idles while the next task is on its way to it
    (measured: 4 ms a task). A worker that dies loses what it had at hand, and a Batch that was
    lost once travels alone. One that takes longer than `limit` seconds a Batch is ended.
    """

    def __init__(
        self,
        processes: int,
        *,
        opened: Callable[..., None],
        setup: Any,
        work: Work,
        push: Push,
        limit: float | None,
    ) -> None:
        self._load = 1 if limit is not None else TOGETHER
        self.room = processes * self._load * 2 + 1
        self.described = f"{processes} worker process{'es' if processes > 1 else ''}"
        self.push = push
        self._work = work
        self._limit = limit
        self._gathered: list[tuple[Future[Result], Job]] = []
        self._sent: set[int] = set()
        context = multiprocessing.get_context("spawn")
        self._stopping = context.Event()
        self._pool: Any = ProcessPool(
            max_workers=processes,
            initializer=_born,
            initargs=(os.getpid(), opened, setup, self._stopping),
            context=context,
        )

    def turn(self) -> None:
        """Send off what was gathered."""
        while self._gathered:
            self._send(self._gathered[: self._load])
            del self._gathered[: self._load]

    def hurry(self) -> None:
        """End every wait between attempts, in all workers."""
        self._stopping.set()

    def submit(self, job: Job) -> "Future[Result]":
        answer: Future[Result] = Future()
        answer.set_running_or_notify_cancel()
        if job.batch in self._sent:
            self._send([(answer, job)])
        else:
            self._sent.add(job.batch)
            self._gathered.append((answer, job))
        return answer

    def _send(self, load: Sequence[tuple["Future[Result]", Job]]) -> None:
        answers = [answer for answer, _ in load]
        jobs = [job for _, job in load]
        limit = None if self._limit is None else self._limit * len(jobs)
        task = self._pool.schedule(_each, args=[self._work, jobs], timeout=limit)
        task.add_done_callback(lambda done: _hand_back(done, answers))

    def close(self, *, wait: bool) -> None:
        end = self._pool.close if wait else self._pool.stop
        end()
        self._pool.join()


def _each(work: Work, jobs: Sequence[Job]) -> list[Result]:
    """In a worker process: these jobs, one after another."""
    return [work(job) for job in jobs]


def _hand_back(done: Any, answers: Sequence["Future[Result]"]) -> None:
    failure = done.exception()
    if failure is None:
        for answer, result in zip(answers, done.result(), strict=True):
            answer.set_result(result)
        return
    for answer in answers:
        answer.set_exception(_known(failure))


def _known(failure: BaseException) -> BaseException:
    if isinstance(failure, ProcessExpired):
        return WorkerDied(str(failure))
    if isinstance(failure, TimeoutError | FutureTimeout):
        return WorkerHung(str(failure))
    return failure


_PR_SET_PDEATHSIG = 1


def _born(
    coordinator: int,
    opened: Callable[..., None],
    setup: Any,
    stopping: Any,
) -> None:
    """Tie this process to its coordinator's life, leave signals to it, then get to work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(ctypes, "CDLL") and os.uname().sysname == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_outlive_nobody, args=(coordinator,), daemon=True).start()
    opened(setup, stopping)


def _outlive_nobody(coordinator: int) -> None:
    """Where no parent-death signal exists, or it was missed: look at the parent itself."""
    pause = threading.Event()
    while os.getppid() == coordinator:
        pause.wait(0.25)
    os._exit(1)
