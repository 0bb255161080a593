"""What is taken up of the failures of a Sync Event: what is marked, else what matches."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from console.format import counted
from console.wanted import Sought
from engine.domain.inbox import Discarded
from engine.domain.requests import Search
from engine.domain.snapshot import OPEN_STATES
from engine.domain.together import Taken
from engine.domain.values import dataclass

OPEN = tuple(state.value for state in OPEN_STATES)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is meant, and how much of it is open."""

    taken: Taken
    records: int
    batches: int = 0

    @property
    def number(self) -> int:
        """Open failures, in all."""
        return self.records + self.batches

    @property
    def made_of(self) -> str:
        """Records and Batches, each by their number."""
        failed = ("failed Batch", "failed Batches")
        return _both((self.records, "failing record"), (self.batches, *failed))


def gathered(engine: Any, ref: str, wish: Sought, marks: Collection[int]) -> Gathered:
    """Asked in a thread: a search goes through all there is."""
    if marks:
        return _by_name(sorted(marks))
    if wish.search:
        return _by_name(_found(engine, ref, wish))
    records, batches = engine.open_count(ref, wish.selection)
    return Gathered(Taken((ref,), selection=wish.selection), records, batches)


def discarded(done: Discarded) -> str:
    """What was closed, each by its number."""
    return _both((done.records, "record"), (done.batches, "Batch", "Batches"))


def _both(*parts: tuple[int, str] | tuple[int, str, str]) -> str:
    return " and ".join(counted(*part) for part in parts if part[0])


def _by_name(snapshots: Collection[int]) -> Gathered:
    return Gathered(Taken(tuple(f"s{each}" for each in snapshots)), len(snapshots))


def _found(engine: Any, ref: str, wish: Sought) -> list[int]:
    """The open ones among what the search finds."""
    states = wish.search.states or OPEN
    wanted: Search = replace(
        wish.search, states=tuple(each for each in states if each in OPEN)
    )
    found: list[int] = []
    beyond: int | None = 0 if wanted.states else None
    while beyond is not None:
        step = engine.search(ref, wish.selection, wanted, beyond)
        found += step.snapshots
        beyond = step.reached
    return found
