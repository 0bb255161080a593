"""Numbers, times and durations as people read them."""

from datetime import datetime

from console import clock
from engine.domain.delta import MarkValue

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_THOUSAND = 1000


def count(number: int) -> str:
    """A count with its thousands apart: 28,000."""
    return f"{number:,}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 batch, 2 batches."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A length of time in two units at most: 340 ms, 12.4 s, 4 min 08 s, 2 h 05 min, 3 d 4 h."""
    thousandths = max(round(seconds * 1000), 0)
    if thousandths < _THOUSAND:
        return f"{thousandths} ms"
    tenths = round(seconds, 1)
    if tenths < _MINUTE:
        return f"{tenths:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def remaining(seconds: float) -> str:
    """A guess at what is left, no finer than a second: about 25 s left, less than 1 s left."""
    whole = round(seconds)
    if whole < 1:
        return "less than 1 s left"
    return f"about {f'{whole} s' if whole < _MINUTE else duration(whole)} left"


def moment(at: datetime | None) -> str:
    """A time to the second, in the zone of whoever reads, which it names."""
    if at is None:
        return "never"
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def zone() -> str:
    """The zone of whoever reads, which lists name once."""
    return clock.now().astimezone().strftime("%Z")


def minute(at: datetime | None) -> str:
    """A time to the minute, for lists, in the zone of whoever reads."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else ""


def bound(value: MarkValue | None) -> str:
    """A mark or one end of a window: a time, or a column's value."""
    return moment(value) if isinstance(value, datetime) else str(value)


def brief(value: MarkValue | None) -> str:
    """A mark in a list: a time to the minute, with its zone."""
    return f"{minute(value)} {zone()}" if isinstance(value, datetime) else str(value)


def age(at: datetime, now: datetime | None = None) -> str:
    """How long ago it was, in one unit: 40 s, 12 min, 3 h, 2 d."""
    passed = max(int(((now or clock.now()) - at).total_seconds()), 0)
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if passed >= size:
            return f"{passed // size} {unit}"
    return f"{passed} s"


def rate(per_second: float) -> str:
    """Records a second, without decimals from ten up."""
    number = f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.1f}"
    return f"{number} records/s"
