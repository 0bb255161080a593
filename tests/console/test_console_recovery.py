"""The Inbox worked through in the console: edit, retry, discard, settings; then the audit."""

import asyncio
from pathlib import Path

import pytest
from textual import events

from console.places import To
from console.widgets.entry import Entry
from engine.domain.outcome import Status
from engine.domain.requests import Selection
from engine.domain.retry_plan import Choice, RetryOptions
from tests.console.piloting import Driver, opened, played
from tests.stories.world import World, a_world, order


@pytest.fixture
def shop(tmp_path: Path) -> World:
    """Orders of which #1 failed on two of five."""
    world = a_world(tmp_path)
    world.orders([order(n, **({"email": " "} if n % 2 == 0 else {})) for n in range(1, 6)])
    world.run()
    return world


async def confirmed(driver: Driver, reason: str) -> None:
    """From Cancel up to the reason, and down to the word that does it."""
    await driver.sees("[ Cancel ]")
    await driver.press("up")
    await driver.type(reason)
    await driver.press("down", "down", "enter")


async def line_with(driver: Driver, word: str) -> None:
    """Put the cursor on the line with that word."""
    lines = driver.app.screen.query_one("Paper")
    await driver.press("g")
    for _ in range(30):
        text = "".join(span.text for span in lines.line(lines.at, 80))  # type: ignore[attr-defined]
        if word in text:
            return
        await driver.press("down")


@pytest.mark.parametrize("turns", range(6))
def test_what_is_typed_ahead_at_a_question_loses_no_letter_and_no_order(
    shop: World, turns: int
) -> None:
    """Whoever is in a hurry types before the screen has followed, by however little."""
    said = "the customer rang and wants none of it " * 3

    async def story() -> None:
        async with opened(shop.folder) as driver:
            await driver.press("2")
            await driver.sees("2 open failures", "email is blank")
            await driver.press("D")
            await driver.sees("[ Cancel ]")
            for letter in said:
                key = "space" if letter == " " else letter
                driver.app.post_message(events.Key(key, letter))
                for _ in range(turns):
                    await asyncio.sleep(0)
            entry = driver.app.screen.query_one("#reason", Entry)
            await driver.until(lambda screen: len(entry.value) >= len(said), said)
            assert entry.value == said

    played(story())


def test_an_edited_record_is_tried_kept_and_sent_by_the_next_retry(shop: World) -> None:
    """I2: exactly one copy is sent, the original stays."""

    async def story() -> None:
        async with opened(shop.folder) as driver:
            await driver.press("2")
            await driver.sees("2 open failures", "email is blank")
            await driver.press("e")
            await driver.sees("WILL BE", "email")
            await line_with(driver, "email")
            await driver.press("enter")
            entry = driver.app.screen.query_one("#value")
            entry.value = ""  # type: ignore[attr-defined]
            await driver.type("two@example.com")
            await driver.press("enter")
            await driver.sees('"two@example.com"', "1 changed")
            await driver.press("t")
            await driver.sees("it would pass")
            await driver.press("s")
            await driver.sees("Keep this edit of s1?")
            await confirmed(driver, "asked the customer")
            await driver.sees("the edit is kept", "edited")
            await driver.press("R")
            await driver.sees("1 record to go")
            await driver.press("R")
            await driver.sees("Retry 1 record of #1 orders?")
            await confirmed(driver, "edited")
            await driver.sees("Retry Failures of #1", "✓ completed")

    played(story())

    assert {row["email"] for row in shop.rows() if row["id"] == 2} == {"two@example.com"}
    seen = shop.failing(shop.engine.event("1"))
    assert [each.state for each in seen] == ["recovered", "open"]


def test_a_discard_says_how_many_and_is_accounted_for(shop: World) -> None:
    """I3, C4: nothing destructive on one key, and the original is completed with warnings."""

    async def story() -> None:
        async with opened(shop.folder, first=To("failures", event=1)) as driver:
            await driver.sees("1 / 2 of 2")
            await driver.press("D")
            await driver.sees("Discard 2 failing records of #1?", "[ Cancel ]")
            await confirmed(driver, "test orders")
            await driver.sees("discarded 2 records")

    played(story())

    event = shop.engine.event("1")
    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert (event.open.records, event.residual) == (0, 0)


def test_marked_records_alone_are_taken(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, first=To("failures", event=1)) as driver:
            await driver.sees("1 / 2 of 2", "✗ open")
            await driver.press("tab")
            await driver.until(lambda _: driver.app.screen.query_one("#records").has_focus)
            await driver.press("space")
            await driver.sees("1 marked")
            await driver.press("D")
            await driver.sees("Discard 1 failing record of #1?")
            await confirmed(driver, "known")
            await driver.sees("discarded 1 record")

    played(story())

    states = [each.state for each in shop.failing(shop.engine.event("1"))]
    assert states == ["discarded", "open"]


def test_where_the_file_is_broken_the_definition_it_ran_with_may_go(shop: World) -> None:
    """P6: the sentence leads on to a key, not to a command; and the store did answer."""
    (shop.links / "orders.yaml").write_text("link: [", "utf-8")

    async def story() -> None:
        async with opened(shop.folder, first=To("summary", event=1)) as driver:
            await driver.sees("open     2 records")
            await driver.press("R")
            screen = await driver.sees("mend it, or go with the definition", "( ) as-run")
            assert "--definition" not in screen
            await driver.press("enter")
            await driver.sees("2 records to go", "● live")

    played(story())


def test_a_filter_narrows_what_is_planned_and_discarded(shop: World) -> None:
    """What the list does not show is not touched (P7)."""

    async def story() -> None:
        async with opened(shop.folder, first=To("failures", event=1)) as driver:
            await driver.sees("1 / 2 of 2", "✗ open")
            await driver.press("slash")
            await driver.type("key:2")
            await driver.press("enter")
            await driver.sees("/ key:2", "1 / 1 of 2")
            await driver.press("R")
            await driver.sees("Retry Failures of #1", "1 record to go")
            await driver.press("escape")
            await driver.sees("/ key:2", "1 / 1 of 2")
            await driver.press("D")
            await driver.sees("Discard 1 failing record of #1?")
            await confirmed(driver, "known")
            await driver.sees("discarded 1 record")
            await driver.press("D")
            await driver.sees("nothing of it is open")

    played(story())

    states = [each.state for each in shop.failing(shop.engine.event("1"))]
    assert states == ["discarded", "open"]


def test_what_a_person_sets_is_kept_beside_the_file_and_audited(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, size=(140, 30)) as driver:
            await driver.sees("✗ failed")
            await driver.press("S")
            await driver.sees("SETTING", "as the file says")
            await line_with(driver, "snapshots")
            await driver.press("enter")
            await driver.type("all")
            await driver.press("enter")
            await driver.sees("Say snapshots = all for orders?")
            await confirmed(driver, "to see more")
            await driver.sees("1 said", "to see more")
            await driver.press("3")
            await driver.sees("override", "to see more", ACTOR)

    played(story())

    (said,) = shop.engine.overrides("orders").items
    assert (said.name, said.reason) == ("snapshots", "to see more")


ACTOR = "ana@test"


def test_the_chain_shows_how_it_converges(shop: World) -> None:
    text = (shop.links / "orders.yaml").read_text("utf-8")
    rules = "{field: email, rule: required}"
    repaired = text.replace(rules, "{field: id, rule: required}")
    (shop.links / "orders.yaml").write_text(repaired, "utf-8")
    child = shop.engine.launch_retry("1", Selection(), _options())

    async def story() -> None:
        async with opened(shop.folder, first=To("summary", event=1)) as driver:
            await driver.sees(f"recovered by #{child.id}")
            await driver.press("c")
            await driver.sees("Chain of #1 orders", "records 2 → 0", f"└─#{child.id} retry")
            await driver.press("down", "enter")
            await driver.sees("Retry Failures of #1")
            await driver.press("P")
            await driver.sees("#1 orders")

    played(story())


def _options() -> RetryOptions:
    return RetryOptions(reason="repaired", actor="ana@test", definition=Choice.CURRENT)


def test_more_than_a_hundred_ask_for_the_number(tmp_path: Path) -> None:
    """CONTRACT 5."""
    world = a_world(tmp_path)
    world.orders([order(n, email=" ") for n in range(1, 151)], batch_size=50)
    world.run()

    async def story() -> None:
        async with opened(tmp_path, first=To("failures", event=1)) as driver:
            await driver.sees("1 / 150 of 150")
            await driver.press("D")
            await driver.sees("type 150 to confirm")
            await driver.press("up")
            await driver.type("all of them")
            await driver.press("down", "down", "enter")
            await driver.sees("Type 150 to confirm, or cancel.")
            await driver.type("150")
            for field in ("reason", "do"):
                await driver.press("enter")
                await driver.focuses(field)
            await driver.press("enter")
            await driver.sees("discarded 150 records")

    played(story())

    assert world.engine.event("1").open.records == 0


def test_a_kept_scope_is_discarded_from_the_inbox_as_well(tmp_path: Path) -> None:
    """The System error of a run that was stopped, or a Batch that was never read."""
    world = a_world(tmp_path)
    world.orders([order(n) for n in range(1, 31)], batch_size=10)
    target = (world.links / "orders.yaml").read_text("utf-8")
    world.link("orders", target.replace("create: true", "create: false"))
    world.run()

    async def story() -> None:
        async with opened(tmp_path, first=To("inbox")) as driver:
            await driver.until(lambda screen: "open failure" in screen and "#1" in screen)
            await driver.press("asterisk")
            await driver.sees("marked")
            await driver.press("D")
            await driver.sees("open failure", "[ Cancel ]")
            await confirmed(driver, "the table is gone for good")
            await driver.sees("All clear")

    played(story())

    assert world.engine.inbox_counts().total == 0
