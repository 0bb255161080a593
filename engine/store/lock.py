"""One writer at a time, among threads and among processes.

SQLite before 3.51.3 can corrupt a write-ahead log when two connections write and checkpoint at
the same instant; so every write transaction, and opening and closing a writer, is under this.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fasteners import InterProcessLock  # type: ignore[import-untyped]

from engine.store.private import make_private_file, private_file
from engine.store.refusals import StoreUnusable

PATIENCE = 60.0
"""Seconds to wait for the other writers; transactions are short."""

# A process loses its file lock when any of its descriptors of that file is closed, so threads
# and stores of one process must take turns before they ask for it.
_turns: dict[Path, threading.Lock] = {}
_turns_lock = threading.Lock()


class WriterLock:
    """The lock file beside a SQLite store."""

    def __init__(self, path: Path) -> None:
        private_file(path)
        make_private_file(path)
        self.path = path.resolve()
        with _turns_lock:
            self._turn = _turns.setdefault(self.path, threading.Lock())
        self._file = InterProcessLock(self.path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes in here. Not to be nested."""
        if not self._turn.acquire(timeout=PATIENCE):
            raise self._refusal("another thread of this process")
        try:
            self._lock_file()
            try:
                yield
            finally:
                self._file.release()
        finally:
            self._turn.release()

    def _lock_file(self) -> None:
        try:
            got = self._file.acquire(delay=0.001, max_delay=0.02, timeout=PATIENCE)
        except (OSError, threading.ThreadError) as cause:
            why = getattr(cause, "strerror", None) or cause
            raise StoreUnusable(
                f"{self.path} cannot be locked: {why}; mend that, then do the same again"
            ) from cause
        if not got:
            raise self._refusal("another process")

    def _refusal(self, who: str) -> StoreUnusable:
        return StoreUnusable(
            f"{who} has been writing to the store for {PATIENCE:.0f} s; "
            f"see who holds {self.path}: fuser -v {self.path}"
        )
