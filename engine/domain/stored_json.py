"""A stored record read back as JSON values, for people and scripts: nothing rounded or lost."""

import json
from decimal import Decimal
from typing import Any

DEEPEST = 100
"""Levels of nesting a stored record is shown with; one deeper is shown as its text."""

LONGEST_INT = 4000
"""Digits; Python refuses to read or write an int of more than 4300."""


def parsed(stored: bytes | None) -> Any:
    """A stored record as JSON values, numbers exact; as its text where it is not clean JSON."""
    if stored is None:
        return None
    text = stored.decode("utf-8", "backslashreplace")
    try:
        value = json.loads(
            text,
            parse_float=_exact,
            parse_int=_whole,
            parse_constant=_no_number,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError):
        return text
    return text if _deeper(value, DEEPEST) else value


def stored(value: object) -> bytes:
    """JSON values as they are stored: what `parsed` gives, read again, is the same."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)}:{_text(inner)}" for name, inner in value.items())
        return f"{{{','.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _exact(digits: str) -> float | Decimal:
    short = float(digits)
    return short if repr(short) == digits else Decimal(digits)


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < LONGEST_INT else Decimal(digits)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return made


def _deeper(value: object, levels: int) -> bool:
    """Whether a document nests deeper than so many levels."""
    layer = [value]
    for _ in range(levels):
        layer = [
            item
            for each in layer
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]
        if not layer:
            return False
    return True
