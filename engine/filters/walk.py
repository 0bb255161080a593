"""The slow way: one record through the stages, one after the other, with its whole story."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
        for step in self.steps[: self.shaped]:
            step.take(flight, seen)
            if flight.over:
                return
        self.checked(flight, seen)

    def shaped_as(self, flight: Flight, fields: Mapping[str, Any], seen: Seen) -> None:
        """The same for a record whose fields its one shaping stage has made already."""
        flight.become(fields, stage=self.steps[self.shaped - 1].name)
        self.checked(flight, seen)

    def checked(self, flight: Flight, seen: Seen) -> None:
        """Take it through the stages that change no field."""
        flight.shaped = True
        for step in self.steps[self.shaped :]:
            step.take(flight, seen)
            if flight.over:
                return


def walk_of(stages: Sequence[Compiled], *, quicken: Callable[[AnyWork], Work]) -> Walk:
    """The stages as the slow way runs them; `quicken` gives a stage its quicker form."""
    shaping = [
        number + 1
        for number, stage in enumerate(stages)
        if isinstance(stage.work, (Mapper, Custom))
    ]
    steps = tuple(stage.step(quicken(stage.work)) for stage in stages)
    return Walk(steps, max(shaping, default=0))
