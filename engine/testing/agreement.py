"""Whether a value and what JSON or another system makes of it are the same."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.domain.missing import MISSING


def agrees(value: Any, told: Any) -> bool:
    """Whether `told`, as read from JSON or a database, says what `value` is."""
    if value is None or told is None or isinstance(value, bool):
        return _flag(value) == _flag(told)
    if isinstance(value, Mapping):
        return isinstance(told, Mapping) and fields_agree(
            value, told, value.keys() | told.keys()
        )
    if isinstance(value, list | tuple):
        return _items_agree(value, told)
    if isinstance(value, int | float | Decimal):
        return _number(value) == _number(told)
    if isinstance(value, datetime | date):
        return _moment(value) == _moment(told)
    return bool(value == told) or str(value) == str(told)


def fields_agree(
    value: Mapping[str, Any], told: Mapping[str, Any], names: Iterable[str]
) -> bool:
    """Whether these fields agree, missing ones included."""
    return all(agrees_or_misses(value.get(n, MISSING), told.get(n, MISSING)) for n in names)


def agrees_or_misses(value: Any, told: Any) -> bool:
    """The same, where a field may be missing on both sides."""
    if value is MISSING or told is MISSING:
        return value is told
    return agrees(value, told)


def canonical(value: Any) -> str:
    """One text for equal records, for comparing many in any order."""
    return json.dumps(_canonical(value), sort_keys=True)


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _canonical(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return str(_number(value))
    return str(_moment(value)) if isinstance(value, datetime | date) else str(value)


def _flag(value: Any) -> Any:
    # SQLite holds a flag as 0 or 1.
    return bool(value) if isinstance(value, bool | int) else value


def _items_agree(value: list[Any] | tuple[Any, ...], told: Any) -> bool:
    if not isinstance(told, list | tuple) or len(told) != len(value):
        return False
    return all(map(agrees, value, told))


def _number(value: Any) -> Any:
    try:
        return Decimal(str(value)).normalize() + 0
    except InvalidOperation:
        return value


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime):
        return value.timestamp() if value.tzinfo else value.isoformat()
    return (
        datetime(value.year, value.month, value.day).isoformat()
        if isinstance(value, date)
        else value
    )  # noqa: DTZ001
