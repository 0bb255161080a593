"""Worker processes, each on a line of its own: one that dies takes nothing along but its Batch.

No lock and no pipe is shared, so that a worker killed while it answers can neither hold up the
others nor garble what they say.
"""

import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

from engine.domain.batch import BatchOutcome, Job, Prepared
from engine.domain.errors import ErrorClass, SyncError, SystemSyncError
from engine.domain.filter import Raised
from engine.domain.values import dataclass
from engine.sync.batch import guard
from engine.sync.board import Board
from engine.sync.crew import GROUP, Result, Work, WorkerDied, WorkerHung
from engine.sync.worker_process import LEFT_TO_THE_COORDINATOR, Trade, live

Push = Callable[[Sequence[Prepared]], list[BatchOutcome]]
"""The one writer's push, on the coordinator's thread."""

AHEAD = 4
"""Batches at a worker at once: it idles where the next is still on its way (4 ms, measured)."""

_BIRTHS = 3
"""Workers in a row that may die before they begin; then there will be none."""

_GOODBYE = 5.0
"""Seconds a worker has to end by itself once it was let go."""


@dataclass(frozen=True, slots=True)
class _Task:
    job: Job
    answer: "Future[Result]"


class ProcessCrew:
    """Processes started with the first jobs; a thread looks after each.

    A worker that takes longer than `limit` seconds over a Batch is ended. `helper` does a job on
    the coordinator's thread while that would only wait. `board` is what its workers share; it is
    closed with the crew.
    """

    def __init__(
        self,
        processes: int,
        trade: Trade,
        *,
        push: Push,
        limit: float | None,
        helper: Work | None = None,
        board: Board | None = None,
    ) -> None:
        # Foreign code may hang: then nothing waits behind it in the same worker.
        self._ahead = AHEAD if limit is None else 1
        # Enough at hand that no worker idles while the coordinator pushes a group and the disk
        # makes it wait.
        spare = 3 * GROUP if limit is None else processes + 1
        self.room = processes * self._ahead + spare
        self.described = f"{processes} worker process{'es' if processes > 1 else ''}"
        self.push = push
        self._limit = limit
        self._helper = helper
        self._board = board
        self._trade = pickle.dumps(trade, pickle.HIGHEST_PROTOCOL)
        self._hurry = multiprocessing.Pipe(duplex=False)
        self._tasks: deque[_Task] = deque()
        self._workers: set[_Worker] = set()
        self._changed = threading.Condition()
        self._over = self._abandoned = False
        self._threads = [
            threading.Thread(target=self._look_after_one, name=f"worker {number}")
            for number in range(1, processes + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> "Future[Result]":
        answer: Future[Result] = Future()
        with self._changed:
            self._tasks.append(_Task(job, answer))
            self._changed.notify()
        return answer

    def turn(self) -> None:
        """The processes are at it; a job that none of them has got yet is done here."""
        task = self._spare() if self._helper else None
        if task is not None and self._helper is not None:
            settle(task.answer, guard(self._helper, task.job))

    def _spare(self) -> _Task | None:
        """A task to help out with: not one that may have been the death of a worker."""
        with self._changed:
            if not self._tasks or self._tasks[0].job.uncertain:
                return None
            flying = deque[_Task]()
            self._fill_up(flying, upto=1)
            return flying.pop() if flying else None

    def hurry(self) -> None:
        """End every wait between attempts, in all workers."""
        self._hurry[1].close()

    def close(self, *, wait: bool) -> None:
        with self._changed:
            self._over, self._abandoned = True, not wait
            self._changed.notify_all()
            for worker in self._workers if not wait else ():
                worker.process.kill()
        for thread in self._threads:
            thread.join()
        for end in self._hurry:
            end.close()
        if self._board is not None:
            self._board.close()

    def _look_after_one(self) -> None:
        """Jobs to one worker and its answers back, with a new worker where one is gone."""
        # Inherited by workers, which are born deaf to what only the coordinator heeds.
        signal.pthread_sigmask(signal.SIG_BLOCK, LEFT_TO_THE_COORDINATOR)
        flying: deque[_Task] = deque()
        worker: _Worker | None = None
        while self._taken_up(flying):
            try:
                worker = worker or self._hired()
                worker.hand_over([task.job for task in flying])
                result = worker.answer(self._limit)
            except (WorkerDied, WorkerHung, SyncError) as failure:
                self._parted(worker)
                worker = None
                flying.popleft().answer.set_exception(failure)
                self._put_back(flying)
            else:
                settle(flying.popleft().answer, result)
        self._parted(worker)

    def _taken_up(self, flying: deque[_Task]) -> bool:
        """Fill up with tasks; false once there will be no more."""
        with self._changed:
            self._fill_up(flying, upto=self._ahead)
            while not (flying or self._over):
                self._changed.wait()
                self._fill_up(flying, upto=self._ahead)
            return bool(flying) and not self._abandoned

    def _fill_up(self, flying: deque[_Task], *, upto: int) -> None:
        """Take what nobody called off; what was put back had begun already."""
        while self._tasks and len(flying) < upto:
            task = self._tasks.popleft()
            if task.answer.running() or task.answer.set_running_or_notify_cancel():
                flying.append(task)

    def _put_back(self, flying: deque[_Task]) -> None:
        """What a worker that died had not begun goes to the others, uncharged."""
        with self._changed:
            self._tasks.extendleft(reversed(flying))
            self._changed.notify_all()
        flying.clear()

    def _hired(self) -> "_Worker":
        """A worker that is ready. Raises SystemSyncError where none can be had."""
        for _ in range(_BIRTHS):
            worker = self._born()
            try:
                said = worker.answer(self._limit)
            except (WorkerDied, WorkerHung):
                self._parted(worker)
                continue
            if said is None:
                return worker
            self._parted(worker)
            raise _failure(said)
        raise SystemSyncError(
            f"{_BIRTHS} worker processes in a row ended before they could begin; "
            "is there memory enough? Or take workers: threads",
            code="no_workers",
            error_class=ErrorClass.AVAILABILITY,
        )

    def _born(self) -> "_Worker":
        with self._changed:
            if self._abandoned:
                raise WorkerDied("the run is over")
            worker = _begun(self._trade, self._hurry[0])
            self._workers.add(worker)
        return worker

    def _parted(self, worker: "_Worker | None") -> None:
        if worker is None:
            return
        worker.end()
        with self._changed:
            self._workers.discard(worker)


class _Worker:
    """A process and the line to it; `_owed` jobs were handed over and not answered."""

    def __init__(self, trade: bytes, hurry: Connection) -> None:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._owed = 0
        self.process: SpawnProcess = context.Process(
            target=live, args=(os.getpid(), theirs, hurry, trade), name="linkdeck worker"
        )
        self.process.start()
        # Only the worker holds its end now, so that its death is the end of the line.
        theirs.close()

    def hand_over(self, jobs: Sequence[Job]) -> None:
        """Send those of `jobs` that it has not got yet."""
        for job in jobs[self._owed :]:
            # A dead worker is found out by its answer: one may have come before it died.
            with suppress(OSError):
                self._line.send(job)
            self._owed += 1

    def answer(self, limit: float | None) -> Any:
        """Its next answer. Raises WorkerDied, and WorkerHung after `limit` seconds."""
        if not self._line.poll(limit):
            raise WorkerHung(f"no answer in {limit:g} s")
        try:
            said = self._line.recv_bytes()
        except (EOFError, OSError) as cause:
            raise WorkerDied(f"worker {self.process.pid} is gone") from cause
        self._owed = max(self._owed - 1, 0)
        return guard(pickle.loads, said)

    def end(self) -> None:
        """Let it go: idle, it ends by itself; busy or deaf, it is killed."""
        self._line.close()
        if self._owed:
            self.process.kill()
        self.process.join(_GOODBYE)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join(_GOODBYE)


def _begun(trade: bytes, hurry: Connection) -> _Worker:
    """A process of its own. Raises SystemSyncError where the system grants no more of them."""
    try:
        return _Worker(trade, hurry)
    except OSError as cause:
        raise SystemSyncError(
            f"no worker process can be started ({cause.strerror or cause}); raise the limit on "
            "open files and processes (ulimit -n, ulimit -u), or take workers: threads",
            code="no_workers",
            error_class=ErrorClass.AVAILABILITY,
        ) from cause


def settle(answer: "Future[Result]", result: Any) -> None:
    """What a worker said, as the answer of its job."""
    if isinstance(result, Raised | SyncError):
        answer.set_exception(_failure(result))
    else:
        answer.set_result(result)


def _failure(said: Any) -> SyncError:
    if isinstance(said, SyncError):
        return said
    cause = said.exception if isinstance(said, Raised) else said
    return SystemSyncError(f"a worker's answer cannot be read: {cause!r}")
