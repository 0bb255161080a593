"""Three thousand Batches: any of them is a key away, and no more are held than stand near."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.places import To
from console.screens.batches import Batches
from console.widgets.roll import KEPT, Roll
from engine.domain.progress import BatchesPlanned
from engine.store.store import Store
from tests.console.piloting import Driver, opened, played
from tests.store.world import Told, clean, never_received, running, scopes

PLANNED = 3_000
FAILED = range(999, PLANNED, 1_000)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """A run of 3,000 Batches that goes on; every thousandth of them failed."""
    store = Store.open(None, home=tmp_path)
    run = running(store, PLANNED)
    run.finishes(*(never_received(batch) for batch in FAILED))
    run.finishes(*(clean(batch) for batch in range(20)))
    yield run
    store.close()


def held(driver: Driver) -> Roll:
    """The list, as it is held."""
    place = driver.app.place_now
    assert isinstance(place, Batches)
    assert len(place.batches._held) <= KEPT
    return place.batches


def test_the_end_of_the_list_is_a_key_away_and_little_of_it_is_held(
    told: Told, tmp_path: Path
) -> None:
    async def story() -> None:
        async with opened(tmp_path, first=To("batches", event=1)) as driver:
            await driver.sees("1 / 3,000 of 3,000", " 0  ✓", "20 completed", "3 failed")
            await driver.press("G")
            await driver.sees("3,000 / 3,000", " 2999 ", " 2980 ")
            for _ in range(40):
                await driver.press("pageup")
            await driver.sees("2,200 / 3,000", " 2199 ")
            await driver.press("g", "pagedown")
            await driver.sees("21 / 3,000", "  20  · waiting")
            assert held(driver).total == PLANNED

    played(story())


def test_the_cursor_keeps_its_batch_while_the_list_grows(
    told: Told, tmp_path: Path
) -> None:
    async def story() -> None:
        async with opened(tmp_path, first=To("batches", event=1)) as driver:
            await driver.sees("of 3,000")
            await driver.press("G")
            await driver.sees("3,000 / 3,000", " 2999 ")
            told.journal.emit(BatchesPlanned(PLANNED, scopes(500)))
            told.finishes(clean(PLANNED - 2))
            await driver.sees("3,000 / 3,500 of 3,500", "2998  ✓ completed")
            assert held(driver).target(held(driver).at) == PLANNED - 1
            await driver.press("G")
            await driver.sees("3,500 / 3,500", " 3499 ")

    played(story())


def test_a_filter_looks_at_all_of_them_and_follows_what_happens(
    told: Told, tmp_path: Path
) -> None:
    async def story() -> None:
        async with opened(tmp_path, first=To("batches", event=1)) as driver:
            await driver.sees("of 3,000")
            await driver.press("slash")
            await driver.type("state:failed")
            await driver.press("enter")
            await driver.sees("1 / 3 of 3,000", " 999 ", " 1999 ", " 2999 ")
            await driver.press("G", "up")
            told.finishes(never_received(1_500))
            await driver.sees("3 / 4 of 3,000", " 1500 ")
            assert held(driver).target(held(driver).at) == FAILED[1]
            await driver.press("slash")
            await driver.type(" !timed")
            await driver.sees("0 of 3,000", "Nothing matches; esc takes the filter away.")
            await driver.press("escape")
            await driver.sees("1 / 3,000 of 3,000", " 0  ✓")

    played(story())
