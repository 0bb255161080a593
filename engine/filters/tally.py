"""What the stages have made of a Batch so far: rows, counts, Snapshots."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.domain.errors import Error
from engine.domain.filter import Staged
from engine.domain.snapshot import Snapshot
from engine.filters.sentences import without_data

MOST_TEXTS = 100
"""Distinct reasons, or warnings, that one Batch tells apart; custom code may make many."""

OTHERS = "(further ones, each another)"


@dataclass(slots=True)
class Tally:
    """The books of one Batch while its records go through the stages.

    `at[j]` is the index among the fetched rows of the j-th row that passed; `seen` what `unique`
    rules have met, by rule number: value → index of the first row that had it.
    """

    rows: list[Any] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    failed: int = 0
    snapshots: list[Snapshot] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    warned: int = 0
    stop: Error | None = None
    stop_place: int | None = None
    _seen: dict[int, dict[Any, int]] = field(default_factory=dict)

    def seen(self, rule: int) -> dict[Any, int]:
        """What this `unique` rule has met in the Batch."""
        return self._seen.setdefault(rule, {})

    def ignore(self, reason: str, count: int = 1) -> None:
        """So many records are left out."""
        if count:
            self.ignored[_bounded(reason, self.ignored)] += count

    def warn(self, texts: Sequence[str]) -> None:
        """One record carries these Warnings."""
        self.warned += 1
        for text in texts:
            self.warnings[_bounded(without_data(text), self.warnings)] += 1

    def staged(self, places: Sequence[int] | None) -> Staged:
        """The Batch after the stages; `places` of the fetched rows, None: their index."""
        return Staged(
            rows=self.rows,
            places=self.at if places is None else [places[row] for row in self.at],
            keys=self.keys,
            failed=self.failed,
            snapshots=tuple(sorted(self.snapshots, key=_position)),
            ignored=dict(self.ignored),
            warnings=dict(self.warnings),
            warned=self.warned,
            stop=self.stop,
            stop_place=self.stop_place,
        )


def _bounded(text: str, counts: Counter[str]) -> str:
    return text if text in counts or len(counts) < MOST_TEXTS else OTHERS


def _position(snapshot: Snapshot) -> int:
    return snapshot.position
