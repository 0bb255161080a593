"""The time of day, in one place, so that pictures can be drawn at a time that stands still."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
