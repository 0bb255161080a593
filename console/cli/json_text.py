"""JSON documents as text: numbers exact, nothing in it that a terminal would obey."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import isfinite
from typing import Any

INDENT = "  "


def dumps(document: object) -> str:
    """The document, indented; every character beyond printable ASCII as an escape."""
    return "".join(_parts(document, "\n"))


def _parts(value: Any, newline: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        pairs = ((f"{_string(str(key))}: ", item) for key, item in value.items())
        yield from _container("{}", pairs, newline)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield from _container("[]", (("", item) for item in value), newline)
    else:
        yield _scalar(value)


def _container(
    brackets: str, items: Iterator[tuple[str, Any]], newline: str
) -> Iterator[str]:
    inner = newline + INDENT
    lead = brackets[0] + inner
    for prefix, item in items:
        yield lead + prefix
        yield from _parts(item, inner)
        lead = "," + inner
    yield brackets if lead[0] == brackets[0] else newline + brackets[1]


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Decimal):
        return str(value) if value.is_finite() else "null"
    if isinstance(value, float):
        return repr(value) if isfinite(value) else "null"
    return json.dumps(value)


def _string(text: str) -> str:
    return json.dumps(text).replace("\x7f", "\\u007f")
