"""Columns that would change a value without a word: what each takes exactly, what it must refuse.

Decimals, whole numbers and digits in text are exact, and stay so or are refused; a float is
rounded to what its column holds, as floats are.
"""

import re
import struct
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.adapters.sql.table import Table
from engine.adapters.sql.values import digits

Guard = Callable[[Any], str | None]
"""Why a column would not hold this value as it is; the text follows the field's name."""

SAFE_DIGITS = 15
"""So many digits every double holds."""

_SAFE_WHOLE = 2**53
_PLAIN_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def guards_of(
    table: Table, casts: Mapping[str, str | None], guard: Callable[[str, str], Guard | None]
) -> Mapping[str, Guard]:
    """By column, its guard; `guard` is told a column's type and the cast of its values."""
    made = {
        name: guard(column.kind, casts.get(name) or "")
        for name, column in table.columns.items()
    }
    return {name: each for name, each in made.items() if each is not None}


def decimals(most: int, kind: str) -> Guard:
    """A column with so many decimals, which would round the rest away."""

    def guard(value: Any) -> str | None:
        text = value if type(value) is str else _exact_text(value)
        if text is None:
            return None
        rest = text.partition(".")[2].rstrip()[most:]
        if rest.isdigit() and rest.strip("0"):
            return f"has more decimals than {kind} takes: round it in a stage"
        return None

    return guard


def binary(kind: str, *, single: bool = False, of_text: bool = True) -> Guard:
    """A column of binary floating point, which drops digits beyond its own."""
    safe = 6 if single else SAFE_DIGITS

    def guard(value: Any) -> str | None:
        if type(value) is int and -_SAFE_WHOLE < value < _SAFE_WHOLE and not single:
            return None
        text = value if type(value) is str and of_text else _exact_text(value)
        if text is None or len(text) <= safe or not _PLAIN_NUMBER.fullmatch(text):
            return None
        if _is_kept(text, single=single):
            return None
        return f"has more digits than {kind} keeps: cast it to str, or widen the column"

    return guard


def midnight(kind: str) -> Guard:
    """A column of dates, which would cut off the time of day."""

    def guard(value: Any) -> str | None:
        if type(value) is not str or value[11:].startswith("00:00:00+"):
            return None
        return f"has a time of day, and its column is a {kind}: cast it to date"

    return guard


def _exact_text(value: Any) -> str | None:
    if isinstance(value, Decimal):
        return digits(value) if value.is_finite() else None
    return str(value) if type(value) is int else None


def _is_kept(text: str, *, single: bool) -> bool:
    try:
        number = float(text)
        if single:
            (number,) = struct.unpack("f", struct.pack("f", number))
            return Decimal(f"{number:.9g}") == Decimal(text)
        return Decimal(repr(number)) == Decimal(text)
    except (ValueError, OverflowError, InvalidOperation):
        return True  # The database says by itself that it cannot.
