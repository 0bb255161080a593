"""Casts to dates, times and epochs: ISO 8601, or a strptime format; without a zone it is UTC."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from engine.filters.numerals import exact
from engine.filters.refusal import Refusal, not_a

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_datetime(value: object, pattern: str | None = None) -> datetime:
    """A time with a zone; a date is its midnight in UTC."""
    if isinstance(value, str):
        moment = _read(value.strip(), pattern)
    elif isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    else:
        raise not_a("a date-time", value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def as_date(value: object, pattern: str | None = None) -> date:
    """A calendar date; of a time, the date it bears in its own zone."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise not_a("a date", value)
    return _read(value.strip(), pattern, "a date").date()


def seconds_since(moment: datetime) -> int:
    """Whole seconds since 1970."""
    since = moment - EPOCH
    return since.days * 86400 + since.seconds


def milliseconds_since(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    since = moment - EPOCH
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000


def as_epoch(value: object, pattern: str | None = None) -> int:
    """Seconds since 1970 of a time; a number is taken as seconds, its fraction dropped."""
    return _since_epoch(value, pattern, seconds_since)


def as_epoch_ms(value: object, pattern: str | None = None) -> int:
    """Milliseconds since 1970 of a time; a number is taken as milliseconds."""
    return _since_epoch(value, pattern, milliseconds_since)


def with_format(cast: Callable[..., Any], pattern: str) -> Callable[[object], Any]:
    """The cast, reading text by this strptime format."""

    def formatted(value: object) -> Any:
        return cast(value, pattern)

    return formatted


def _since_epoch(
    value: object, pattern: str | None, since: Callable[[datetime], int]
) -> int:
    if isinstance(value, date):
        return since(as_datetime(value))
    if not isinstance(value, str):
        return _floored(value)
    try:
        return since(as_datetime(value, pattern))
    except Refusal:
        if pattern is not None:
            raise
    return _floored(value)


def _floored(value: object) -> int:
    top, bottom = exact(value, "a date-time").as_integer_ratio()
    return top // bottom


def _read(text: str, pattern: str | None, wanted: str = "a date-time") -> datetime:
    try:
        if pattern is None:
            return datetime.fromisoformat(text)
        if any(letter.isdigit() and not letter.isascii() for letter in text):
            raise not_a(wanted, text)
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - the caller adds the zone
    except (ValueError, OverflowError) as cause:
        if isinstance(cause, Refusal):
            raise
        raise not_a(
            wanted if pattern is None else f"{wanted} as '{pattern}'", text
        ) from None
