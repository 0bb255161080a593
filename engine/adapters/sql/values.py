"""Values on their way into a column and back: what a cast makes, as text and numbers.

Decimals are text with every digit, times ISO text in UTC, dates ISO text, truth 1 and 0: SQLite
has no types of its own for these, and PostgreSQL reads them as the types of its columns.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from engine.domain.missing import Missing

NONE_TYPE = type(None)


class Unstorable(ValueError):
    """A value that no column can hold; its text ends the sentence that starts with the field."""


def moment(value: datetime) -> str:
    """A time as ISO text in UTC; one without a zone as it is."""
    if value.tzinfo is not None and value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat()


def day(value: date) -> str:
    """A date as ISO text."""
    return value.isoformat()


def digits(value: Decimal) -> str:
    """A decimal as text, with exactly the digits it has and no exponent."""
    return format(value, "f")


def truth(value: object) -> int:
    """1 or 0."""
    return 1 if value else 0


ENCODERS: Mapping[str, Callable[[Any], Any]] = {
    "datetime": moment,
    "date": day,
    "decimal": digits,
    "bool": truth,
}
"""By cast, what `push` takes; the other casts make text and numbers, which need nothing."""


def plain(value: Any) -> Any:
    """A value of any kind as text, number, bytes or null; raises Unstorable."""
    if value is None or isinstance(value, Missing):
        return None
    for kind, form in _FORMS:
        if isinstance(value, kind):
            return form(value)
    raise Unstorable(
        f"is a value of type {type(value).__name__}, which a column cannot hold"
    )


def json_text(value: object) -> str:
    """A nested value as JSON text; raises Unstorable for what JSON cannot hold."""
    try:
        return json.dumps(
            value, allow_nan=False, ensure_ascii=False, separators=(",", ":"), default=plain
        )
    except RecursionError:
        raise Unstorable("is nested too deeply to be written") from None
    except (ValueError, TypeError) as cause:
        raise Unstorable(f"cannot be written as JSON: {cause}") from None


def check_text(text: str) -> str:
    """Text that can be encoded; half a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError as cause:
        raise Unstorable(
            f"has half a character (a lone surrogate) at position {cause.start + 1}"
        ) from None
    return text


def _finite(value: float) -> float:
    if not isfinite(value):
        raise Unstorable("is not a finite number, which no column can hold as such")
    return float(value)


def _finite_digits(value: Decimal) -> str:
    if not value.is_finite():
        raise Unstorable("is not a finite number, which no column can hold as such")
    return digits(value)


_FORMS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (str, lambda value: check_text(str(value))),
    (bool, int),
    (int, int),
    (float, _finite),
    (datetime, moment),
    ((date, time), lambda value: value.isoformat()),
    (Decimal, _finite_digits),
    ((dict, list, tuple), lambda value: check_text(json_text(value))),
    ((bytes, bytearray, memoryview), bytes),
    (UUID, str),
)
