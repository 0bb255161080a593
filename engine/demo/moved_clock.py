"""A clock that was put to another time, from where it goes on."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class MovedClock:
    """What time it is in the demo's past; it can be pickled, and goes on in other processes."""

    at: datetime
    _put: float = field(default_factory=time.monotonic)

    def put(self, at: datetime) -> None:
        """It is that late now."""
        self.at, self._put = at, time.monotonic()

    def __call__(self) -> datetime:
        """What time it is by it."""
        return self.at + timedelta(seconds=time.monotonic() - self._put)
