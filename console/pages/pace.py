"""How fast a run goes and how long it will take, from one glimpse to the next."""

from collections import deque

from engine.domain.requests import Glimpse
from engine.domain.values import dataclass

WINDOW = 10.0
"""Seconds over which the rate is taken: long enough to be calm, short enough to be true."""

SURE = 2
"""Batches that must have finished before anything is said of the time left."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Records a second, and seconds left; None where nobody can tell yet."""

    rate: float | None
    left: float | None


class Pacer:
    """Remembers the last seconds of a run. What a resumed run had before does not count."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()
        self._first: tuple[float, int, int] | None = None

    def after(self, glimpse: Glimpse) -> Pace:
        """The pace, this glimpse included."""
        point = (glimpse.now.timestamp(), _records(glimpse), done(glimpse))
        self._first = self._first or point
        self._seen.append(point)
        while len(self._seen) > 2 and point[0] - self._seen[1][0] >= WINDOW:
            self._seen.popleft()
        return Pace(self._rate(point), self._left(point, glimpse))

    def _rate(self, point: tuple[float, int, int]) -> float | None:
        then = self._seen[0]
        passed = point[0] - then[0]
        return (point[1] - then[1]) / passed if passed > 0 else None

    def _left(self, point: tuple[float, int, int], glimpse: Glimpse) -> float | None:
        first = self._first or point
        finished = point[2] - first[2]
        waiting = glimpse.batches.planned - point[2]
        if finished < SURE or not waiting:
            return None
        return (point[0] - first[0]) / finished * waiting


def done(glimpse: Glimpse) -> int:
    """Batches that are over."""
    return glimpse.batches.completed + glimpse.batches.failed


def _records(glimpse: Glimpse) -> int:
    return glimpse.records.fetched + glimpse.records.from_snapshots


def opening(glimpse: Glimpse) -> str:
    """Which Sync Event this is."""
    if glimpse.resumed:
        return f"resuming #{glimpse.event} of {glimpse.link}"
    return f"{glimpse.link} runs as #{glimpse.event}"
