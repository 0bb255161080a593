"""The service's loop: every chore on a thread of its own, so that a slow one holds up no other."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from engine.domain.errors import LinkdeckError
from engine.domain.requests import Stop
from engine.service.chore import Chore

LATE = 30.0
"""Seconds over its time after which a chore counts as hanging."""

log = logging.getLogger("linkdeck.service")


def utc_now() -> datetime:
    """The clock of the service, where no other is given."""
    return datetime.now(UTC)


class Loop:
    """Chores done until the switch is turned; `now` is the clock they are told."""

    def __init__(
        self,
        chores: Sequence[Chore],
        stop: Stop,
        *,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._stop, self._now = stop, now
        self._rounds = [_Round(chore) for chore in chores]

    def run(self) -> None:
        """Do them until the switch is turned, and what was begun is done."""
        threads = [
            threading.Thread(target=self._again, args=(each,), name=each.chore.name)
            for each in self._rounds
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def late(self) -> tuple[str, ...]:
        """Names of the chores that hang; empty: the loop is beating."""
        moment = time.monotonic()
        return tuple(
            each.chore.name
            for each in self._rounds
            if moment - each.done > each.chore.every + LATE
        )

    def _again(self, each: "_Round") -> None:
        while not self._stop.asked:
            began = time.monotonic()
            each.go(self._now())
            self._stop.wait(max(0.0, began + each.chore.every - time.monotonic()))


class _Round:
    """A chore, when it was last done, and what it complained of last."""

    def __init__(self, chore: Chore) -> None:
        self.chore = chore
        self.done = time.monotonic()
        self._said: str | None = None

    def go(self, now: datetime) -> None:
        """Do it once; a complaint is logged when it differs from the one before."""
        try:
            self.chore.do(now)
        except LinkdeckError as problem:
            if self._news(str(problem)):
                log.warning("%s: %s", self.chore.name, problem)
        except Exception as bug:  # the service's edge: a broken chore ends no other
            if self._news(repr(bug)):
                log.exception("%s: unforeseen, please report it", self.chore.name)
        else:
            if self._said is not None:
                log.info("%s: works again", self.chore.name)
                self._said = None
        self.done = time.monotonic()

    def _news(self, said: str) -> bool:
        news, self._said = said != self._said, said
        return news
