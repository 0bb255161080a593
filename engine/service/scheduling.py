"""The chore that heeds schedules."""

import logging
from datetime import datetime

from engine.domain.errors import Refused
from engine.operations.context import Context
from engine.operations.timetable import Timetable

log = logging.getLogger("linkdeck.schedules")


class Scheduling:
    """Queues what is due; what cannot be heeded is said, and tried again."""

    name = "schedules"
    every = 1.0

    def __init__(self, context: Context) -> None:
        self._timetable = Timetable(context)

    def do(self, now: datetime) -> None:
        """Look at every schedule once. Raises Refused for Links that cannot be heeded."""
        done = self._timetable.keep(now)
        for number in done.queued:
            log.info("#%s queued: it is due", number, extra={"event": number})
        if done.problems:
            raise Refused("; ".join(done.problems))
