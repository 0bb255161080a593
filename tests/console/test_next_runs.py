"""Schedules and gates on the screen: the next run of every Link, and what keeps it."""

import re
from pathlib import Path

import pytest

from console.places import To
from tests.console.piloting import opened, played
from tests.stories.moved_clock import kept, with_clock
from tests.stories.test_schedules import HOURLY, failing, family, scheduled
from tests.stories.world import World, a_world


@pytest.fixture
def home(tmp_path: Path) -> World:
    """Orders that wait for customers, which have failed."""
    world = a_world(tmp_path)
    failing(world)
    family(world)
    clock = with_clock(world, "2026-11-22T04:30")
    kept(world)
    world.run("customers")
    clock.to("2026-11-22T05:00")
    kept(world)
    return world


def test_the_links_show_what_waits_and_for_what(home: World) -> None:
    async def story() -> None:
        async with opened(home.folder) as driver:
            await driver.sees("NEXT RUN", "waits")
            await driver.press("down")
            await driver.sees("waits for customers")

    played(story())


def test_where_no_link_has_a_schedule_there_is_no_such_column(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    failing(world)

    async def story() -> None:
        async with opened(world.folder) as driver:
            screen = await driver.sees("RECENT RUNS", "orders")
            assert "NEXT RUN" not in screen

    played(story())


def test_next_runs_that_no_engine_would_begin_are_marked(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    scheduled(world, HOURLY)

    async def story() -> None:
        async with opened(world.folder) as driver:
            screen = await driver.sees("* no engine is alive: nothing will start them")
            assert re.search(r"in \d+ (min|s)\*", screen)
        async with opened(world.folder, first=To("settings", link="orders")) as driver:
            await driver.sees("next run in ", "no engine is alive")

    played(story())


def test_settings_and_explain_tell_the_next_run(home: World) -> None:
    scheduled(home, HOURLY, name="others")

    async def story() -> None:
        async with opened(home.folder, first=To("settings", link="others")) as driver:
            await driver.sees("next run in ")
        async with opened(home.folder, first=To("explain", link="orders")) as driver:
            screen = await driver.sees("Next run by itself", "waits for customers")
            assert "downstream should wait" in screen

    played(story())
