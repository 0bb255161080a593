"""What an operator does in the console, from the key press to the state of the store."""

from pathlib import Path

import pytest

from console.places import To
from engine.domain.outcome import Status
from tests.console.piloting import Driver, opened, played
from tests.stories.world import World, a_world, order


@pytest.fixture
def shop(tmp_path: Path) -> World:
    """Orders of which #1 failed on five of thirty."""
    world = a_world(tmp_path)
    world.orders([order(n, **({"email": " "} if n % 6 == 0 else {})) for n in range(1, 31)])
    world.run()
    return world


def test_enter_leads_from_the_links_down_to_the_failing_field(shop: World) -> None:
    """CONTRACT 5: Links → Sync Events → Summary → Failures → Record, and esc all the way back."""

    async def story() -> None:
        async with opened(shop.folder) as driver:
            await driver.sees("orders", "✗ failed", "1 of 1")
            await driver.press("enter")
            await driver.sees("#1", "STATUS")
            await driver.press("enter")
            await driver.sees("fetched 30 = written 25 + ignored 0 + failed 5 + in doubt 0")
            await driver.press("enter")
            await driver.sees("1 / 5 of 5", "email is blank", "everything")
            await driver.press("tab", "enter")
            screen = await driver.sees("Answers", "email is blank")
            assert 'email  " "' in " ".join(screen.split()).replace(
                'email " "', 'email  " "'
            )
            for _ in range(4):
                await driver.press("escape")
            await driver.sees("LAST RUN")
            await driver.press("escape")
            await driver.sees("LAST RUN")

    played(story())


def test_a_run_started_here_is_a_process_of_its_own(shop: World) -> None:
    """X2: the console may vanish, the run goes on."""

    async def story() -> None:
        async with opened(shop.folder) as driver:
            await driver.sees("✗ failed")
            await driver.press("r")
            await driver.sees("#2 orders", "by ana@test")
            await driver.until(lambda screen: "100%" in screen and "failed 5" in screen)

    played(story())

    ended = shop.engine.event("2")
    assert (ended.status, ended.actor) == (Status.FAILED, "ana@test")


def test_disabling_a_link_asks_why_and_begins_on_cancel(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder) as driver:
            await driver.sees("✗ failed")
            await driver.press("o")
            await driver.sees("Disable orders?")
            await driver.press("enter")
            await driver.until(lambda screen: "Disable orders?" not in screen)
            await driver.sees("cancelled: nothing was done")
            assert shop.engine.links()[0].enabled
            await driver.press("o")
            await driver.sees("[ Cancel ]")
            await driver.press("escape")
            await driver.until(lambda screen: "Disable orders?" not in screen)
            await driver.press("o")
            await driver.sees("[ Cancel ]")
            await driver.press("right", "enter")
            await driver.sees("Say why in a few words")
            await driver.type("stocktaking")
            await driver.press("down", "down", "enter")
            await driver.sees("= disabled")

    played(story())

    assert not shop.engine.links()[0].enabled


def test_a_retry_is_planned_confirmed_and_shown(shop: World) -> None:
    """C4, P1, P7: the definition is repaired, the plan looked at, the original turns completed."""
    repaired = (shop.links / "orders.yaml").read_text("utf-8")
    repaired = repaired.replace(
        "{field: email, rule: required}", "{field: id, rule: required}"
    )
    (shop.links / "orders.yaml").write_text(repaired, "utf-8")

    async def story() -> None:
        async with opened(shop.folder, first=To("summary", event=1)) as driver:
            await driver.sees("open     5 records")
            await driver.press("R")
            await driver.sees(
                "The definition has changed since", "( ) as-run", "( ) current"
            )
            await driver.press("R")
            await driver.until(lambda screen: "Cancel" not in screen)
            await _choose(driver, "current")
            await driver.sees("(●) current", "plan ")
            await driver.press("R")
            await driver.sees("Retry 5 records of #1 orders?", "[ Cancel ]")
            await driver.press("up")
            await driver.type("rule dropped")
            await driver.press("down", "down", "enter")
            await driver.sees("Retry Failures of #1", "#2 orders", "✓ completed")

    played(story())

    first, child = shop.engine.event("1"), shop.engine.event("2")
    assert (first.status, first.recovered_by) == (Status.COMPLETED, 2)
    assert (child.parent, child.reason, child.actor) == (1, "rule dropped", "ana@test")
    assert len(shop.rows()) == 30


async def _choose(driver: Driver, word: str) -> None:
    """Go down to the line with that word, and open it."""
    paper = driver.app.screen.query_one("#retry")
    for _ in range(10):
        line = "".join(span.text for span in paper.line(paper.at, 80))  # type: ignore[attr-defined]
        if word in line:
            break
        await driver.press("down")
    await driver.press("enter")


def test_the_filter_line_understands_fields_and_words(shop: World) -> None:
    """CONTRACT 5: words, field:value, !word; always so many of so many; esc clears."""

    async def story() -> None:
        async with opened(shop.folder, first=To("failures", event=1)) as driver:
            await driver.sees("1 / 5 of 5")
            await driver.press("slash")
            await driver.type("key:12")
            await driver.sees("1 / 1 of 5", "/ key:12")
            await driver.press("enter")
            assert driver.app.screen.query_one("#groups").has_focus
            await driver.press("escape")
            await driver.sees("1 / 5 of 5")
            await driver.press("slash")
            await driver.type("!blank")
            await driver.sees("0 of 5")
            await driver.press("escape", "slash")
            await driver.type("code:required blank")
            await driver.sees("1 / 5 of 5")

    played(story())


def test_nothing_to_show_says_what_to_do(tmp_path: Path) -> None:
    a_world(tmp_path).engine.close()

    async def story() -> None:
        async with opened(tmp_path) as driver:
            await driver.sees("There is no Link yet.", "linkdeck new NAME")

    played(story())


def test_what_another_process_does_is_seen_at_once(shop: World) -> None:
    """Live: the console asks cheaply whether anything changed, whoever changed it."""

    async def story() -> None:
        async with opened(shop.folder, first=To("events", link="orders")) as driver:
            await driver.sees("1 of 1")
            shop.run()
            await driver.sees("#2", "2 of 2")

    played(story())


def test_the_cursor_stays_on_its_line_when_new_ones_come_above(shop: World) -> None:
    shop.run()

    async def story() -> None:
        async with opened(shop.folder, first=To("events", link="orders")) as driver:
            await driver.sees("2 of 2")
            await driver.press("down")
            table = driver.app.screen.query_one("#events")
            assert table.target(table.at) == 1  # type: ignore[attr-defined]
            shop.run()
            await driver.sees("3 of 3")
            assert table.target(table.at) == 1  # type: ignore[attr-defined]

    played(story())


def test_by_name_one_gets_everywhere(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder) as driver:
            await driver.sees("✗ failed")
            await driver.press("colon")
            await driver.sees("a place, a Link")
            await driver.press("escape")
            await driver.until(lambda screen: "a place, a Link" not in screen)
            await driver.press("colon")
            await driver.type("#1")
            await driver.press("enter")
            await driver.sees("fetched 30 =")
            await driver.press("colon")
            await driver.type("explain")
            await driver.press("enter")
            await driver.sees("Why orders is synced up to where it is")
            await driver.press("question_mark")
            await driver.sees("Everywhere", "narrow the list")

    played(story())


def test_the_way_here_is_cut_at_its_beginning_where_it_is_long(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, size=(80, 24)) as driver:
            await driver.sees("✗ failed")
            for place in ("#1", "failures", "causes", "audit", "alerts", "inbox", "causes"):
                await driver.press("colon")
                await driver.type(place)
                await driver.press("enter")
                await driver.sees(f"› {place.capitalize()} ")
            first = driver.screen().splitlines()[0]
            assert first.rstrip().endswith("● live")
            way = "… › Failures › Causes › Audit › Alerts › Inbox › Causes"
            assert first.split("  ")[:2] == [" linkdeck", way]

    played(story())


def test_a_refusal_is_one_sentence_in_the_footer(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, first=To("summary", event=99)) as driver:
            await driver.sees("there is no Sync Event #99", "esc, and 1 leads", ": go to")
            assert ": go to" in driver.lines()[-1]

    played(story())


def test_a_page_says_how_much_of_it_stands_below(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, size=(80, 12), first=To("help")) as driver:
            await driver.until(lambda screen: " more" in screen.splitlines()[-1])
            await driver.press("G")
            await driver.until(lambda screen: " more" not in screen.splitlines()[-1])

    played(story())


def test_the_window_may_change_its_size_at_any_time(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, first=To("failures", event=1)) as driver:
            await driver.sees("1 / 5 of 5", "✗ open")
            for width, height in ((160, 45), (60, 12), (200, 60), (80, 24)):
                await driver.pilot.resize_terminal(width, height)
                await driver.until(lambda screen, h=height: screen.count("\n") == h - 1)  # type: ignore[misc]
                await driver.sees("✗ open", "everything")
                assert {len(line) for line in driver.lines()} == {width}

    played(story())


def test_a_refresh_can_be_paused_and_nothing_else_is(shop: World) -> None:
    async def story() -> None:
        async with opened(shop.folder, first=To("events", link="orders")) as driver:
            await driver.sees("1 of 1")
            await driver.press("p")
            await driver.sees("‖ paused")
            shop.run()
            await driver.press("enter")
            await driver.sees("fetched 30 =")
            await driver.press("escape", "p")
            await driver.sees("2 of 2", "● live")

    played(story())
