"""What compiled expressions call at run time: comparisons and arithmetic that never raise.

Null and missing are the same here, numbers and booleans are not, and a Decimal meets a float by
the float's shortest text. What makes no sense is null, or false for a comparison.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, TypeGuard

from engine.domain.expression import texts
from engine.domain.missing import MISSING

BITS_LIMIT = 4096
"""The largest integer that multiplication makes, in bits."""

_SHAKY = (TypeError, ValueError, ArithmeticError, RecursionError)


def reach(value: object, *steps: str | int) -> object:
    """What stands inside a value along these steps, MISSING where there is nothing."""
    for step in steps:
        if isinstance(value, dict | Mapping):
            value = value.get(step, MISSING)
        elif isinstance(step, int) and isinstance(value, list | tuple):
            value = value[step] if -len(value) <= step < len(value) else MISSING
        else:
            return MISSING
    return value


def eq(left: object, right: object) -> bool:
    """Equal, and neither is null."""
    return not _null(left) and not _null(right) and _same(left, right)


def ne(left: object, right: object) -> bool:
    """Not equal, and neither is null."""
    return not _null(left) and not _null(right) and not _same(left, right)


def is_in(value: object, holder: object) -> bool:
    """An element of a list, a part of a text, a key of an object."""
    if isinstance(holder, list | tuple):
        return any(eq(value, each) for each in holder)
    return isinstance(holder, str | Mapping) and isinstance(value, str) and value in holder


def not_in(value: object, holder: object) -> bool:
    """Neither is null, and the one does not hold the other."""
    return not _null(value) and not _null(holder) and not is_in(value, holder)


def contains(holder: object, value: object) -> bool:
    """Whether the text, list or object holds the value."""
    return is_in(value, holder)


def _ordering(compare: Callable[[Any, Any], Any]) -> Callable[[object, object], bool]:
    def ordered(left: object, right: object) -> bool:
        if _is_number(left) and _is_number(right):
            left, right = _met(left, right)
        elif type(left) is not type(right) or not isinstance(
            left, str | date | time | bool
        ):
            return False
        try:
            return bool(compare(left, right))
        except _SHAKY:
            return False

    return ordered


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[object, object], object]:
    def computed(left: object, right: object) -> object:
        if not (_is_number(left) and _is_number(right)):
            return None
        try:
            return compute(*_met(left, right))
        except _SHAKY:
            return None

    return computed


lt, le = _ordering(operator.lt), _ordering(operator.le)
gt, ge = _ordering(operator.gt), _ordering(operator.ge)
sub = _arithmetic(operator.sub)
div = _arithmetic(operator.truediv)
mod = _arithmetic(operator.mod)
_sum = _arithmetic(operator.add)
_product = _arithmetic(operator.mul)


def add(left: object, right: object) -> object:
    """The sum of numbers, or two texts one after the other."""
    if isinstance(left, str) and isinstance(right, str):
        return texts.joined(left, right)
    return _sum(left, right)


def mul(left: object, right: object) -> object:
    """The product of numbers; never a repetition."""
    if _bits(left) + _bits(right) > BITS_LIMIT:
        return None
    return _product(left, right)


def neg(value: object) -> object:
    """The number with its sign turned around."""
    return sub(0, value)


def pos(value: object) -> object:
    """The number as it is; null for anything else."""
    return value if _is_number(value) else None


def length(value: object) -> int | None:
    """Characters of a text, elements of a list, keys of an object."""
    return len(value) if isinstance(value, str | list | tuple | Mapping) else None


def coalesce(*values: object) -> object:
    """The first value that is not null."""
    return next((value for value in values if not _null(value)), None)


def exists(value: object) -> bool:
    """Whether the field is there at all, null or not."""
    return value is not MISSING


def _null(value: object) -> bool:
    return value is None or value is MISSING


def _is_number(value: object) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _same(left: object, right: object) -> bool:
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    if _is_number(left) and _is_number(right):
        left, right = _met(left, right)
    try:
        return bool(left == right)
    except _SHAKY:
        return False


def _met(
    left: float | Decimal, right: float | Decimal
) -> tuple[float | Decimal, float | Decimal]:
    if isinstance(left, float) and isinstance(right, Decimal):
        return Decimal(repr(left)), right
    if isinstance(left, Decimal) and isinstance(right, float):
        return left, Decimal(repr(right))
    return left, right


def _bits(value: object) -> int:
    return value.bit_length() if isinstance(value, int) else 0


RUNTIME: Mapping[str, Any] = {
    "_x_MISSING": MISSING,
    "_x_int": int,
    "_x_float": float,
    "_x_str": str,
    "_x_reach": reach,
    "_x_eq": eq,
    "_x_ne": ne,
    "_x_lt": lt,
    "_x_le": le,
    "_x_gt": gt,
    "_x_ge": ge,
    "_x_not_in": not_in,
    "_x_contains": contains,
    "_x_add": add,
    "_x_sub": sub,
    "_x_mul": mul,
    "_x_div": div,
    "_x_mod": mod,
    "_x_neg": neg,
    "_x_pos": pos,
    "_x_coalesce": coalesce,
    "_x_exists": exists,
    "_x_in": is_in,
    "_x_len": length,
    "_x_lower": texts.lower,
    "_x_upper": texts.upper,
    "_x_strip": texts.strip,
    "_x_startswith": texts.startswith,
    "_x_endswith": texts.endswith,
    "_x_matches": texts.matches,
    "_x_number": texts.number,
    "_x_text": texts.text,
}
"""What rendered expressions need in their globals."""
