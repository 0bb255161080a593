"""Keys and marks inside a scope: JSON values that can be bound again as what they were (M3)."""

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from engine.domain.delta import MarkValue
from engine.domain.errors import ErrorClass, SystemSyncError

_PLAIN = (int, str, float)

_TAGS: Mapping[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
    "bytes": (bytes, lambda value: base64.b64encode(value).decode(), base64.b64decode),
}


def scoped(value: Any) -> Any:
    """A value of a column as JSON."""
    if value is None or isinstance(value, _PLAIN):
        return value
    for tag, (kind, form, _) in _TAGS.items():
        if isinstance(value, kind):
            return {tag: form(value)}
    return str(value)


def unscoped(value: Any) -> Any:
    """The value of a column again."""
    if isinstance(value, Mapping):
        ((tag, text),) = value.items()
        return _TAGS[tag][2](text)
    return value


def scoped_key(key: tuple[Any, ...]) -> Any:
    """A key as JSON: the value of its one column, or a list."""
    values = [scoped(part) for part in key]
    return values[0] if len(values) == 1 else values


def unscoped_key(key: Any) -> tuple[Any, ...]:
    """The key again."""
    return tuple(map(unscoped, key if isinstance(key, list) else [key]))


def spoken_value(value: Any) -> str:
    """The value as a description of a scope shows it: text in quotes, the rest plain."""
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    text = value.hex() if isinstance(value, bytes) else str(value)
    return "'" + text.replace("'", "''") + "'"


def mark_of(value: Any) -> MarkValue:
    """A change column's value as a mark: times as such, also where a column has them as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return _time_in(value) or value
    return str(value)


def bindable(mark: MarkValue, like: Any, *, column: str) -> Any:
    """A mark as a value to compare with a change column that holds values `like` this one."""
    try:
        if isinstance(like, datetime):
            return _as_time(mark, like)
        if isinstance(like, str):
            return _written_like(mark, like) if isinstance(mark, datetime) else str(mark)
        for kind, form in ((int, int), (float, float), (Decimal, Decimal), (UUID, UUID)):
            if isinstance(like, kind):
                return form(str(mark))
        if isinstance(like, date):
            return (
                mark.date() if isinstance(mark, datetime) else date.fromisoformat(str(mark))
            )
    except (ValueError, ArithmeticError):
        raise SystemSyncError(
            f"'{mark}' cannot be compared with column {column}, which holds values such as "
            f"'{like}': give one like that, or run everything with --full",
            code="mark_mismatch",
            error_class=ErrorClass.SCHEMA,
        ) from None
    return mark


def _as_time(mark: MarkValue, like: datetime) -> datetime:
    moment = mark if isinstance(mark, datetime) else datetime.fromisoformat(str(mark))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment if like.tzinfo else moment.astimezone(UTC).replace(tzinfo=None)


_SHORTEST_TIME = len("2026-11-21T10:00:00")


def _time_in(text: str) -> datetime | None:
    if len(text) < _SHORTEST_TIME:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _written_like(moment: datetime, like: str) -> str:
    """A time as text that sorts among texts of this form."""
    form = _time_in(like)
    if form is None:
        return moment.isoformat()
    zone = like[_SHORTEST_TIME:].lstrip(".,0123456789")
    places = len(like) - _SHORTEST_TIME - len(zone)
    offset = datetime.fromisoformat(like).utcoffset()
    local = (moment.astimezone(UTC) + offset) if offset else moment.astimezone(UTC)
    text = local.strftime(f"%Y-%m-%d{like[10]}%H:%M:%S")
    if places > 1:
        text += f".{local.microsecond:06d}"[:places].ljust(places, "0")
    return text + zone
