"""Alerts and causes in the console: shown where somebody looks, opened with Enter."""

import json
from pathlib import Path

import pytest

from console.places import To
from tests.console.piloting import opened, played
from tests.stories.world import World, a_world, order

RULE = {"when": "failed_rate > 0.05", "priority": "critical"}


@pytest.fixture
def shop(tmp_path: Path) -> World:
    """Orders of which two fail, which fires an alert; somebody knows why."""
    world = a_world(tmp_path)
    records = [order(n, **({"email": " "} if n % 2 == 0 else {})) for n in range(1, 6)]
    world.orders(records, extra=f"alerts: {json.dumps([RULE])}")
    world.run()
    [cause] = world.engine.root_causes()
    world.engine.note_cause(cause.fingerprint, note="SHOP-77", actor="ana@test")
    return world


def test_an_alert_is_seen_on_links_and_summary_and_in_a_place_of_its_own(
    shop: World,
) -> None:
    async def story() -> None:
        async with opened(shop.folder, size=(120, 30)) as driver:
            await driver.sees("1 alert, see :alerts")
            await driver.press(":")
            await driver.type("alerts")
            await driver.press("enter")
            await driver.sees("1 firing", "critical", "failed_rate is 0.4")
            await driver.press("enter")
            await driver.sees("#1 orders", "critical alert for", "failed_rate is 0.4")

    played(story())


def test_a_cause_is_listed_with_what_is_known_and_opens_its_failures(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, size=(120, 30), first=To("causes")) as driver:
            await driver.sees("1 cause", "email is blank", "SHOP-77", "active")
            await driver.press("enter")
            await driver.sees("email is blank", "Failures")

    played(story())


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_both_fit_on_any_terminal(shop: World, size: tuple[int, int]) -> None:
    async def story() -> None:
        for place, word in (("alerts", "failed_rate"), ("causes", "email is blank")):
            async with opened(shop.folder, size=size, first=To(place)) as driver:
                screen = await driver.sees(word)
                assert max(map(len, screen.splitlines())) <= size[0]

    played(story())
