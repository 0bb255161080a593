"""Does a target hold just what would be written? Compared value by value, never by their text."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any


def same_row(planned: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether every field of what would be written is there and equal; others do not matter."""
    return all(name in held and same(value, held[name]) for name, value in planned.items())


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: numbers by value, times by their moment."""
    if one is None or other is None:
        return one is other
    if isinstance(one, str) is not isinstance(other, str):
        one, other = _read_as(one, other), _read_as(other, one)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and same_row(one, other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(_comparable(one) == _comparable(other))


def _comparable(value: Any) -> Any:
    """A float by its shortest text, as a decimal column has it; a time with its zone."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def _read_as(value: Any, model: Any) -> Any:
    """Text as the time or the decimal it is compared with: JSON has no types for these."""
    if not isinstance(value, str):
        return value
    try:
        if isinstance(model, datetime):
            return datetime.fromisoformat(value)
        if isinstance(model, date):
            return date.fromisoformat(value)
        return Decimal(value) if isinstance(model, Decimal) else value
    except (ValueError, ArithmeticError):
        return value
