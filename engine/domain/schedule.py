"""When a Link runs by itself: the times its schedule names, and which of them a run is for.

A slot is such a time, in UTC. It is due a little later where the schedule has a jitter, which
follows from Link and slot alone, so that every engine knows the same.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from math import floor
from typing import Protocol
from zoneinfo import ZoneInfo

from engine.domain.link import Schedule
from engine.domain.outcome import Status
from engine.domain.units import elapsed
from engine.domain.values import dataclass

MOST_MISSED = 1000
"""So many missed slots are counted, and no more."""

GRACE = timedelta(minutes=2)
"""What comes later than this is called late."""

_START = datetime(1970, 1, 1, tzinfo=UTC)


class Cron(Protocol):
    """What reads cron lines. Times are aware; none comes twice, none is left out."""

    def after(self, line: str, moment: datetime) -> Iterator[datetime]:
        """The times after a moment, oldest first, in the zone of the moment."""

    def until(self, line: str, moment: datetime) -> Iterator[datetime]:
        """The times up to a moment, newest first, in the zone of the moment."""


class SlotState(StrEnum):
    """What became of a slot."""

    QUEUED = "queued"
    WAITING = "waiting"
    SKIPPED = "skipped"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Slot:
    """A time a schedule names, and when its run is due.

    `missed` counts slots before it that nobody heeded: one run stands for all of them.
    """

    at: datetime
    due: datetime
    missed: int = 0


@dataclass(frozen=True, slots=True)
class SlotSeen:
    """A slot that came, and what became of it: the Sync Event, or why there is none."""

    at: datetime
    state: SlotState
    event: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class NextRun:
    """When a Link runs next by itself; `note` says why it does not, or not yet.

    `state` is `planned`, `waiting`, `paused` or `off`; `due` is None where it is paused or off.
    `attended`: an engine is alive that begins it.
    """

    due: datetime | None
    state: str = "planned"
    note: str | None = None
    attended: bool = True


@dataclass(frozen=True, slots=True)
class LinkSchedule:
    """The schedule of a Link as it stands: its next slots, and what became of the last."""

    link: str
    schedule: Schedule
    next: NextRun
    coming: tuple[datetime, ...] = ()
    last: tuple[SlotSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run of a Link ended, and how it stands by now."""

    event: int
    outcome: Status
    status: Status
    at: datetime


def coming(
    schedule: Schedule, link: str, after: datetime, cron: Cron, *, least: int = 1
) -> tuple[Slot, ...]:
    """The next so many slots after a moment."""
    return tuple(
        Slot(at, at + delay(schedule, link, at))
        for at in islice(_forwards(schedule, after, cron), least)
    )


def passed(
    schedule: Schedule, link: str, after: datetime, now: datetime, cron: Cron
) -> Slot | None:
    """The newest slot after a moment whose run is due by now."""
    newest: Slot | None = None
    missed = 0
    for at in _backwards(schedule, now, cron):
        if at <= after or missed >= MOST_MISSED:
            break
        due = at + delay(schedule, link, at)
        if newest is not None:
            missed += 1
        elif due <= now:
            newest = Slot(at, due)
    return None if newest is None else Slot(newest.at, newest.due, missed)


def delay(schedule: Schedule, link: str, slot: datetime) -> timedelta:
    """By how much the run of a slot comes later."""
    if not schedule.jitter:
        return timedelta()
    digest = sha256(f"{link} {slot.timestamp():.0f}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    return timedelta(seconds=int(schedule.jitter * share))


def named(schedule: Schedule, slot: datetime) -> str:
    """A slot as people read it, in the zone of its schedule."""
    zone = schedule.timezone if schedule.cron else "UTC"
    second = "%H:%M:%S" if slot.second else "%H:%M"
    return f"{slot.astimezone(ZoneInfo(zone)):%Y-%m-%d {second}} {zone}"


def reason(
    schedule: Schedule, slot: Slot, now: datetime, *, waited: str | None = None
) -> str:
    """Why a run by schedule exists: the slot, how late it is and why, what it stands for."""
    said = f"due {named(schedule, slot.at)}"
    late = now - slot.due
    if late >= GRACE:
        said += f", {elapsed(late.total_seconds())} late"
    if waited:
        said += f": it {waited.replace('waits', 'waited', 1).partition(': ')[0]}"
    if slot.missed:
        more = " or more" if slot.missed >= MOST_MISSED else ""
        runs = "run was" if slot.missed == 1 else "runs were"
        said += f"; {slot.missed}{more} earlier {runs} missed"
    return said


def paused(ends: Sequence[RunEnd], most: int | None) -> tuple[int, ...]:
    """The failed runs for which a schedule waits, newest first; empty: it does not.

    `ends` are the Link's latest runs, newest first. It goes on once the newest is recovered.
    """
    if most is None or not ends or ends[0].status is not Status.FAILED:
        return ()
    failed: list[int] = []
    for end in ends:
        if end.outcome is not Status.FAILED:
            break
        failed.append(end.event)
    return tuple(failed) if len(failed) >= most else ()


def _forwards(schedule: Schedule, after: datetime, cron: Cron) -> Iterator[datetime]:
    if schedule.cron is not None:
        zoned = after.astimezone(ZoneInfo(schedule.timezone))
        yield from (at.astimezone(UTC) for at in cron.after(schedule.cron, zoned))
        return
    step = schedule.every or 0.0
    number = _steps(after, step)
    while True:
        number += 1
        yield _START + timedelta(seconds=number * step)


def _backwards(schedule: Schedule, now: datetime, cron: Cron) -> Iterator[datetime]:
    if schedule.cron is not None:
        zoned = now.astimezone(ZoneInfo(schedule.timezone))
        yield from (at.astimezone(UTC) for at in cron.until(schedule.cron, zoned))
        return
    step = schedule.every or 0.0
    number = _steps(now, step)
    while number > 0:
        yield _START + timedelta(seconds=number * step)
        number -= 1


def _steps(moment: datetime, step: float) -> int:
    """How many whole steps lie between the beginning of time and a moment."""
    # A hair more, since a slot itself is not always told apart from its own fraction.
    return floor((moment - _START).total_seconds() / step + 1e-9)
