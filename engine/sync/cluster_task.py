"""What a Dask worker does for a Sync Event; the coordinator calls these functions there.

A worker process outlives Sync Events and serves others too: what it was told of one stays in a
room of its own until that one is over, or the next begins.
"""

import os
import pickle
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from engine.domain.batch import Job
from engine.domain.filter import Raised
from engine.sync.batch import guard
from engine.sync.crew import Pause
from engine.sync.crews import Place
from engine.sync.worker_process import not_ready, sealed

Opener = Callable[[Any, Pause], Place]
"""Makes one thread's place out of what has travelled."""

Answer = tuple[float, list[bytes]]
"""Seconds the jobs took together, and what became of each, sealed."""

STRANGER = b"stranger"
"""The answer of a process that was never told: another one, at the same address."""

_TOKEN = uuid4().hex


def passport() -> dict[str, str]:
    """What code runs here; texts alone, which any other version can read."""
    return {
        "linkdeck": version("linkdeck"),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "process": _process(),
    }


def _process() -> str:
    """This process, told apart from one that had its address before."""
    return f"{_TOKEN}-{os.getpid()}"


class _Room:
    """One Sync Event in this process: a place a thread, made when it is needed."""

    def __init__(self, trade: bytes) -> None:
        self.hurry = threading.Event()
        self._trade = trade
        self._places: dict[int, Place] = {}

    def place(self) -> Place:
        """This thread's place. Raises what opening it raises."""
        thread = threading.get_ident()
        if thread not in self._places:
            opener, commission = pickle.loads(self._trade)
            self._places[thread] = opener(commission, self.hurry.wait)
        return self._places[thread]

    def close(self) -> None:
        for place in self._places.values():
            guard(place.close)
        self._places.clear()


_rooms: dict[str, _Room] = {}


def begin(event: str, trade: bytes) -> bytes:
    """Make this process a worker of that Sync Event; sealed None, or why it cannot be one."""
    for earlier in [
        each for each in _rooms if each != event and _rooms[each].hurry.is_set()
    ]:
        _rooms.pop(earlier).close()
    room = _rooms.setdefault(event, _Room(trade))
    made = guard(room.place)
    return sealed(not_ready(made.exception) if isinstance(made, Raised) else None)


def perform(event: str, process: str, jobs: bytes) -> Answer | bytes:
    """Jobs one after the other; STRANGER where another process was meant."""
    room = _rooms.get(event)
    if room is None or process != _process():
        return STRANGER
    began = time.monotonic()
    given: list[Job] = pickle.loads(jobs)
    answers = [sealed(guard(_done, room, job)) for job in given]
    return time.monotonic() - began, answers


def _done(room: _Room, job: Job) -> Any:
    return room.place().work(job)


def hurry(event: str) -> None:
    """End every wait between attempts: the run was cancelled, or is over."""
    if event in _rooms:
        _rooms[event].hurry.set()


def let_go(event: str) -> None:
    """Close what was opened for a Sync Event that is over."""
    if event in _rooms:
        _rooms.pop(event).close()


def unlike(theirs: Mapping[str, str]) -> str | None:
    """How another process differs in its code from this one, in words; None where it does not."""
    ours = passport()
    for name, called in (("linkdeck", "Linkdeck"), ("python", "Python")):
        if theirs[name] != ours[name]:
            return f"has {called} {theirs[name]}, and this run {called} {ours[name]}"
    return None
