"""Failures as they are kept: judged once a Batch for each distinct one (T5, T6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from engine.domain.errors import (
    Error,
    ErrorRule,
    RecordSyncError,
    SystemSyncError,
    judged,
)
from engine.filters.flight import Failure


@dataclass(slots=True)
class Verdicts:
    """The judge of one Batch. `redact` takes secrets out of what custom code says."""

    rules: Mapping[str, ErrorRule]
    now: datetime
    redact: Callable[[str], str]
    _known: dict[tuple[str, Failure], Error] = field(default_factory=dict)

    def of(self, stage: str, failure: Failure) -> Error:
        """The Record error."""
        known = self._known.get((stage, failure))
        if known is None:
            known = self._known[stage, failure] = judged(
                self._raised(failure), stage=stage, at=self.now, rules=self.rules
            )
        return known

    def stop(self, stage: str, failure: Failure, *, where: str) -> Error:
        """The System error of a stage that ends the run, with where it stood."""
        message = f"{where}: {self.redact(failure.message)}"
        raised = SystemSyncError(
            message,
            code=failure.code,
            error_class=failure.error_class,
            field=failure.field,
            stage=failure.stage,
            attempts=failure.attempts,
        )
        return judged(raised, stage=stage, at=self.now, rules=self.rules)

    def _raised(self, failure: Failure) -> RecordSyncError:
        return RecordSyncError(
            self.redact(failure.message),
            code=failure.code,
            error_class=failure.error_class,
            field=failure.field,
            stage=failure.stage,
            attempts=failure.attempts,
        )
