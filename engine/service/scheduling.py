"""The chore that heeds schedules."""

from datetime import datetime

from engine.domain.errors import Refused
from engine.engine import Engine


class Scheduling:
    """Queues what is due; what cannot be heeded is said, and tried again."""

    name = "schedules"
    every = 1.0

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def do(self, now: datetime) -> None:
        """Look at every schedule once. Raises Refused for Links that cannot be heeded."""
        done = self._engine.keep_schedules(now)
        if done.problems:
            raise Refused("; ".join(done.problems))
