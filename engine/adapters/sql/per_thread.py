"""Connections, one a thread: what one thread does never waits for another's answer."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class PerThread(Generic[Kept]):
    """Makes a thing for each thread that asks; a forked process starts with none."""

    def __init__(self, make: Callable[[], Kept], end: Callable[[Kept], None]) -> None:
        self._make = make
        self._end = end
        self._kept: dict[tuple[int, int], Kept] = {}

    def get(self) -> Kept:
        """This thread's own, made when first asked for."""
        me = _me()
        if me not in self._kept:
            self._kept[me] = self._make()
        return self._kept[me]

    def is_kept(self) -> bool:
        """Whether this thread has its own already."""
        return _me() in self._kept

    def drop(self) -> None:
        """End this thread's own; the next `get` makes another."""
        if (mine := self._kept.pop(_me(), None)) is not None:
            self._end(mine)

    def close(self) -> None:
        """End all that this process made."""
        for owner in list(self._kept):
            if (other := self._kept.pop(owner, None)) is not None and owner[
                0
            ] == os.getpid():
                self._end(other)


def _me() -> tuple[int, int]:
    return os.getpid(), threading.get_ident()
