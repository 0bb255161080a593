"""The queue as a chore: what nobody runs is given a process; what ended is forgotten."""

import logging
from datetime import datetime

from engine.domain.requests import Stop
from engine.operations.claims import give_up_hopeless
from engine.operations.context import Context
from engine.service.run_processes import RunProcesses

log = logging.getLogger("linkdeck.queue")

EVERY = 0.2
"""Seconds; what is queued is taken within half a second."""


class Claiming:
    """So many at once, the oldest first."""

    name = "queue"
    every = EVERY

    def __init__(
        self, context: Context, processes: RunProcesses, stop: Stop, *, parallel: int
    ) -> None:
        self._context, self._processes = context, processes
        self._stop, self._parallel = stop, parallel

    def do(self, now: datetime) -> None:
        """Take what there is room for."""
        del now
        self._processes.reap()
        while len(self._processes) < self._parallel and not self._stop.asked:
            if not self._taken():
                return

    def _taken(self) -> bool:
        who = f"engine@{self._context.settings.host}"
        claimed = self._context.store.queue.claim(self._context.owner(who))
        if claimed is None:
            return False
        if claimed.hopeless:
            give_up_hopeless(self._context, claimed.owned)
            facts = {"event": claimed.owned.event, "link": claimed.link}
            words = "#%s %s: given up, one process after the other died over it"
            log.error(words, claimed.owned.event, claimed.link, extra=facts)
        else:
            self._processes.start(claimed)
        return True
