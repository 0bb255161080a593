"""Cron lines read by cronsim, as people mean them when clocks change (RELIABILITY c 41).

A line that names hours names times on the clock: one that is left out in spring comes when the
clock has jumped, one that stands twice in autumn comes the first time. A line for every hour comes
every hour that passes.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from cronsim import CronSim

_JUMP = timedelta(hours=3)
"""More than clocks are ever changed by: of an hour that stands twice, only the first counts."""

_SECOND = timedelta(seconds=1)

_ALL_HOURS, _ALL_MINUTES = 24, 60


class Crontab:
    """What `domain.schedule` asks for times."""

    def after(self, line: str, moment: datetime) -> Iterator[datetime]:
        """The times after a moment, oldest first, in the zone of the moment."""
        meant = _meant(line)
        start = moment if _hourly(meant) else _moved(moment, -_JUMP)
        return _once(
            at for at in CronSim(meant, start) if at.astimezone(UTC) > _utc(moment)
        )

    def until(self, line: str, moment: datetime) -> Iterator[datetime]:
        """The times up to a moment, newest first, in the zone of the moment."""
        meant = _meant(line)
        start = _moved(moment, _SECOND if _hourly(meant) else _JUMP)
        times = CronSim(meant, start, reverse=True)
        return _once(at for at in times if at.astimezone(UTC) <= _utc(moment))


def _meant(line: str) -> str:
    """The line with its minutes and hours written out, unless it means every hour."""
    minute, _, rest = line.split(maxsplit=2)
    read = CronSim(line, datetime(2024, 1, 1, tzinfo=UTC))
    minutes = minute if len(read.minutes) == _ALL_MINUTES else _listed(read.minutes)
    if len(read.hours) == _ALL_HOURS:
        return f"{minutes} * {rest}"
    # A star would make cronsim count hours that pass, and leave out the one that does not.
    return f"{_listed(read.minutes)} {_listed(read.hours)} {rest}"


def _hourly(meant: str) -> bool:
    return meant.split()[1] == "*"


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


def _once(times: Iterable[datetime]) -> Iterator[datetime]:
    last: datetime | None = None
    for at in times:
        moment = at.astimezone(UTC)
        if moment != last:
            yield at
        last = moment


def _moved(moment: datetime, by: timedelta) -> datetime:
    return (_utc(moment) + by).astimezone(moment.tzinfo)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
