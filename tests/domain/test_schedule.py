"""Slots of schedules: across both changes of the clock, with a jitter, after a downtime."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.link import Schedule
from engine.domain.outcome import Status
from engine.domain.schedule import (
    MOST_MISSED,
    RunEnd,
    coming,
    delay,
    passed,
    paused,
    reason,
)
from engine.operations.crontab import Crontab

CRON = Crontab()
BERLIN = "Europe/Berlin"
SPRING, AUTUMN = datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)
ZONES = (
    BERLIN,
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Antarctica/Troll",
    "Africa/Casablanca",
    "UTC",
)


def at(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def walked(
    schedule: Schedule, start: datetime, end: datetime, step: timedelta
) -> list[str]:
    """What is queued while the clock moves on in steps, as the clock on the wall says it."""
    seen_to, found = start, []
    for now in _ticks(start, end, step):
        slot = passed(schedule, "orders", seen_to, now, CRON)
        if slot is not None:
            assert slot.missed == 0
            seen_to = slot.at
            found.append(f"{slot.at.astimezone(ZoneInfo(schedule.timezone)):%d %H:%M %z}")
    return found


def _ticks(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start < end:
        start += step
        yield start


TWO_DAYS, MINUTE = timedelta(days=2), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("cron", "spring", "autumn"),
    [
        (
            "30 2 * * *",
            ["28 02:30 +0100", "29 03:00 +0200"],
            ["24 02:30 +0200", "25 02:30 +0200"],
        ),
        (
            "0 2,3 * * SUN",
            ["29 03:00 +0200"],
            ["25 02:00 +0200", "25 03:00 +0100"],
        ),
        ("0 5 * * *", ["28 05:00 +0100", "29 05:00 +0200"], ["24 05:00 +0200", "25 05:00 +0100"]),
        ("*/30 2 * * SUN", ["29 03:00 +0200"], ["25 02:00 +0200", "25 02:30 +0200"]),
        (
            "0 */2 * * SUN",
            ["29 00:00 +0100", *(f"29 {hour:02}:00 +0200" for hour in (3, *range(4, 24, 2)))],
            [
                "25 00:00 +0200",
                "25 02:00 +0200",
                *(f"25 {hour:02}:00 +0100" for hour in range(4, 24, 2)),
            ],
        ),
    ],
)  # fmt: skip
def test_a_time_on_the_clock_comes_once_a_day_whatever_the_clock_does(
    cron: str, spring: list[str], autumn: list[str]
) -> None:
    """One that is left out comes once the clock has jumped; of one that stands twice, the first."""
    schedule = Schedule(cron=cron, timezone=BERLIN)

    assert (
        walked(schedule, SPRING, SPRING + TWO_DAYS - timedelta(hours=2), MINUTE) == spring
    )
    assert (
        walked(schedule, AUTUMN, AUTUMN + TWO_DAYS - timedelta(hours=1), MINUTE) == autumn
    )


@pytest.mark.parametrize("start", [SPRING, AUTUMN])
@pytest.mark.parametrize("cron", ["0 * * * *", "15 */1 * * *"])
def test_every_hour_is_every_hour_that_passes(cron: str, start: datetime) -> None:
    found = walked(Schedule(cron=cron, timezone=BERLIN), start, start + TWO_DAYS, MINUTE)

    assert len(found) == len(set(found)) == 48


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    minutes=st.sampled_from(["0", "30", "59", "*/20", "5,35"]),
    hours=st.sampled_from(["*", "0", "1", "2", "3", "1-3", "*/2", "0-22", "23"]),
    days=st.sampled_from(["* * *", "* * SUN", "1,15,L * *"]),
    start=st.integers(0, 2 * 365 * 24 * 60),
)
def test_forwards_and_backwards_name_the_same_slots_each_once(
    zone: str, minutes: str, hours: str, days: str, start: int
) -> None:
    """RELIABILITY c 41: never twice, never skipped."""
    line, first = f"{minutes} {hours} {days}", at("2025-01-01T00:00") + start * MINUTE
    last, place = first + timedelta(days=9), ZoneInfo(zone)

    after = CRON.after(line, first.astimezone(place))
    until = CRON.until(line, last.astimezone(place))
    forwards = [
        each.astimezone(UTC) for each in takewhile(lambda each: each <= last, after)
    ]
    backwards = [
        each.astimezone(UTC) for each in takewhile(lambda each: each > first, until)
    ]

    assert forwards == backwards[::-1]
    assert all(one < other for one, other in pairwise(forwards))


def test_an_interval_counts_from_midnight_so_that_all_engines_agree() -> None:
    slots = coming(Schedule(every=900.0), "orders", at("2026-11-22T05:07"), CRON, least=2)

    assert [slot.at for slot in slots] == [at("2026-11-22T05:15"), at("2026-11-22T05:30")]


def test_of_many_missed_slots_the_newest_stands_for_all() -> None:
    schedule = Schedule(cron="0 * * * *")

    slot = passed(schedule, "orders", at("2026-11-22T01:00"), at("2026-11-22T05:10"), CRON)

    assert slot is not None
    assert (slot.at, slot.missed) == (at("2026-11-22T05:00"), 3)
    said = reason(schedule, slot, at("2026-11-22T05:10"))
    assert said == "due 2026-11-22 05:00 UTC, 10 min late; 3 earlier runs were missed"


def test_a_year_of_missed_minutes_is_not_counted_to_the_end() -> None:
    slot = passed(
        Schedule(every=60.0), "o", at("2025-11-22T05:00"), at("2026-11-22T05:00"), CRON
    )

    assert slot is not None
    assert slot.missed == MOST_MISSED
    assert "1000 or more earlier runs were missed" in reason(
        Schedule(every=60.0), slot, at("2026-11-22T05:00")
    )


def test_a_clock_that_was_set_back_brings_no_slot_again() -> None:
    """RELIABILITY c 41."""
    schedule = Schedule(cron="0 * * * *")

    assert (
        passed(schedule, "o", at("2026-11-22T05:00"), at("2026-11-22T04:30"), CRON) is None
    )
    assert (
        passed(schedule, "o", at("2026-11-22T05:00"), at("2026-11-22T05:59"), CRON) is None
    )


def test_a_jitter_follows_from_link_and_slot_alone() -> None:
    schedule = Schedule(cron="0 * * * *", jitter=600.0)
    slots = [at("2026-11-22T00:00") + timedelta(hours=hour) for hour in range(200)]

    delays = [delay(schedule, "orders", slot) for slot in slots]

    assert delays == [delay(schedule, "orders", slot) for slot in slots]
    assert delays != [delay(schedule, "customers", slot) for slot in slots]
    assert timedelta() <= min(delays) < timedelta(minutes=1)
    assert timedelta(minutes=9) < max(delays) < timedelta(minutes=10)


def test_a_slot_with_a_jitter_is_due_when_its_delay_is_over() -> None:
    schedule = Schedule(cron="0 5 * * *", jitter=600.0)
    before, slot = at("2026-11-22T04:00"), at("2026-11-22T05:00")
    due = slot + delay(schedule, "orders", slot)

    assert due > slot
    assert passed(schedule, "orders", before, due - timedelta(seconds=1), CRON) is None
    found = passed(schedule, "orders", before, due, CRON)
    assert found is not None
    assert (found.at, found.due) == (slot, due)


def end(event: int, outcome: Status, status: Status | None = None) -> RunEnd:
    """How a run ended, and how it stands."""
    return RunEnd(event, outcome, status or outcome, SPRING)


BAD, GOOD = Status.FAILED, Status.COMPLETED


@pytest.mark.parametrize(
    ("ends", "most", "waits"),
    [
        ([], 1, ()),
        ([end(3, BAD)], 1, (3,)),
        ([end(3, BAD)], None, ()),
        ([end(3, BAD)], 2, ()),
        ([end(3, BAD), end(2, BAD)], 2, (3, 2)),
        ([end(3, BAD), end(2, GOOD), end(1, BAD)], 2, ()),
        ([end(3, GOOD), end(2, BAD), end(1, BAD)], 2, ()),
        ([end(3, BAD, GOOD), end(2, BAD)], 2, ()),
        ([end(3, BAD), end(2, BAD, GOOD)], 2, (3, 2)),
    ],
)
def test_a_schedule_waits_after_so_many_failed_runs_until_the_newest_is_recovered(
    ends: list[RunEnd], most: int | None, waits: tuple[int, ...]
) -> None:
    assert paused(ends, most) == waits
