"""What a target holds, as the stages' casts would have made it: so that equal values compare equal.

Whole numbers are int, times are in UTC, nested values of a JSON column compact JSON text. What
does not read as its cast is given as it is: somebody else wrote it, and it is still the truth.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.adapters.sql.values import NONE_TYPE, digits, json_text

Row = tuple[Any, ...]
Decoder = Callable[[Any], Any]

_AS_THEY_ARE = frozenset({int, str, float, bool, NONE_TYPE, Decimal, bytes, datetime, date})


class Decoding:
    """Makes rows of these columns into records."""

    def __init__(self, names: Sequence[str], casts: Mapping[str, str | None]) -> None:
        self._names = tuple(names)
        decoders = [_DECODERS.get(casts.get(name) or "", _uncast) for name in names]
        self._decoders = tuple(enumerate(decoders))

    def __call__(self, row: Sequence[Any]) -> dict[str, Any]:
        """The record."""
        values = list(row)
        for place, decoder in self._decoders:
            value = values[place]
            if value is not None:
                try:
                    values[place] = decoder(value)
                except (ValueError, TypeError, ArithmeticError):
                    values[place] = value
        return dict(zip(self._names, values, strict=True))


def asked_key(key: Row, names: Sequence[str], casts: Mapping[str, str | None]) -> Row:
    """A key as it was pushed: times and dates in it may come as a Snapshot spells them."""
    if not any(type(part) is str for part in key):
        return key
    return tuple(
        [_asked(part, casts.get(name)) for part, name in zip(key, names, strict=True)]
    )


def _asked(part: Any, cast: str | None) -> Any:
    if type(part) is not str or cast not in {"datetime", "date"}:
        return part
    try:
        return _DECODERS[cast](part)
    except ValueError:
        return part


def _uncast(value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, UUID):
        return str(value)
    return bytes(value) if isinstance(value, (memoryview, bytearray)) else value


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return digits(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (int, float, UUID)) else value


def _whole(value: Any) -> Any:
    if type(value) is int:
        return value
    made = int(value)
    return made if isinstance(value, str) or made == value else value


def _float(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float, Decimal, str)) else value


def _decimal(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, (str, int, float)) else value


_TRUTHS: Mapping[Any, bool] = {0: False, 1: True, "0": False, "1": True}


def _truth(value: Any) -> Any:
    return _TRUTHS.get(value, value)


def _moment(value: Any) -> Any:
    made = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(made, datetime):
        return made
    # A column without zones holds what was pushed, which is UTC.
    return made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)


def _day(value: Any) -> Any:
    made = datetime.fromisoformat(value) if isinstance(value, str) else value
    if isinstance(made, datetime):
        return made.date() if made.time() == time() else value
    return made


def _json(value: Any) -> Any:
    return json_text(value) if isinstance(value, (dict, list)) else value


_DECODERS: Mapping[str, Decoder] = {
    "str": _text,
    "int": _whole,
    "cents": _whole,
    "epoch": _whole,
    "epoch_ms": _whole,
    "float": _float,
    "decimal": _decimal,
    "bool": _truth,
    "datetime": _moment,
    "date": _day,
    "json": _json,
}
