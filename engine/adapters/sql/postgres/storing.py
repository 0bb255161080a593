"""What goes to PostgreSQL inside a JSON document, to be read as the types of its columns."""

from typing import Any

import msgspec

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
