"""One value of a record as it is shown: null, missing, "" and "null" are four different things."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from console.pages.page import Cell, Span
from console.safe import cut
from engine.domain.missing import MISSING

LONGEST = 400
"""Characters of one value that a page shows; --json has the rest."""


def shown(value: object) -> Cell:
    """The value as JSON would have it, but for characters that stand for themselves."""
    if value is MISSING:
        return Span("missing", "quiet")
    if value is None:
        return Span("null", "quiet")
    return cut(written(value), LONGEST)


def written(value: object) -> str:
    """The value in full, on one line."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{quoted(str(k))}: {written(v)}" for k, v in value.items())
        return f"{{{inside}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(written, value))}]"
    return "null" if value is None else number(value)


def quoted(text: str) -> str:
    """A string in quotes, its own quotes and backslashes escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(value: object) -> str:
    """A number as the source wrote it, as far as that is kept."""
    return (
        format(value, "f") if isinstance(value, Decimal) and _short(value) else str(value)
    )


def _short(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and abs(exponent) < LONGEST
