"""The chore that looks at every Link's figures, and the one that tells people."""

import logging
from datetime import datetime

from engine.domain.alert import AlertState
from engine.operations import alerts, notifying
from engine.operations.context import Context
from engine.operations.loaded import Loaded

SECONDS = 10.0
"""How long one round of telling may take; an engine that is stopped waits for it."""

log = logging.getLogger("linkdeck.alerts")


class Alerting:
    """Rules begin to fire, and stop."""

    name = "alerts"
    every = 15.0

    def __init__(self, context: Context) -> None:
        self._context, self._loaded = context, Loaded(context)

    def do(self, now: datetime) -> None:
        """Look at every Link once."""
        for change in alerts.watch(self._context, self._loaded, now=now):
            level = logging.WARNING if change.state is AlertState.FIRING else logging.INFO
            said = "%s (%s): %s%s"
            why = f" [{change.why}]" if change.why else ""
            log.log(level, said, change.state, change.priority, change.sentence, why)


class Notifying:
    """Whoever is to know is told."""

    name = "notifications"
    every = 1.0

    def __init__(self, context: Context) -> None:
        self._context = context

    def do(self, now: datetime) -> None:
        """Send what is due."""
        notifying.deliver(self._context, now=now, seconds=SECONDS)
