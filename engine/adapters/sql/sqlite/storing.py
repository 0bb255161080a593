"""What a SQLite column can hold of a value."""

from typing import Any

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
