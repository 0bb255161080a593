"""The rules `range` and `length`: numbers, times and sizes between two bounds, both allowed."""

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.filters.numerals import exact, is_finite
from engine.filters.refusal import Refusal, not_a
from engine.filters.sentences import quoted
from engine.filters.times import as_datetime

Bound = Any
"""A number or a time; `bounds_of` sees to it that both are of one kind."""


def bounds_of(options: Mapping[str, Any]) -> tuple[Bound | None, Bound | None]:
    """The least and the most: numbers, or times where they read as such; ValueError else."""
    least, most = (_bound(options.get(name)) for name in ("min", "max"))
    if least is None and most is None:
        raise ValueError("range needs min or max")
    if least is not None and most is not None:
        if isinstance(least, datetime) is not isinstance(most, datetime):
            raise ValueError("range has a number and a time for its bounds")
        if least > most:
            raise ValueError(f"range has a min of {least} above its max of {most}")
    return least, most


def range_fault(options: Mapping[str, Any]) -> Callable[[object], str | None]:
    """The rule `range`."""
    least, most = bounds_of(options)
    timed = isinstance(least if least is not None else most, datetime)

    def fault(value: object) -> str | None:
        try:
            found = _time(value) if timed else _number(value)
        except Refusal as refusal:
            return refusal.why
        if least is not None and not _at_least(found, least):
            return f"{quoted(value)} is below {options['min']}"
        if most is not None and not _at_least(most, found):
            return f"{quoted(value)} is above {options['max']}"
        return None

    return fault


def length_fault(options: Mapping[str, Any]) -> Callable[[object], str | None]:
    """The rule `length`: characters of a text or number, elements of a list or object."""
    least, most = sizes_of(options)

    def fault(value: object) -> str | None:
        if isinstance(value, bool):
            return not_a("text", value).why
        size = len(value) if isinstance(value, (str, list, dict)) else len(str(value))
        unit = "element" if isinstance(value, (list, dict)) else "character"
        if size < least:
            return f"has fewer than {_counted(least, unit)}"
        return f"has more than {_counted(most, unit)}" if size > most else None

    return fault


def _counted(count: float, unit: str) -> str:
    return f"{count:.0f} {unit}{'' if count == 1 else 's'}"


def sizes_of(options: Mapping[str, Any]) -> tuple[int, float]:
    """The least and the most length; ValueError where neither is given."""
    if options.get("min") is None and options.get("max") is None:
        raise ValueError("length needs min or max")
    most = options.get("max")
    return options.get("min") or 0, math.inf if most is None else most


def _bound(raw: object) -> Bound | None:
    if raw is None:
        return None
    if isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw):
        return raw
    if isinstance(raw, date):
        return as_datetime(raw)
    try:
        return exact(raw, "a number")
    except Refusal:
        return as_datetime(raw)


def _at_least(high: Any, low: Any) -> bool:
    # A float meets a decimal by its shortest text, else 0.1 would be above 0.1.
    if isinstance(high, float) and isinstance(low, Decimal):
        high = Decimal(repr(high))
    if isinstance(low, float) and isinstance(high, Decimal):
        low = Decimal(repr(low))
    return bool(high >= low)


def _number(value: object) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise not_a("a number", value)
    if not isinstance(value, int) and not is_finite(value):
        raise not_a("a number", value)
    return value


def _time(value: object) -> datetime:
    if not isinstance(value, date):
        raise not_a("a time", value)
    return as_datetime(value)
