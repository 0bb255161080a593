"""The chore that takes away what is old, a little at a time, beside the runs."""

import logging
import socket
from datetime import datetime

from engine.operations import retention
from engine.operations.context import Context

log = logging.getLogger("linkdeck.retention")

SECONDS = 5.0
"""How long one round may take; the next one goes on where it ended."""


class Retaining:
    """Retention, now and then."""

    name = "retention"
    every = 600.0

    def __init__(self, context: Context) -> None:
        self._context = context

    def do(self, now: datetime) -> None:
        """One round."""
        del now
        actor = f"engine@{socket.gethostname()}"
        done = retention.purge(self._context, actor=actor, seconds=SECONDS, gentle=True)
        for each in done.links:
            if not each.nothing:
                said = "purged of %s: %s Snapshots, %s Batches, %s Sync Events"
                log.info(said, each.link, each.snapshots, each.batches, each.events)
        if done.audit:
            log.info("purged: %s rows of the audit", done.audit)
