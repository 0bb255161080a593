"""What expressions can do with texts; anything but a text gives null, or false."""

import re
from datetime import date, time
from decimal import Decimal
from functools import lru_cache

from engine.domain.expression.patterns import MATCHED_LIMIT, compile_pattern

TEXT_LIMIT = 1_000_000
"""The longest text that `+` makes."""

_NUMERIC = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?")


def joined(left: str, right: str) -> str | None:
    """One text after the other; null where that grows too long."""
    return left + right if len(left) + len(right) <= TEXT_LIMIT else None


def lower(value: object) -> str | None:
    """The text in small letters."""
    return value.lower() if isinstance(value, str) else None


def upper(value: object) -> str | None:
    """The text in capitals."""
    return value.upper() if isinstance(value, str) else None


def strip(value: object) -> str | None:
    """The text without white space at its ends."""
    return value.strip() if isinstance(value, str) else None


def startswith(value: object, start: object) -> bool:
    """Whether the text begins so."""
    return isinstance(value, str) and isinstance(start, str) and value.startswith(start)


def endswith(value: object, end: object) -> bool:
    """Whether the text ends so."""
    return isinstance(value, str) and isinstance(end, str) and value.endswith(end)


_compiled = lru_cache(maxsize=1024)(compile_pattern)


def matches(value: object, pattern: str) -> bool:
    """Whether the whole text has the form of the pattern; texts over the limit have not."""
    if not isinstance(value, str) or len(value) > MATCHED_LIMIT:
        return False
    return _compiled(pattern).fullmatch(value) is not None


def number(value: object) -> int | float | Decimal | None:
    """A number as it is, or the number in a text, exactly; null where there is none."""
    if isinstance(value, int | float | Decimal):
        return None if isinstance(value, bool) else value
    if not isinstance(value, str):
        return None
    digits = value.strip()
    if not _NUMERIC.fullmatch(digits):
        return None
    return int(digits) if digits.lstrip("+-").isdigit() else Decimal(digits)


def text(value: object) -> str | None:
    """A plain value as text; null for lists, objects and null."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case date() | time():
            return value.isoformat()
        case int() | float() | Decimal():
            return _digits(value)
        case _:
            return None


def _digits(value: float | Decimal) -> str | None:
    try:
        return str(value)
    except ValueError:  # an integer beyond the interpreter's limit of digits
        return None
