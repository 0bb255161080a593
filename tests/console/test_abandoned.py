"""A run whose process was killed: every list says so, and what to do about it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.piloting import opened, played
from tests.faults.held import killed_run
from tests.stories.command_line import linkdeck
from tests.stories.shop_files import a_home
from tests.stories.slow_shop import ORDERS, PAGES, SIZE, SlowShop


@pytest.fixture
def shop() -> Iterator[SlowShop]:
    """It answers at once but where it is told to wait."""
    with SlowShop().open() as shop:
        yield shop


@pytest.fixture
def home(tmp_path: Path, shop: SlowShop) -> Path:
    """A home in which #1 was killed with -9 and never taken up again."""
    made = a_home(tmp_path, definition=ORDERS)
    killed_run(made, shop)
    return made


def test_the_command_line_says_interrupted_and_how_to_finish_it(
    home: Path, shop: SlowShop
) -> None:
    """RELIABILITY: a vanished engine shows as such, after kill -9 too."""
    for words in (("links",), ("events",)):
        said = linkdeck(*words, home=home, SHOP_URL=shop.url).out
        assert "interrupted" in said
        assert "running" not in said
        assert "#1 of orders was interrupted, nobody runs it any more: " in said
        assert "resume 1 finishes it" in said
    shown = linkdeck("show", "1", home=home).out
    assert "interrupted" in shown
    assert "resume 1" in shown
    document = linkdeck("show", "1", "--json", home=home).document()
    assert (document["status"], document["abandoned"]) == ("running", True)

    linkdeck("resume", "1", home=home, SHOP_URL=shop.url)

    after = linkdeck("show", "1", "--json", home=home).document()
    assert (after["status"], after["abandoned"]) == ("completed", False)
    assert after["interrupted"]
    assert "interrupted" not in linkdeck("events", home=home).out


def test_the_console_says_interrupted_and_u_resumes_it(home: Path, shop: SlowShop) -> None:
    async def story() -> None:
        async with opened(home, SHOP_URL=shop.url) as driver:
            await driver.sees(
                "✗ interrupted", "nobody runs it any more: u resumes it", "u resume"
            )
            await driver.press("enter")
            await driver.sees("#1", "✗ interrupted", "u resume")
            await driver.press("enter")
            await driver.sees("✗ interrupted", "nobody runs it any more: u resumes it")
            await driver.press("u")
            await driver.until(lambda screen: "✓ completed" in screen, "its end")

    played(story())

    document = linkdeck("show", "1", "--json", home=home).document()
    assert document["records"]["written"] == PAGES * SIZE
