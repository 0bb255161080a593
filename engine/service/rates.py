"""How often a Link takes deliveries: a bucket of one second's worth, filled as time goes by."""

import math
from collections.abc import Callable


class Buckets:
    """A bucket a Link; for one thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._left: dict[str, tuple[float, float]] = {}

    def wait(self, link: str, rate: float) -> int:
        """0, and one delivery is taken out; or the seconds after which there is one again."""
        moment = self._now()
        full = max(1.0, rate)
        left, since = self._left.get(link, (full, moment))
        left = min(full, left + (moment - since) * rate)
        if left < 1.0:
            self._left[link] = (left, moment)
            return max(1, math.ceil((1.0 - left) / rate))
        self._left[link] = (left - 1.0, moment)
        return 0
