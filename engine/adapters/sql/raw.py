"""Rows of a database as records: values that JSON can carry, and the JSON of any of them again."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from engine.adapters.sql.values import NONE_TYPE
from engine.domain.batch import Broken
from engine.domain.values import dataclass

Row = tuple[Any, ...]

_EASY = frozenset({int, str, NONE_TYPE, bool})
_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode


class Unreadable(ValueError):
    """A value that JSON cannot carry; its text ends the sentence that starts with the column."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """Text that is not in the encoding its database claims."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class SqlRows:
    """The records of a Batch as they were read; picklable."""

    columns: tuple[str, ...]
    rows: Sequence[Row]

    def at(self, place: int) -> bytes:
        """The record at this place as JSON."""
        return _encode(dict(zip(self.columns, self.rows[place], strict=True)))


def readable(
    columns: Sequence[str], rows: Sequence[Row]
) -> tuple[list[Row], tuple[Broken, ...]]:
    """All rows with values that JSON can carry, and those that have one it cannot.

    Times are ISO text, decimals numbers with exactly their digits, bytes base64 text.
    """
    odd = [
        place
        for place in range(len(columns))
        if not {type(row[place]) for row in rows}.issubset(_EASY)
    ]
    if not odd:
        return list(rows), ()
    made: list[Row] = []
    broken: list[Broken] = []
    for place, row in enumerate(rows):
        values, complaint = _row(columns, row, odd)
        made.append(values)
        if complaint:
            raw = _encode(dict(zip(columns, values, strict=True)))
            broken.append(Broken(place, raw, complaint))
    return made, tuple(broken)


def _row(columns: Sequence[str], row: Row, odd: Sequence[int]) -> tuple[Row, str | None]:
    values, complaint = list(row), None
    for place in odd:
        try:
            values[place] = plain(row[place])
        except Unreadable as cause:
            values[place] = _shown(row[place])
            complaint = complaint or f"{columns[place]} {cause}"
    return tuple(values), complaint


def plain(value: Any) -> Any:
    """The value as JSON carries it; raises Unreadable."""
    kind = type(value)
    if kind in _EASY:
        return value
    for kinds, form in _FORMS:
        if isinstance(value, kinds):
            return form(value)
    return str(value)


def _number(value: Decimal) -> int | float | Decimal:
    """A plain number where it says the same, so that a run and its retry compute alike."""
    if not value.is_finite():
        raise Unreadable("is not a finite number")
    if value == value.to_integral_value() and value.adjusted() < _LONGEST:
        return int(value)
    near = float(value)
    return near if isfinite(near) and Decimal(repr(near)) == value else value


_LONGEST = 400


def _finite(value: float) -> float:
    if not isfinite(value):
        raise Unreadable("is not a finite number")
    return value


def _undecodable(value: Undecodable) -> str:
    try:
        value.raw.decode()
    except UnicodeDecodeError as cause:
        raise Unreadable(f"is not UTF-8 at byte {cause.start + 1}") from None
    return value.raw.decode()


def _text_of(value: bytes | bytearray | memoryview) -> str:
    return base64.b64encode(value).decode()


_FORMS: tuple[tuple[type | tuple[type, ...], Any], ...] = (
    (float, _finite),
    ((datetime, date, time), lambda value: value.isoformat()),
    (Decimal, _number),
    ((bytes, bytearray, memoryview), _text_of),
    (Mapping, lambda value: {str(name): plain(inner) for name, inner in value.items()}),
    ((list, tuple), lambda value: [plain(inner) for inner in value]),
    (Undecodable, _undecodable),
)


def _shown(value: object) -> str:
    if isinstance(value, Undecodable):
        return value.raw.decode(errors="backslashreplace")
    return str(value)
