"""The slow way: one record through the stages, one after the other, with its whole story."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.domain.values import dataclass
from engine.filters.calling import Calling
from engine.filters.flight import Flight
from engine.filters.layout import SHAPING
from engine.filters.stages import AnyWork, Compiled
from engine.filters.step import Seen, Step, Work


@dataclass(frozen=True, slots=True)
class Walk:
    """The stages in order; `shaped` is how many it takes until no field changes any more."""

    steps: tuple[Step, ...]
    shaped: int

    @property
    def asks(self) -> bool:
        """Whether a stage asks another system."""
        return any(isinstance(step.work, Calling) for step in self.steps)

    def together(self, flights: Sequence[Flight], seen: Seen) -> None:
        """Take all the records of a Batch through stage by stage: what is asked, is asked at once.

        Up to the first that ends the run: those after it are left where they were.
        """
        left = list(flights)
        for number, step in enumerate(self.steps):
            if number == self.shaped:
                _mark_shaped(left)
            if isinstance(step.work, Calling):
                step.work.ask([flight for flight in left if step.applies(flight)])
            left = _taken(step, left, seen)
        _mark_shaped(left)

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
        number + 1 for number, stage in enumerate(stages) if isinstance(stage.work, SHAPING)
    ]
    steps = tuple(stage.step(quicken(stage.work)) for stage in stages)
    return Walk(steps, max(shaping, default=0))


def _taken(step: Step, flights: Sequence[Flight], seen: Seen) -> list[Flight]:
    """The records that go on after this stage."""
    left: list[Flight] = []
    for flight in flights:
        step.take(flight, seen)
        if flight.stop is not None:
            break
        if not flight.over:
            left.append(flight)
    return left


def _mark_shaped(flights: Sequence[Flight]) -> None:
    for flight in flights:
        flight.shaped = True
