"""A run as it goes, on stderr: a live display on a terminal, a line every few seconds elsewhere."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from console.cli.edge import remark
from console.cli.interrupt import Interrupt
from console.format import count, rate, remaining
from console.medium import Medium
from console.pages.pace import Pace, Pacer, done, opening
from engine.domain.requests import Glimpse

EVERY = 5.0
"""Seconds between two lines in a pipe."""


class Follower(Protocol):
    """Somebody who watches runs, one after another."""

    def see(self, glimpse: Glimpse) -> None:
        """Take note of a glimpse; quick."""

    def rest(self) -> None:
        """Leave the terminal to somebody else until the next glimpse."""


@contextmanager
def following(interrupt: Interrupt) -> Iterator[Follower]:
    """Whoever watches best there is on stderr."""
    medium = Medium.of(sys.stderr, os.environ)
    follower: Follower
    if medium.terminal:
        from console.cli.live import Picture

        follower = Picture(medium, interrupt)
    else:
        follower = Lines(interrupt, remark, time.monotonic)
    try:
        yield follower
    finally:
        follower.rest()


class Lines:
    """Progress as plain lines: who began, how far it is now and then."""

    def __init__(
        self, interrupt: Interrupt, say: Callable[[str], None], clock: Callable[[], float]
    ) -> None:
        self._interrupt, self._say, self._clock = interrupt, say, clock
        self._pacer = Pacer()
        self._event: int | None = None
        self._stopping: str | None = None
        self._said = 0.0

    def see(self, glimpse: Glimpse) -> None:
        """Take note of a glimpse, and say so when it is time."""
        self._interrupt.flying = glimpse.batches.in_flight
        if glimpse.event != self._event:
            self._begin(glimpse)
        if glimpse.stopping and not self._stopping and self._interrupt.signal is None:
            self._say(f"#{glimpse.event} {glimpse.stopping}; {self._interrupt.finishing}")
        self._stopping = glimpse.stopping
        pace = self._pacer.after(glimpse)
        if self._clock() - self._said >= EVERY:
            self._said = self._clock()
            self._say(f"#{glimpse.event} {glimpse.link}: {progress(glimpse, pace)}")

    def rest(self) -> None:
        """Lines stand in nobody's way."""

    def _begin(self, glimpse: Glimpse) -> None:
        self._event, self._pacer, self._said = glimpse.event, Pacer(), self._clock()
        self._say(opening(glimpse))


def progress(glimpse: Glimpse, pace: Pace) -> str:
    """How far it is, in one line."""
    counts = glimpse.records
    parts = [
        f"{count(done(glimpse))} of {count(glimpse.batches.planned)} batches",
        f"{count(counts.fetched + counts.from_snapshots)} fetched",
        f"{count(counts.written + counts.would_write)} written",
    ]
    parts += [f"{count(counts.failed)} failed"] if counts.failed else []
    parts += [f"{count(glimpse.batches.failed)} batches failed"] * bool(
        glimpse.batches.failed
    )
    parts += [rate(pace.rate)] if pace.rate else []
    parts += [remaining(pace.left)] if pace.left else []
    return ", ".join(parts)
