"""Which part of a list of millions to read next: always from the nearest line whose id is known."""

from bisect import bisect_left, insort
from collections.abc import Sequence

from engine.domain.requests import Stretch

MOST = 4000
"""Places remembered; beyond that every second one is forgotten."""


class Paging:
    """Line numbers and the Snapshot ids known to stand there."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._rows: list[int] = []
        self._ids: dict[int, int] = {}
        self._guessed: set[int] = set()
        self._guess = False

    def plan(self, first: int, last: int) -> Stretch:
        """How to read the lines from `first` up to `last`, the last not included."""
        limit = last - first
        at = bisect_left(self._rows, first)
        below = self._rows[at - 1] if at else -1
        reach = bisect_left(self._rows, last)
        above = self._rows[reach] if reach < len(self._rows) else self.total
        if first - below <= above - last + 1:
            self._guess = below in self._guessed
            return Stretch(limit, self._ids.get(below), skip=first - below - 1)
        # What is read from the end stands elsewhere where the list has grown meanwhile.
        self._guess = above == self.total or above in self._guessed
        return Stretch(limit, self._ids.get(above), backwards=True, skip=above - last)

    def learn(self, first: int, ids: Sequence[int]) -> None:
        """These stand from line `first` on."""
        for row, snapshot in ((first, ids[0]), (first + len(ids) - 1, ids[-1])):
            if row not in self._ids:
                insort(self._rows, row)
            self._ids[row] = snapshot
            (self._guessed.add if self._guess else self._guessed.discard)(row)
        if len(self._rows) > MOST:
            self._forget()

    def grow(self, total: int) -> None:
        """The list has so many lines by now; where it ended is no place to count from any more."""
        if total != self.total:
            self.total = total
            self._keep([row for row in self._rows if row not in self._guessed])

    def _forget(self) -> None:
        self._keep(self._rows[::2])

    def _keep(self, rows: list[int]) -> None:
        self._rows = rows
        self._guessed.intersection_update(rows)
        self._ids = {row: self._ids[row] for row in self._rows}
