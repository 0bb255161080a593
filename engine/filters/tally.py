"""What the stages have made of a Batch so far: rows, counts, Snapshots."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.domain.errors import Attempt, Error
from engine.domain.filter import Staged
from engine.domain.parking import Parked
from engine.domain.reply import Replies
from engine.domain.snapshot import Snapshot
from engine.filters.sentences import without_data

MOST_TEXTS = 100
"""Distinct reasons, or warnings, that one Batch tells apart; custom code may make many."""

OTHERS = "(further ones, each another)"


@dataclass(slots=True)
class Tally:
    """The books of one Batch while its records go through the stages.

    `at[j]` is the index among the fetched rows of the j-th row that passed; `seen` what `unique`
    rules have met, by rule number: value → index of the first row that had it. `attempts` are the
    tries of calls that were answered in the end, `compared` the fetched rows that an unchanged
    stage is for, `equal` the keys of those it has left out.
    """

    rows: list[Any] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    keys: list[tuple[Any, ...]] = field(default_factory=list)
    failed: int = 0
    snapshots: list[Snapshot] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    warned: int = 0
    excepted: int = 0
    stop: Error | None = None
    stop_place: int | None = None
    replies: dict[int, Replies] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    compared: set[int] = field(default_factory=set)
    parked: list[Parked] = field(default_factory=list)
    equal: list[tuple[Any, ...]] = field(default_factory=list)
    _seen: dict[int, dict[Any, int]] = field(default_factory=dict)

    def seen(self, rule: int) -> dict[Any, int]:
        """What this `unique` rule has met in the Batch."""
        return self._seen.setdefault(rule, {})

    def ignore(self, reason: str, count: int = 1) -> None:
        """So many records are left out."""
        if count:
            self.ignored[_bounded(reason, self.ignored)] += count

    def leave_out(self, rows: Collection[int], reason: str) -> None:
        """These of the rows that passed are not pushed after all."""
        gone = set(rows)
        for passed in (self.rows, self.at, self.keys):
            passed[:] = [each for row, each in enumerate(passed) if row not in gone]
        self.ignore(reason, len(gone))

    def warn(self, texts: Sequence[str]) -> None:
        """One record carries these Warnings."""
        self.warned += 1
        for text in texts:
            self.warnings[_bounded(without_data(text), self.warnings)] += 1

    def replied(self, place: int, replies: Replies) -> None:
        """What other systems said about the record at this place."""
        if replies:
            self.replies[place] = replies

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
            excepted=self.excepted,
            stop=self.stop,
            stop_place=self.stop_place,
            replies=self.replies,
            attempts=tuple(self.attempts),
            parked=tuple(self.parked),
            equal=self.equal,
        )


def _bounded(text: str, counts: Counter[str]) -> str:
    return text if text in counts or len(counts) < MOST_TEXTS else OTHERS


def _position(snapshot: Snapshot) -> int:
    return snapshot.position
