"""The Inbox over many pages and Chains, the target asked, an edit that is never lost."""

from pathlib import Path
from typing import cast

import pytest

from console.places import To
from console.screens.edit import EditPlace
from engine.domain.inbox import Edit
from engine.domain.outcome import Status
from tests.console.piloting import Driver, opened, played
from tests.console.test_console_recovery import confirmed, line_with
from tests.stories.definitions import COLUMNS, definition
from tests.stories.world import World, a_world, order

LENIENT = {"name": "rules", "check": [{"field": "id", "rule": "required"}]}


@pytest.fixture
def chains(tmp_path: Path) -> World:
    """#1 and #2 of orders, each with one failing record, of a Link of high severity."""
    world = a_world(tmp_path)
    for first in (1, 101):
        world.orders([order(first, email=" "), order(first + 1)])
        world.link("orders", definition(severity="high"))
        world.run()
    return world


def test_marks_over_two_chains_make_two_children_confirmed_as_one(chains: World) -> None:
    """P3: a plan and a child a Chain."""
    mended = definition(severity="high", stages=[COLUMNS, LENIENT])
    chains.link("orders", mended)

    async def story() -> None:
        async with opened(chains.folder, first=To("inbox")) as driver:
            await driver.sees("2 open failures", "email is blank")
            await driver.press("space")
            await driver.sees("1 marked")
            await driver.press("space")
            await driver.sees("2 marked")
            await driver.press("R")
            await driver.sees("2 Chains: a child each", "for 2 Chains: choose one")
            await line_with(driver, "current")
            await driver.press("enter")
            await driver.sees("(●) current")
            await driver.until(lambda screen: "planning" not in screen)
            await driver.press("R")
            await driver.sees("Retry 2 records of 2 Chains?", "2 children")
            await confirmed(driver, "the rule was wrong")
            await driver.sees("Retry Failures of #1", "✓ completed")
            await driver.until(lambda _: len(chains.engine.events().items) == 4)
            await driver.until(lambda _: chains.engine.event("2").status.over)

    played(story())

    assert [chains.engine.event(n).parent for n in ("3", "4")] == [1, 2]
    assert chains.engine.event("3").reason == "the rule was wrong"


def test_everything_that_matches_is_marked_over_all_pages(tmp_path: Path) -> None:
    """No cap: 2,300 of them, read from both ends, discarded as one act."""
    world = a_world(tmp_path)
    world.orders([order(n, email=" ") for n in range(1, 2301)], batch_size=500)
    world.run()

    async def story() -> None:
        async with opened(tmp_path, first=To("inbox")) as driver:
            await driver.sees("1 / 2,300 of 2,300", "email is blank")
            await driver.press("G")
            await driver.sees("2,300 / 2,300 of 2,300", " 2300 ")
            await driver.press("g", "slash")
            await driver.type("key:230")
            await driver.press("enter")
            await driver.sees("1 / 4 of 2,300", " 2300 ")
            await driver.press("escape")
            await driver.sees("2,300 of 2,300")
            await driver.press("asterisk")
            await driver.sees("2,300 marked")
            await driver.press("D")
            await driver.sees("Discard 2,300 open failures?", "type 2300 to confirm")
            await driver.type("2300")
            await driver.press("enter")
            await driver.type("test data")
            await driver.press("enter", "enter")
            await driver.sees("All clear")

    played(story())

    event = world.engine.event("1")
    assert (event.status, event.open.records) == (Status.COMPLETED_WITH_WARNINGS, 0)


def test_the_cursor_stays_on_its_failure_while_others_go(chains: World) -> None:
    async def story() -> None:
        async with opened(chains.folder, first=To("inbox")) as driver:
            await driver.sees("1 / 2 of 2", " 101 ")
            await driver.press("down")
            await driver.sees("2 / 2 of 2")
            chains.engine.discard(["s1"], reason="known", actor="ana")
            screen = await driver.sees("1 / 1 of 1", " 101 ")
            assert screen.count("email is blank") == 1

    played(story())


def test_the_target_is_asked_on_a_key_and_hidden_again(chains: World) -> None:
    async def story() -> None:
        async with opened(chains.folder, first=To("record", event=1, snapshot=1)) as driver:
            await driver.sees("Answers")
            await driver.press("t")
            await driver.sees("warehouse.db at", "It holds nothing for this key.")
            await driver.press("t")
            await driver.until(lambda screen: "It holds nothing" not in screen)

    played(story())


def test_a_record_shows_what_was_edited_and_the_plan_says_it_goes_so(chains: World) -> None:
    chains.engine.edit("s1", Edit({"email": "a@x.de"}), reason="asked", actor="ana")

    async def story() -> None:
        size = (100, 40)
        async with opened(
            chains.folder, size=size, first=To("record", event=1, snapshot=1)
        ) as driver:
            await driver.sees("Edited: this is what", '" " is now "a@x.de"')
            await driver.press("R")
            await driver.sees("1 record as edited", "warehouse.db: orders", "as it ran")
            await driver.sees("safe", "nothing stands in the way")

    played(story())


def editing(driver: Driver) -> EditPlace:
    return cast("EditPlace", driver.app.screen)


def test_the_editor_begins_with_the_draft_and_keeps_what_is_no_json(chains: World) -> None:
    """What was typed is never lost: it comes back with the reason above it."""

    async def story() -> None:
        async with opened(chains.folder, first=To("edit", event=1, snapshot=1)) as driver:
            await driver.sees("WILL BE", "email")
            await line_with(driver, "email")
            await driver.press("enter")
            entry = driver.app.screen.query_one("#value")
            entry.value = ""  # type: ignore[attr-defined]
            await driver.type("a@x.de")
            await driver.press("enter")
            await driver.sees("1 changed")
            place = editing(driver)
            assert '"email": "a@x.de"' in place._to_edit()
            place._take('{"id": 1,\n "email": }')
            place._draw()
            await driver.sees("that is not JSON at line 2, column 11", "e opens your text")
            again = place._to_edit()
            assert again.startswith("// that is not JSON at line 2")
            assert again.endswith('{"id": 1,\n "email": }')
            await driver.press("escape")
            await driver.sees("esc again drops")
            place._take('{"id": 1, "email": "b@x.de", "amount": 10}')
            await driver.sees('"b@x.de"', "1 changed")

    played(story())


def test_a_second_edit_goes_onto_the_first(chains: World) -> None:
    """I2: what the first edit said is still in what is sent."""
    chains.engine.edit("s1", Edit({"email": "a@x.de"}), reason="asked", actor="ana")

    async def story() -> None:
        async with opened(chains.folder, first=To("edit", event=1, snapshot=1)) as driver:
            await driver.sees('"a@x.de"')
            await line_with(driver, "amount")
            await driver.press("enter")
            entry = driver.app.screen.query_one("#value")
            entry.value = ""  # type: ignore[attr-defined]
            await driver.type("77")
            await driver.press("enter", "s")
            await driver.sees("1 field changes.")
            await confirmed(driver, "asked again")
            await driver.until(lambda screen: "WILL BE" not in screen)

    played(story())

    edited = chains.engine.record("s1").snapshot.edited or b""
    assert b"a@x.de" in edited
    assert b"77" in edited


def test_a_link_on_which_much_depends_asks_before_it_runs(chains: World) -> None:
    async def story() -> None:
        async with opened(chains.folder) as driver:
            await driver.sees("orders", "failed")
            await driver.press("r")
            await driver.sees("Run orders? Its severity is high.", "writes to warehouse.db")
            await driver.press("enter")
            await driver.until(lambda screen: "Run orders?" not in screen)
            assert len(chains.engine.events().items) == 2
            await driver.press("r")
            await driver.sees("[ Cancel ]")
            await driver.press("right", "enter")
            await driver.sees("#3 orders")

    played(story())
