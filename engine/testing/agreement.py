"""Whether a value and what JSON or another system makes of it are the same."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any


def agrees(value: Any, told: Any) -> bool:
    """Whether `told`, as read from JSON or a database, says what `value` is.

    Numbers agree by value, a flag with 0 or 1, a time with its ISO text.
    """
    return canonical(value) == canonical(told) or str(value) == str(told)


def canonical(value: Any) -> str:
    """One text for values that agree."""
    match value:
        case Mapping():
            fields = sorted(f"{name}: {canonical(item)}" for name, item in value.items())
            text = "{" + ", ".join(fields) + "}"
        case list() | tuple():
            text = "[" + ", ".join(map(canonical, value)) + "]"
        case bool() | int() | float() | Decimal():
            text = _number(value)
        case datetime() | date():
            text = _moment(value)
        case str():
            text = _text(value)
        case _:
            text = repr(value)
    return text


def _number(value: float | Decimal) -> str:
    number = Decimal(str(value + 0))
    return str(number.normalize() + 0) if number.is_finite() else str(number)


def _text(value: str) -> str:
    try:
        return _moment(datetime.fromisoformat(value))
    except ValueError:
        return repr(value)


def _moment(value: date) -> str:
    if not isinstance(value, datetime):
        # A date is told as midnight by systems that know only times.
        value = datetime.combine(value, time())
    return str(value.timestamp()) if value.tzinfo else value.isoformat()
