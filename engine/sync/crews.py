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

    A worker that dies loses one Batch; one that takes longer than `limit` seconds is ended.
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
        self.room = processes * 2 + 1
        self.described = f"{processes} worker process{'es' if processes > 1 else ''}"
        self.push = push
        self._work = work
        self._limit = limit
        context = multiprocessing.get_context("spawn")
        self._stopping = context.Event()
        self._pool: Any = ProcessPool(
            max_workers=processes,
            initializer=_born,
            initargs=(os.getpid(), opened, setup, self._stopping),
            context=context,
        )

    def turn(self) -> None:
        """The processes are at it."""

    def hurry(self) -> None:
        """End every wait between attempts, in all workers."""
        self._stopping.set()

    def submit(self, job: Job) -> "Future[Result]":
        future = self._pool.schedule(self._work, args=[job], timeout=self._limit)
        answer: Future[Result] = Future()
        answer.set_running_or_notify_cancel()
        future.add_done_callback(lambda done: _hand_back(done, answer))
        return answer

    def close(self, *, wait: bool) -> None:
        end = self._pool.close if wait else self._pool.stop
        end()
        self._pool.join()


def _hand_back(done: Any, answer: "Future[Result]") -> None:
    failure = done.exception()
    if failure is None:
        answer.set_result(done.result())
    elif isinstance(failure, ProcessExpired):
        answer.set_exception(WorkerDied(str(failure)))
    elif isinstance(failure, TimeoutError | FutureTimeout):
        answer.set_exception(WorkerHung(str(failure)))
    else:
        answer.set_exception(failure)


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
