"""Nothing from outside reaches the terminal raw, on any screen (DESIGN 6, RELIABILITY e 1)."""

import unicodedata
from pathlib import Path

import pytest

from console.app import PLACES
from console.places import To
from console.safe import safe
from tests.console.hostile import WEAPONS, a_hostile_world
from tests.console.piloting import Driver, opened, played

PLACES_HERE = (
    To("links"),
    To("events"),
    To("events", link="hostile"),
    To("summary", event=1),
    To("batches", event=1),
    To("batch", event=1, batch=1),
    To("failures", event=1),
    To("record", event=1, snapshot=1),
    To("record", event=1, snapshot=2),
    To("explain", link="hostile"),
    To("chain", event=1, link="hostile"),
    To("retry", event=1, link="hostile"),
    To("inbox"),
    To("audit"),
    To("alerts"),
    To("causes"),
    To("edit", event=1, snapshot=2),
    To("settings", link="hostile"),
    To("help"),
)


def test_every_place_is_among_those_that_are_looked_at() -> None:
    assert {to.place for to in PLACES_HERE} == set(PLACES)


def raw_characters(text: str) -> set[str]:
    """Characters of the screen that a terminal would obey or hide."""
    return {
        char
        for char in text
        if char != "\n"
        and (
            unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
            or safe(char) != char
        )
    }


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
def test_no_screen_shows_a_raw_character(tmp_path: Path, size: tuple[int, int]) -> None:
    a_hostile_world(tmp_path).engine.close()

    async def story() -> None:
        async with opened(tmp_path, size=size) as driver:
            await driver.sees("hostile", "✗ failed")
            for to in PLACES_HERE:
                driver.app.go(to)
                await _looked_at(driver)
                if to.place in ("record", "failures", "edit"):
                    await driver.press("end", "v", "enter", "home")
                    await _looked_at(driver)
                await driver.press("escape", "escape")

    played(story())


async def _looked_at(driver: Driver) -> None:
    await driver.until(
        lambda screen: " reading" not in screen and "opening the store" not in screen
    )
    await driver.pilot.pause(0.05)
    assert raw_characters(driver.screen()) == set()


def test_what_is_typed_or_pasted_into_a_filter_is_visible_too(tmp_path: Path) -> None:
    a_hostile_world(tmp_path).engine.close()

    async def story() -> None:
        async with opened(tmp_path) as driver:
            await driver.sees("✗ failed")
            await driver.press("slash")
            entry = driver.app.screen.query_one("#filter")
            entry.value = "".join(WEAPONS)  # type: ignore[attr-defined]
            await driver.pilot.pause()
            assert raw_characters(driver.screen()) == set()

    played(story())


def test_only_ascii_is_drawn_where_nothing_else_can_be_read(tmp_path: Path) -> None:
    a_hostile_world(tmp_path).engine.close()

    async def story() -> None:
        async with opened(tmp_path, unicode=False) as driver:
            await driver.sees("hostile", "x failed")
            for to in PLACES_HERE:
                driver.app.go(to)
                await driver.until(lambda screen: " reading" not in screen)
                await driver.pilot.pause(0.05)
                assert driver.screen().isascii(), driver.screen()
                await driver.press("escape", "escape")

    played(story())


def test_no_place_holds_a_widget_that_would_parse_what_it_is_given(tmp_path: Path) -> None:
    """Every widget is one of ours, an input, or a box without text of its own."""
    from textual.containers import Container, Horizontal, Vertical
    from textual.widget import Widget

    from console.widgets.bar import Bar
    from console.widgets.entry import Entry
    from console.widgets.lines import Lines
    from console.widgets.note import Note

    a_hostile_world(tmp_path).engine.close()
    ours = (Bar, Lines, Note, Entry, Container, Horizontal, Vertical)

    async def story() -> None:
        async with opened(tmp_path) as driver:
            await driver.sees("✗ failed")
            for to in PLACES_HERE:
                driver.app.go(to)
                await driver.pilot.pause()
                for widget in driver.app.screen.walk_children(Widget):
                    assert isinstance(widget, ours), widget
                    assert widget.border_title is None, widget
                    assert widget.tooltip is None, widget
                await driver.press("escape", "escape")

    played(story())
