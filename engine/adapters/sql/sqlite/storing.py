"""What a SQLite column can hold of a value."""

from typing import Any

from engine.adapters.sql.exact import SAFE_DIGITS, Guard, binary
from engine.adapters.sql.values import NONE_TYPE, Unstorable, plain

EASY = frozenset({int, str, NONE_TYPE, float, bool, bytes})
"""Types the driver binds as they are."""

_LEAST, _MOST = -(2**63), 2**63 - 1


def storable(value: Any, column: str) -> Any:
    """The value as text, number, bytes or null; raises Unstorable."""
    del column
    made = plain(value)
    if isinstance(made, int) and not _LEAST <= made <= _MOST:
        raise Unstorable("is beyond the 64 bits of a SQLite integer: cast it to str")
    return made


def guard(kind: str, cast: str) -> Guard | None:
    """What a column of this declared type would change in a value, by SQLite's own rules.

    None where nothing that the cast makes can be changed: guards look at every value.
    """
    kind = kind.upper()
    if not kind or "BLOB" in kind or kind == "ANY":
        return None
    if "INT" in kind:
        return _whole_or_double(kind) if cast in _DIGITS else None
    if any(word in kind for word in ("CHAR", "CLOB", "TEXT")):
        return _text if cast in {"", "float"} else None
    if any(word in kind for word in ("REAL", "FLOA", "DOUB")):
        return None if cast in {"float", "bool"} else binary(kind)
    return _whole_or_double(kind) if cast in _DIGITS else None


_DIGITS = frozenset({"", "str", "decimal"})


def _whole_or_double(kind: str) -> Guard:
    """Digits in text become a 64-bit integer where they fit, else a double."""
    double = binary(kind)

    def guard(value: Any) -> str | None:
        if type(value) is str:
            text = value.strip()
            if len(text) <= SAFE_DIGITS or _is_64_bits(text):
                return None
        return None if type(value) is int else double(value)

    return guard


def _is_64_bits(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and _LEAST <= int(text) <= _MOST


def _text(value: Any) -> str | None:
    if type(value) is not float or float(f"{value:.15g}") == value:
        return None
    return "is a number of which a column of text keeps 15 digits: cast it to str"
