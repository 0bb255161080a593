"""Failures as they are kept: judged once a Batch for each kind, its data left aside (T5, T6).

A fingerprint leaves out quoted values anyway (T7), so failures of one kind share it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.domain.errors import (
    Attempt,
    Error,
    ErrorRule,
    Owners,
    RecordSyncError,
    Route,
    SystemSyncError,
    judged,
)
from engine.filters.flight import Failure
from engine.filters.sentences import without_data

_REST = slice(3, None)


@dataclass(slots=True)
class Verdicts:
    """The judge of one Batch. `redact` takes secrets out of what custom code says."""

    rules: Mapping[str, ErrorRule]
    owners: Owners
    now: datetime
    redact: Callable[[str], str]
    _known: dict[tuple[str | None, ...], tuple[Failure, Error]] = field(
        default_factory=dict
    )

    def of(self, stage: str, failure: Failure) -> Error:
        """The Record error."""
        message = self.redact(failure.message)
        shape = without_data(message)
        kind = (stage, shape, failure.code, failure.field)
        same, known = self._known.get(kind, (None, None))
        if same is None or known is None or same[_REST] != failure[_REST]:
            known = self._judged(stage, failure, shape)
            self._known[kind] = (failure, known)
        return known if shape == message else with_message(known, message)

    def delayed(self, stage: str, failure: Failure) -> Error:
        """The error of an optional call, which waits for a better time (T6)."""
        error = self.of(stage, failure)
        named = self.rules.get(failure.code)
        if named is not None and named.route is not None:
            return error
        return replace(error, route=Route.DELAYED, owner=self._owner(named, Route.DELAYED))

    def _owner(self, rule: ErrorRule | None, route: Route) -> str | None:
        return (rule.owner if rule else None) or self.owners(route)

    def stop(self, stage: str, failure: Failure, *, where: str) -> Error:
        """The System error of a stage that ends the run, with where it stood."""
        message = f"{where}: {self.redact(failure.message)}"
        raised = SystemSyncError(
            message,
            code=failure.code,
            error_class=failure.error_class,
            field=failure.field,
            stage=failure.stage,
            attempts=self._attempts(failure),
        )
        return judged(
            raised, stage=stage, at=self.now, rules=self.rules, owners=self.owners
        )

    def _attempts(self, failure: Failure) -> tuple[Attempt, ...]:
        return tuple(
            replace(attempt, message=self.redact(attempt.message))
            for attempt in failure.attempts
        )

    def _judged(self, stage: str, failure: Failure, message: str) -> Error:
        raised = RecordSyncError(
            message,
            code=failure.code,
            error_class=failure.error_class,
            field=failure.field,
            stage=failure.stage,
            attempts=self._attempts(failure),
        )
        return judged(
            raised, stage=stage, at=self.now, rules=self.rules, owners=self.owners
        )


def with_message(error: Error, message: str) -> Error:
    """The same error in these words; by hand, for there may be many."""
    return Error(
        error.tier,
        error.error_class,
        error.durability,
        error.code,
        message,
        error.field,
        error.stage,
        error.route,
        error.fingerprint,
        error.severity,
        error.owner,
        error.attempts,
        error.at,
    )
