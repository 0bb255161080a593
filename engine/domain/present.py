"""What a target holds at this moment for a record's key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Present:
    """The answer of a target: `fields`, None where it holds nothing.

    `problem` says why nobody knows: it cannot be asked, it did not answer, or there is no key.
    """

    system: str
    at: datetime
    fields: Mapping[str, Any] | None = None
    problem: str | None = None

    @property
    def absent(self) -> bool:
        """Whether the target was asked and has no such record."""
        return self.fields is None and self.problem is None


def present_document(present: Present | None) -> dict[str, Any] | None:
    """What `record --target --json` has under `target`; null where nobody asked."""
    if present is None:
        return None
    return {
        "system": present.system,
        "at": present.at.isoformat().replace("+00:00", "Z"),
        "holds": None if present.fields is None else dict(present.fields),
        "problem": present.problem,
    }
