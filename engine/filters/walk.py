"""The slow way: one record through the stages, one after the other, with its whole story."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.filters.custom import Custom
from engine.filters.flight import Flight
from engine.filters.mapping import Mapper
from engine.filters.stages import AnyWork, Compiled
from engine.filters.step import Seen, Step, Work


@dataclass(frozen=True, slots=True)
class Walk:
    """The stages in order; `shaped` is how many it takes until no field changes any more."""

    steps: tuple[Step, ...]
    shaped: int

    def through(self, flight: Flight, seen: Seen) -> None:
        """Take the record as far as it gets."""
        for number, step in enumerate(self.steps):
            if number == self.shaped:
                flight.shaped = True
            step.take(flight, seen)
            if flight.over:
                return
        flight.shaped = True


def walk_of(stages: Sequence[Compiled], *, quicken: Callable[[AnyWork], Work]) -> Walk:
    """The stages as the slow way runs them; `quicken` gives a stage its quicker form."""
    shaping = [
        number + 1
        for number, stage in enumerate(stages)
        if isinstance(stage.work, (Mapper, Custom))
    ]
    steps = tuple(stage.step(quicken(stage.work)) for stage in stages)
    return Walk(steps, max(shaping, default=0))
