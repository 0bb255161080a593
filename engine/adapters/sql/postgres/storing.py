"""What goes to PostgreSQL inside a JSON document, to be read as the types of its columns."""

import re
from typing import Any

import msgspec

from engine.adapters.sql.exact import Guard, binary, decimals, midnight
from engine.adapters.sql.values import NONE_TYPE, check_text, json_text, plain

EASY = frozenset({int, str, NONE_TYPE, float, bool})
"""Types that JSON has itself."""


def storable(value: Any, column: str) -> Any:
    """The value as JSON carries it; nested ones stay nested, bytes are hex; raises Unstorable."""
    del column
    if isinstance(value, (dict, list, tuple)):
        return msgspec.Raw(check_text(json_text(value)).encode())
    if isinstance(value, bool):
        return value
    made = plain(value)
    return "\\x" + made.hex() if isinstance(made, bytes) else made


_SCALED = re.compile(r"numeric\(\d+,(\d+)\)")


def guard(kind: str, cast: str) -> Guard | None:
    """What a column of this type would change in a value; None where the cast makes no such."""
    scaled = _SCALED.fullmatch(kind)
    if scaled and cast in {"", "str", "decimal"}:
        return decimals(int(scaled[1]), kind)
    if kind in {"double precision", "real"} and cast not in {"float", "bool"}:
        return binary(kind, single=kind == "real", of_text=cast in {"", "decimal"})
    return midnight(kind) if kind == "date" and cast == "datetime" else None
