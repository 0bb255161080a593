"""The inside of a worker process: tied to its coordinator's life, one answer for each job."""

import ctypes
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from engine.domain.batch import Job
from engine.domain.errors import BatchSyncError, SyncError, SystemSyncError
from engine.domain.filter import Raised
from engine.domain.values import dataclass
from engine.sync.batch import guard
from engine.sync.crew import Pause, Work

LEFT_TO_THE_COORDINATOR = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that a terminal or a service manager sends to everybody: workers finish what they do."""


@dataclass(frozen=True, slots=True)
class Trade:
    """What a worker process is told once; picklable.

    `opened(setup, pause)` makes it ready, `work(job)` does a job.
    """

    opened: Callable[[Any, Pause], None]
    setup: Any
    work: Work


def live(coordinator: int, line: Connection, hurry: Connection, trade: bytes) -> None:
    """Get ready, then answer job after job until the coordinator lets go of the line.

    The first answer is None, or why this process cannot begin. `trade` is still pickled: the tie
    is made before anything of size is imported.
    """
    _tie_to(coordinator)
    # Whoever gave up on this worker listens no more: there is nobody to tell.
    with suppress(BrokenPipeError):
        _serve(line, hurry, trade)


def _serve(line: Connection, hurry: Connection, trade: bytes) -> None:
    made = guard(_ready, trade, hurry)
    if isinstance(made, Raised):
        line.send_bytes(sealed(not_ready(made.exception)))
        return
    line.send_bytes(sealed(None))
    for job in _jobs(line):
        line.send_bytes(sealed(guard(made, job)))


def _ready(trade: bytes, hurry: Connection) -> Work:
    told: Trade = pickle.loads(trade)
    # Nobody ever writes: the coordinator closes its end, or is gone.
    told.opened(told.setup, hurry.poll)
    return told.work


def not_ready(cause: Exception) -> SyncError:
    """Why a worker cannot begin, as the run is told."""
    if isinstance(cause, SyncError):
        return cause
    return SystemSyncError(f"a worker process cannot begin: {_words(cause)}")


def _jobs(line: Connection) -> Iterator[Job]:
    while True:
        try:
            job: Job = line.recv()
        except (EOFError, OSError):
            return
        yield job


def sealed(answer: object) -> bytes:
    """The answer as it travels; what was raised, or cannot travel, as the Batch's failure."""
    if isinstance(answer, Raised):
        answer = _failure(answer.exception)
    packed = guard(pickle.dumps, answer, pickle.HIGHEST_PROTOCOL)
    if isinstance(packed, Raised):
        said = f"what the stages made cannot leave its process: {_words(packed.exception)}"
        return pickle.dumps(BatchSyncError(said, code="cannot_travel"))
    whole: bytes = packed
    return whole


def _failure(cause: Exception) -> SyncError:
    if isinstance(cause, SyncError):
        return cause
    return BatchSyncError(f"the worker raised what nobody foresaw, {_words(cause)}")


def _words(cause: Exception) -> str:
    return f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__


_PR_SET_PDEATHSIG = 1


def _tie_to(coordinator: int) -> None:
    """Leave signals to the coordinator, and end when it does, however it ends."""
    for each in LEFT_TO_THE_COORDINATOR:
        signal.signal(each, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, LEFT_TO_THE_COORDINATOR)
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _end_if_orphaned(coordinator)
    threading.Thread(target=_outlive_nobody, args=(coordinator,), daemon=True).start()


def _outlive_nobody(coordinator: int) -> None:
    """Where no parent-death signal exists: look at the parent itself."""
    pause = threading.Event()
    while not pause.wait(0.25):
        _end_if_orphaned(coordinator)


def _end_if_orphaned(coordinator: int) -> None:
    if os.getppid() != coordinator:
        os._exit(1)
