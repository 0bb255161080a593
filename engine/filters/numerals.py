"""Casts to numbers, exact: of numbers, and of trimmed numeric text in ASCII digits."""

import math
import re
from decimal import Decimal

from engine.filters.refusal import Refusal, not_a

LONGEST = 400
"""Characters of numeric text, and decimal places to either side, beyond which it is refused."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_EXACT = 1e13


def as_int(value: object) -> int:
    """A whole number; text and decimals too, where their fraction is zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) <= LONGEST:
            return int(text)
    return _whole(exact(value, "a whole number"), 1, "is not a whole number", value)


def as_float(value: object) -> float:
    """A finite floating-point number."""
    if isinstance(value, float) and math.isfinite(value):
        return value
    try:
        number = float(exact(value, "a number"))
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise Refusal("is too large a number")
    return number


def as_decimal(value: object) -> Decimal:
    """A decimal with exactly the digits that were written."""
    return exact(value, "a number")


def as_cents(value: object) -> int:
    """Hundredths, whole: 12.34 is 1234; a third decimal is refused."""
    if isinstance(value, str):
        text = value.strip()
        if text[-3:-2] == "." and len(text) <= LONGEST:
            digits = text[:-3] + text[-2:]
            if digits.isdigit() and digits.isascii():
                return int(digits)
    elif isinstance(value, float) and -_EXACT < value < _EXACT:
        # Division rounds correctly: the text of cents/100 reads back as this very float.
        cents = round(value * 100.0)
        if cents / 100 == value:
            return cents
    return _whole(exact(value, "a number"), 100, "has more than two decimals", value)


def is_finite(number: float | Decimal) -> bool:
    """Neither infinite nor a NaN, be it the kind that raises when touched."""
    return number.is_finite() if isinstance(number, Decimal) else math.isfinite(number)


def exact(value: object, wanted: str) -> Decimal:
    """The number as a decimal, a float through its shortest text."""
    if isinstance(value, bool):
        raise not_a(wanted, value)
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(value))
    if isinstance(value, Decimal) and value.is_finite():
        return _bounded(value)
    if isinstance(value, str):
        text = value.strip()
        if len(text) <= LONGEST and _NUMBER.fullmatch(text):
            return _bounded(Decimal(text))
    raise not_a(wanted, value)


def _bounded(number: Decimal) -> Decimal:
    """Without this a text of nine characters becomes an integer of a gigabyte."""
    if number and abs(number.adjusted()) > LONGEST:
        raise Refusal("is out of range for a number")
    return number


def _whole(number: Decimal, times: int, complaint: str, value: object) -> int:
    top, bottom = number.as_integer_ratio()
    whole, rest = divmod(top * times, bottom)
    if rest:
        raise Refusal(f"{_quoted_number(value)} {complaint}")
    return whole


def _quoted_number(value: object) -> str:
    return f"'{str(value).strip()[:60]}'"
