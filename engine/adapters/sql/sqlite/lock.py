"""One writer a file, across processes: SQLite before 3.51.3 can corrupt a WAL that two write.

Who writes, checkpoints, opens or closes a writer holds `FILE-lock`. Who waits for it holds
`FILE-turn`, so that a busy writer cannot take the lock again before its neighbour had it.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from fasteners import InterProcessLock  # type: ignore[import-untyped]

from engine.domain.adapter import Sleep
from engine.domain.errors import BatchSyncError, ErrorClass

PATIENCE = 30.0
_PAUSE = 0.005


class _Place:
    """The locks of one file; file locks do not tell threads of one process apart."""

    def __init__(self, path: str) -> None:
        self.turn = threading.Lock()
        self.inside = threading.Lock()
        self.turn_file = InterProcessLock(f"{path}-turn")
        self.inside_file = InterProcessLock(f"{path}-lock")


_places: dict[str, _Place] = {}
_places_lock = threading.Lock()


def _forget() -> None:
    global _places_lock  # noqa: PLW0603 - a forked child must not inherit what a thread held
    _places.clear()
    _places_lock = threading.Lock()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def sole_writer(path: str, *, sleep: Sleep, patience: float = PATIENCE) -> Iterator[None]:
    """Holds the file's lock; raises a transient BatchSyncError when it stays taken too long.

    OSError where the lock's own files cannot be made.
    """
    with _places_lock:
        place = _places.setdefault(path, _Place(path))
    deadline = time.monotonic() + patience
    with ExitStack() as inside:
        with ExitStack() as turn:
            for lock, stack in (
                (place.turn, turn),
                (place.turn_file, turn),
                (place.inside, inside),
                (place.inside_file, inside),
            ):
                _wait_for(lock, deadline, sleep)
                stack.callback(lock.release)
        yield


def _wait_for(lock: Any, deadline: float, sleep: Sleep) -> None:
    while not lock.acquire(blocking=False):
        if time.monotonic() > deadline:
            raise BatchSyncError(
                "another process is writing to the database file, and has been for too long",
                code="database_locked",
                error_class=ErrorClass.TRANSIENT,
            )
        sleep(_PAUSE)
