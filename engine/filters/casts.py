"""The casts of a map, by name: a value in, a value of the named type out, or a Refusal.

Null and missing never reach a cast.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from engine.domain.stage import Cast
from engine.filters import numerals, times
from engine.filters.encoding import as_json
from engine.filters.refusal import Refusal, not_a

_YES = frozenset({"true", "yes", "1"})
_NO = frozenset({"false", "no", "0"})
_DIGITS = 4000
_TRUTHS = "true or false (true, false, yes, no, 1, 0)"


def as_text(value: object) -> str:
    """The text of a plain value: numbers in their shortest form, times as ISO text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (dict, list, bytes, bytearray, memoryview)):
        raise not_a("text", value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(numerals.as_decimal(value), "f")
    if isinstance(value, int) and value.bit_length() > _DIGITS:
        raise Refusal("is too large a number")
    return str(value)


def as_bool(value: object) -> bool:
    """True or false, also as the words true, false, yes, no, 1, 0."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in {0, 1}:
        return value == 1
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _YES or word in _NO:
            return word in _YES
    raise not_a(_TRUTHS, value)


def as_json_text(value: object) -> str:
    """The value as JSON text."""
    try:
        return as_json(value).decode()
    except RecursionError:
        raise Refusal("is nested too deeply for JSON text", misfit=True) from None


CASTS: Mapping[Cast, Callable[..., Any]] = {
    Cast.STR: as_text,
    Cast.INT: numerals.as_int,
    Cast.FLOAT: numerals.as_float,
    Cast.DECIMAL: numerals.as_decimal,
    Cast.BOOL: as_bool,
    Cast.DATE: times.as_date,
    Cast.DATETIME: times.as_datetime,
    Cast.EPOCH: times.as_epoch,
    Cast.EPOCH_MS: times.as_epoch_ms,
    Cast.CENTS: numerals.as_cents,
    Cast.JSON: as_json_text,
}

TIMED = frozenset({Cast.DATE, Cast.DATETIME, Cast.EPOCH, Cast.EPOCH_MS})
"""The casts that a strptime format applies to."""


def cast_of(cast: Cast, pattern: str | None) -> Callable[[object], Any]:
    """The function behind a cast, reading by the format where the cast knows formats."""
    if pattern is not None and cast in TIMED:
        return times.with_format(CASTS[cast], pattern)
    return CASTS[cast]
