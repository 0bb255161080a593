"""What every request passes: one gate for all who ask a system, threads and processes.

The threads of one process meet in its memory. Worker processes are told of a file they all map;
a lock on a file, unlike one in memory, is let go of by whoever is killed.
"""

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol, TypeVar

from engine.domain import pacing
from engine.domain.adapter import Sleep
from engine.domain.pacing import Limits, Pace, Turn

T = TypeVar("T")
Change = Callable[[Pace], tuple[Pace, T]]

_ROW = struct.Struct(f"8s{len(Pace._fields)}d")


class Hopeless(Exception):
    """The outage is older than anybody's patience; `unreachable`: no connection was accepted."""

    def __init__(self, *, unreachable: bool, lasted: float) -> None:
        super().__init__("the system has been unavailable for too long")
        self.unreachable = unreachable
        self.lasted = lasted


class Cell(Protocol):
    """Where the pace of one system is kept."""

    def change(self, change: "Change[T]") -> T:
        """Put in place what the function makes of the pace, nobody else between; its answer."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Gate:
    """The gate before one endpoint of a system, as one Asker passes it.

    Rates and pauses are the whole system's; outages and what is tried again are the endpoint's,
    since one may be well while its neighbour is not.
    """

    def __init__(self, system: Cell, endpoint: Cell, limits: Limits, sleep: Sleep) -> None:
        self._system = system
        self._endpoint = endpoint
        self._limits = limits
        self._sleep = sleep
        self._reached = 0.0

    def enter(self) -> None:
        """Wait until a request may go out. Raises Hopeless, or Stopped in the wait."""
        placed = False
        while True:
            turn = self._turn()
            if turn.go and not (placed or turn.look):
                turn = replace(turn, wait=self._place())
            if turn.wait:
                self.wait(turn.wait)
            elif turn.go:
                return
            # A pause may have begun while it waited for its place, which is lost then.
            placed = turn.go

    def failed(self, *, unreachable: bool) -> None:
        """A try found the endpoint unavailable."""
        at = self._now()
        self._endpoint.change(
            lambda pace: (
                pacing.failed(pace, at, self._limits, unreachable=unreachable),
                None,
            )
        )

    def answered(self, *, good: bool) -> None:
        """The endpoint answered."""
        self._endpoint.change(lambda pace: (pacing.answered(pace, good=good), None))

    def pause(self, seconds: float) -> None:
        """The system asked to be left alone that long, by everybody."""
        until = self._now() + seconds
        self._system.change(lambda pace: (pacing.paused(pace, until), None))

    def may_retry(self) -> bool:
        """Whether the allowance has another try, which is spent if so."""
        at = self._now()
        return self._endpoint.change(lambda pace: pacing.retried(pace, at))

    def hold(self) -> float:
        """How long from now nobody is let through."""
        at = self._now()
        return max(
            pacing.hold(cell.change(_as_is), at) for cell in (self._system, self._endpoint)
        )

    def wait(self, seconds: float) -> None:
        """Sleep; the time is over then, whatever the sleep was made of. Raises Stopped."""
        until = self._now() + seconds
        self._sleep(seconds)
        self._reached = max(self._reached, until)

    def close(self) -> None:
        """Let go of what is known of the system; to be done once."""
        self._system.close()
        self._endpoint.close()

    def _turn(self) -> Turn:
        at = self._now()
        paused = pacing.hold(self._system.change(_as_is), at)
        if paused:
            return Turn(paused)

        def seen(pace: Pace) -> tuple[Pace, tuple[Pace, Turn]]:
            pace, turn = pacing.allowed(pace, at, self._limits)
            return pace, (pace, turn)

        pace, turn = self._endpoint.change(seen)
        if turn.hopeless:
            lasted = at - pace.down_since
            raise Hopeless(unreachable=bool(pace.unreachable), lasted=lasted)
        return turn

    def _place(self) -> float:
        rate, at = self._limits.rate, self._now()
        if rate is None:
            return 0.0
        return self._system.change(lambda pace: pacing.placed(pace, at, rate))

    def _now(self) -> float:
        return max(time.monotonic(), self._reached)


def _as_is(pace: Pace) -> tuple[Pace, Pace]:
    return pace, pace


def cell_of(system: str, shared: str | None) -> Cell:
    """Where this system's pace is kept: in the file all workers share, else in this process.

    To be closed by whoever got it.
    """
    board = _board(shared) if shared else None
    row = board.row(system) if board else None
    if board is not None and row is not None:
        return _SharedCell(board, row)
    with _meeting:
        cell = _here.setdefault(system, _LocalCell(system))
        cell.holders += 1
        return cell


class _LocalCell:
    """A pace in this process's memory, forgotten when the last holder lets go."""

    def __init__(self, system: str) -> None:
        self.holders = 0
        self._system = system
        self._lock = threading.Lock()
        self._pace = Pace()

    def change(self, change: "Change[T]") -> T:
        with self._lock:
            self._pace, said = change(self._pace)
            return said

    def close(self) -> None:
        with _meeting:
            self.holders -= 1
            if not self.holders:
                del _here[self._system]


_meeting = threading.Lock()
_here: dict[str, _LocalCell] = {}


class _SharedCell:
    """A pace in a row of the file that all worker processes map."""

    def __init__(self, board: "_Board", row: int) -> None:
        self._board = board
        self._row = row

    def change(self, change: "Change[T]") -> T:
        with self._board:
            name, *numbers = self._board.read(self._row)
            pace, said = change(Pace(*numbers))
            self._board.write(self._row, name, pace)
            return said

    def close(self) -> None:
        """The file stays as long as its processes."""


class _Board:
    """The shared file: a row a system, by the hash of its name; held while a row changes."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._memory = mmap.mmap(self._file, 0)
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        # The lock on a file is the process's: its threads need one of their own.
        self._lock.acquire()
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *failure: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)
        self._lock.release()

    def row(self, system: str) -> int | None:
        """The row of a system, taken if it has none; None where all are taken."""
        name = blake2b(system.encode(), digest_size=8).digest()
        with self:
            for row in range(len(self._memory) // _ROW.size):
                there, *_ = self.read(row)
                if there == bytes(8):
                    self.write(row, name, Pace())
                if there in (name, bytes(8)):
                    return row
        return None

    def read(self, row: int) -> tuple[bytes, *tuple[float, ...]]:
        return _ROW.unpack_from(self._memory, row * _ROW.size)

    def write(self, row: int, name: bytes, pace: Pace) -> None:
        _ROW.pack_into(self._memory, row * _ROW.size, name, *pace)


@lru_cache(maxsize=8)
def _board(path: str) -> _Board | None:
    try:
        return _Board(path)
    except (OSError, ValueError):
        return None
