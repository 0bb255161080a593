"""Alerts and causes in the console: shown where somebody looks, opened with Enter."""

import json
from pathlib import Path

import pytest

from console.places import To
from tests.console.piloting import ACTOR, opened, played
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


def test_what_is_known_of_a_cause_is_said_in_the_console_and_met_again(
    shop: World,
) -> None:
    """From the key press to the store, and on to where the cause comes back."""

    async def story() -> None:
        async with opened(shop.folder, size=(160, 45), first=To("causes")) as driver:
            await driver.sees("email is blank", "SHOP-77", "n note")
            await driver.press("n")
            await driver.sees("What is known of this cause?", "2 times in 1 Sync Event of")
            await driver.focuses("blank-0")
            await driver.type(", again")
            await driver.press("enter")
            await driver.type("producer bug")
            await driver.press("enter", "right", "enter")
            await driver.sees("the audit has it", 'producer bug, "SHOP-77, again"')

    played(story())
    [cause] = shop.engine.root_causes()
    assert (cause.note, cause.category) == ("SHOP-77, again", "producer bug")
    acts = shop.engine.audit_rows(subject=f"cause {cause.fingerprint}").items
    assert [(each.actor, each.action) for each in acts] == [(ACTOR, "note")] * 2
    shop.run()

    async def again() -> None:
        async with opened(
            shop.folder, size=(120, 30), first=To("failures", event=2)
        ) as driver:
            await driver.sees("1 / 2 of 2", "email is blank")
            await driver.press("down")
            await driver.sees('producer bug, "SHOP-77, again"', "n note")
            await driver.press("n")
            await driver.focuses("blank-0")
            await driver.press("ctrl+u", "enter", "ctrl+u", "enter", "right", "enter")
            await driver.sees("taken back; the audit has it")

    played(again())
    [cause] = shop.engine.root_causes()
    assert (cause.note, cause.category) == (None, None)


def test_what_is_said_of_a_cause_can_be_left_as_it_is(shop: World) -> None:
    async def story() -> None:
        async with opened(
            shop.folder, size=(120, 30), first=To("summary", event=1)
        ) as driver:
            await driver.sees('"SHOP-77"', "n note")
            await driver.press("n")
            await driver.focuses("blank-0")
            await driver.press("enter", "enter", "right", "enter")
            await driver.sees("nothing was changed")
            await driver.press("n")
            await driver.focuses("blank-0")
            await driver.type("no")
            await driver.press("escape")
            await driver.until(lambda screen: "What is known" not in screen)

    played(story())
    [cause] = shop.engine.root_causes()
    assert cause.note == "SHOP-77"
    assert len(shop.engine.audit_rows(subject=f"cause {cause.fingerprint}").items) == 1


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_both_fit_on_any_terminal(shop: World, size: tuple[int, int]) -> None:
    async def story() -> None:
        for place, word in (("alerts", "failed_rate"), ("causes", "email is blank")):
            async with opened(shop.folder, size=size, first=To(place)) as driver:
                screen = await driver.sees(word)
                assert max(map(len, screen.splitlines())) <= size[0]

    played(story())
