"""The line drops while a run goes (X2): it completes; another console sees it, and whose it is."""

import getpass
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.engines import end_all
from tests.service.line import Line
from tests.service.slow_world import SlowWorld
from tests.stories.slow_shop import SlowShop


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[SlowWorld]:
    with SlowShop().open() as shop:
        made = SlowWorld.made(tmp_path, shop)
        yield made
        made.world.engine.close()
        end_all(tmp_path)


def test_a_run_outlives_the_line_it_was_asked_for_over(slow: SlowWorld) -> None:
    home = slow.world.folder
    environ = {"SHOP_URL": slow.shop.url, "LINKDECK_IDLE_EXIT": "2"}
    dropped = Line(home, **environ)
    dropped.sees("orders", "never ran")
    dropped.send("r")
    slow.held()
    dropped.sees("running")
    dropped.drop()

    second = Line(home, **environ)
    second.sees("orders", "running")
    second.send("\r")
    second.sees("#1", "running")
    second.send("\r")
    second.sees("running", f"by {getpass.getuser()}@")
    slow.shop.go.set()
    second.sees("✓ completed")
    second.send("q")

    assert second.process.wait(30) == 0
    slow.assert_whole()
