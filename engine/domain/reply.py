"""What another system said about a record that a stage asked it about."""

from collections.abc import Mapping
from typing import Any

from engine.domain.errors import Attempt, SyncError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered about one record: a value, or why there is none; picklable.

    `attempts` are the tries that failed before the value came. A SystemSyncError as `error` ends
    the run at that record; any other fails the record.
    """

    value: Any = None
    error: SyncError | None = None
    attempts: tuple[Attempt, ...] = ()


Replies = Mapping[str, Reply]
"""What was answered about one record, by the name of the stage that asked."""
