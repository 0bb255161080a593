"""What is delivered while a push Sync Event runs: gathered, planned, and its end noticed (C9)."""

import time
from collections.abc import Sequence

from engine.domain.batch import Scope
from engine.domain.delivery import Arrived, gathered, scopes_of
from engine.domain.requests import Stop
from engine.store.journal import Journal

QUIET = 1.0
"""Seconds without a delivery after which the Sync Event takes no more."""

GATHER = 0.2
"""Seconds a delivery waits for company, where nobody waits for its answer."""

LONGEST = 300.0
"""Seconds a Sync Event takes deliveries: under a stream without a pause, too, one comes to its end,
and its failures can be retried."""

_LOOK = 0.02
_HELD_UP = 0.1


class Arrivals:
    """The feed of a push Sync Event: `size` records a Batch."""

    def __init__(self, journal: Journal, size: int, stop: Stop) -> None:
        self._journal, self._size, self._stop = journal, size, stop
        self._began = self._heard = time.monotonic()
        self._looked = 0.0
        self._first: float | None = None
        self.over = False

    def more(self, *, idle: bool) -> Sequence[Scope]:
        """The scopes of what was delivered and has gathered; waits a little where `idle`."""
        moment = time.monotonic()
        if moment - self._looked < _LOOK:
            self._wait(_LOOK, idle=idle)
            return ()
        self._looked = moment
        arrived = self._journal.arrived()
        if arrived.held_up:
            # Quiet is counted from when it is its turn.
            self._heard = self._began = moment
            self._wait(_HELD_UP, idle=idle)
            return ()
        if arrived.waiting:
            self._heard = moment
        return self._planned(arrived, moment, idle=idle)

    def _planned(self, arrived: Arrived, moment: float, *, idle: bool) -> Sequence[Scope]:
        if moment - self._began >= LONGEST:
            # Under a stream without a pause there is always one more that has just come.
            self.over = True
            return self._journal.cut_off(self._size)
        if idle and moment - self._heard >= QUIET and self._journal.sealed():
            self.over = True
            return ()
        if not arrived.waiting or not self._is_due(arrived, moment):
            self._wait(_LOOK, idle=idle)
            return ()
        self._first = None
        return tuple(scopes_of(self._journal.event, gathered(arrived.waiting), self._size))

    def _is_due(self, arrived: Arrived, moment: float) -> bool:
        """Whether there is enough of it, somebody waits for it, or it has waited long enough."""
        if self._first is None:
            self._first = moment
        enough = arrived.records >= self._size or arrived.urgent
        return enough or moment - self._first >= GATHER

    def _wait(self, seconds: float, *, idle: bool) -> None:
        if idle:
            self._stop.wait(seconds)
