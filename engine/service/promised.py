"""The chore that keeps promised retries."""

import logging
from datetime import datetime

from engine.operations import series
from engine.operations.context import Context

log = logging.getLogger("linkdeck.queue")


class Promised:
    """Queues each when its turn has come."""

    name = "promised retries"
    every = 0.5

    def __init__(self, context: Context) -> None:
        self._context = context

    def do(self, now: datetime) -> None:
        """One look."""
        del now
        for number in series.keep(self._context):
            log.info("#%s queued: it was promised", number, extra={"event": number})
