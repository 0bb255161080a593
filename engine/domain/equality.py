"""Does a target hold just what would be written? Compared value by value, never by their text."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Number = int | float | Decimal


def same_row(planned: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether every field of what would be written is there and equal; others do not matter."""
    return all(name in held and same(value, held[name]) for name, value in planned.items())


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: numbers by value, times by their moment."""
    if one is None or other is None:
        return one is other
    if isinstance(one, bool | Number) and isinstance(other, bool | Number):
        return _exact(one) == _exact(other)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return _aware(one) == _aware(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and same_row(one, other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, date | datetime) is not isinstance(other, date | datetime):
        return False
    return bool(one == other)


def _exact(number: bool | Number) -> Number:
    """A float by its shortest text, so that 0.1 is what a decimal column calls 0.1."""
    return Decimal(repr(number)) if isinstance(number, float) else number


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
