"""A compiled stage, and what becomes of a record that fails it (`on_error`)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.domain.errors import SystemSyncError
from engine.domain.stage import Disposition, OnError
from engine.domain.values import dataclass
from engine.filters.flight import Failure, Flight, failure_of
from engine.filters.sentences import without_data

CALL = "call"
"""The kind of stage whose failure, where it is optional, is routed `delayed` (T6)."""

Seen = Callable[[int], dict[Any, int]]
"""What the Batch has met so far, by number of the `unique` rule: value → row."""


class Work(Protocol):
    """What a stage does with a record: changes it, or says what is wrong with it."""

    def __call__(self, flight: Flight, seen: Seen, /) -> list[Failure]: ...


@dataclass(frozen=True, slots=True)
class Step:
    """A stage as the slow way runs it; `kind` is its word in a definition."""

    name: str
    kind: str
    work: Work
    on_error: OnError = OnError()
    condition: Callable[[Mapping[str, Any]], bool] | None = None

    def applies(self, flight: Flight) -> bool:
        """Whether the record meets the stage's condition."""
        return self.condition is None or self.condition(flight.fields)

    def take(self, flight: Flight, seen: Seen) -> None:
        """Run the stage on a record that meets its condition."""
        if not self.applies(flight):
            return
        try:
            failures = self.work(flight, seen)
        except SystemSyncError as raised:
            flight.stop = (self.name, self.kind, failure_of(raised))
            flight.over = True
            return
        if failures:
            self._settle(flight, failures)

    def _settle(self, flight: Flight, failures: list[Failure]) -> None:
        policy = self.on_error
        if policy.stops:
            flight.stop = (self.name, self.kind, failures[0])
            flight.over = True
            if flight.tried is not None:
                flight.become(flight.tried, stage=self.name)
            return
        if policy.status is Disposition.FAILED:
            flight.failures.extend((self.name, failure) for failure in failures)
        elif policy.status is Disposition.WARNING:
            flight.warnings.extend(failure.message for failure in failures)
            if self.kind == CALL:
                flight.delayed.extend((self.name, failure) for failure in failures)
        self._go_on(flight, failures)

    def _go_on(self, flight: Flight, failures: list[Failure]) -> None:
        """Whether the record sees the next stage; unchanged, then."""
        if self.on_error.proceed:
            flight.tried = None
            return
        flight.over = True
        if flight.tried is not None:
            flight.become(flight.tried, stage=self.name)
        if self.on_error.status is not Disposition.FAILED:
            flight.ignored = reason_of(failures)
            flight.excepted = True


def reason_of(failures: list[Failure]) -> str:
    """The Ignore Reason that errors make: without their data, so that reasons stay few."""
    return "; ".join(dict.fromkeys(without_data(failure.message) for failure in failures))
