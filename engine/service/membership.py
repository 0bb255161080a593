"""This engine among the engines of its store: registered, beating, leaving when idle."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from engine.domain.errors import Refused
from engine.domain.requests import Stop
from engine.operations.context import Context

log = logging.getLogger("linkdeck.engine")

BEATS = 6
"""Heartbeats in a lease."""

IDLE = "idle"


class Membership:
    """The row of this engine, and its heartbeat as a chore."""

    name = "heartbeat"

    def __init__(self, context: Context, *, listen: str | None) -> None:
        self._context, self._listen = context, listen
        self.every = context.settings.lease / BEATS
        self._id: int | None = None

    def enter(self) -> None:
        """Register; Refused where the store has an engine and takes no second."""
        owner = self._context.owner("engine")
        self._id = self._context.store.engines.register(
            owner, version=version("linkdeck"), listen=self._listen
        )

    def leave(self) -> None:
        """No longer take what is queued."""
        if self._id is not None:
            number, self._id = self._id, None
            self._context.store.engines.leave(number)

    def do(self, now: datetime) -> None:
        """A sign of life; one that was taken for dead registers again."""
        del now
        if self._id is None:
            return
        try:
            self._context.store.engines.beat(self._id)
        except Refused:
            self.enter()


class IdleExit:
    """A chore that ends an engine with nothing to do."""

    name = "idle exit"
    every = 0.5

    def __init__(
        self,
        context: Context,
        membership: Membership,
        stop: Stop,
        *,
        after: float,
        busy: Callable[[], bool],
    ) -> None:
        self._context, self._membership = context, membership
        self._stop, self._after, self._busy = stop, after, busy
        self._since = time.monotonic()

    def do(self, now: datetime) -> None:
        """Leave after so many idle seconds, unless something was queued at that very moment."""
        del now
        try:
            idle = not self._busy() and not self._awaited()
            if not idle:
                self._since = time.monotonic()
            elif time.monotonic() - self._since >= self._after:
                self._leave()
        except Refused:
            # The store is gone, and so is all that could be done for it.
            if time.monotonic() - self._since >= self._after:
                self._stop.now("the store is gone")
            raise

    def _awaited(self) -> bool:
        """Whether anything is queued, runs, or is promised."""
        store = self._context.store
        return bool(store.queue.active() or store.promises.waiting())

    def _leave(self) -> None:
        # First gone, then a last look: whoever queued something before saw this engine alive.
        self._membership.leave()
        if self._awaited():
            self._membership.enter()
            self._since = time.monotonic()
        else:
            self._stop.now(IDLE)
