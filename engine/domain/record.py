"""A Record in flight, for custom code and for records with a story."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from engine.domain.errors import RecordSyncError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One business object on its way; every change is a new value.

    `fields` is what the stages have made so far, `position` its place in the Batch from 0.
    """

    fields: Mapping[str, Any]
    position: int = 0
    warnings: tuple[str, ...] = ()
    ignore_reason: str | None = None

    def with_fields(self, **changes: object) -> "Record":
        """The record with these fields set."""
        return replace(self, fields={**self.fields, **changes})

    def without(self, *names: str) -> "Record":
        """The record with these fields taken out."""
        return replace(
            self, fields={k: v for k, v in self.fields.items() if k not in names}
        )

    def with_warning(self, text: str) -> "Record":
        """The record with a Warning, which never blocks (T4)."""
        return replace(self, warnings=(*self.warnings, text))

    def ignored(self, reason: str) -> "Record":
        """The record left out for a reason; one without a reason is a Record error (T4)."""
        if not reason.strip():
            raise RecordSyncError(
                "an ignored record must give its reason", code="ignored_without_reason"
            )
        return replace(self, ignore_reason=reason)


@dataclass(frozen=True, slots=True)
class Repeat(Exception):
    """Raised by custom code: try this again in `interval` seconds, `hops` times at most."""

    interval: float = 60.0
    hops: int = 10
    reason: str = field(default="asked to repeat")
