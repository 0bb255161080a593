"""Maps and checks one at a time, generated: what the slow way takes where a stage is plain sailing.

The interpreted stage is asked wherever a piece finds anything odd, so it remains the truth; a
record that fails one check in ten need not be interpreted for the other nine.
"""

from collections.abc import Callable
from typing import Any

from engine.domain.expression import RUNTIME, reach
from engine.domain.missing import MISSING
from engine.domain.values import dataclass
from engine.filters.checking import Checker
from engine.filters.fast.checks import write_check, write_preparation
from engine.filters.fast.odd import ODD, Odd
from engine.filters.fast.result import write_made
from engine.filters.fast.scope import Scope
from engine.filters.fast.values import write_field
from engine.filters.fast.writer import Writer
from engine.filters.flight import Failure, Flight
from engine.filters.layout import heads_of
from engine.filters.mapping import Mapper
from engine.filters.stages import AnyWork
from engine.filters.step import Seen, Work


@dataclass(frozen=True, slots=True)
class QuickMapper:
    """A map stage that is only interpreted where its generated function gives up."""

    mapper: Mapper
    make: Callable[[Any], dict[str, Any]]

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        try:
            made = self.make(flight.fields)
        except ODD:
            return self.mapper(flight, seen)
        flight.become(made, stage=self.mapper.name)
        return []


@dataclass(frozen=True, slots=True)
class QuickChecker:
    """A check stage whose rules are only interpreted where the generated one suspects them."""

    checker: Checker
    suspects: Callable[[Any, int, Seen], list[int]]

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        try:
            suspects = self.suspects(flight.fields, flight.row, seen)
        except ODD:
            return self.checker(flight, seen)
        checks = self.checker.checks
        if not suspects:
            return []
        return self.checker.judged([checks[place] for place in suspects], flight, seen)


def quickened(work: AnyWork) -> Work:
    """The stage with its generated piece, where it has one."""
    match work:
        case Mapper():
            return QuickMapper(work, _generated(_write_map, work))
        case Checker():
            return QuickChecker(work, _generated(_write_checks, work))
        case _:
            return work


def _generated(write: Callable[[Writer, Scope, Any], None], work: Mapper | Checker) -> Any:
    writer = Writer()
    writer.names.update(RUNTIME)
    writer.names.update({"Odd": Odd, "M": MISSING, "reach": reach})
    with writer.block("def piece(r, i=0, seen=None):"):
        writer.line("get = r.get")
        scope = Scope(writer, None, struct=False)
        scope.load(heads_of(work))
        write(writer, scope, work)
    return writer.made("piece")


def _write_map(writer: Writer, scope: Scope, work: Mapper) -> None:
    made = {
        maker.field: write_field(writer, scope, maker, exact=True) for maker in work.makers
    }
    scope.become(made, keep=work.keep)
    write_made(writer, scope)
    writer.line("return row")


def _write_checks(writer: Writer, scope: Scope, work: Checker) -> None:
    writer.line("found = []")
    for place, check in enumerate(work.checks):
        write_preparation(writer, check, seen="seen")
        write_check(writer, scope, check, then=f"found.append({place})")
    writer.line("return found")
