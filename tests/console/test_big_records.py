"""Records that are larger, deeper and stranger than a screen."""

from pathlib import Path

from console.places import To
from tests.console.piloting import opened, played
from tests.stories.world import a_world, order

MEGABYTE = 1_000_000


def test_a_record_of_a_megabyte_opens_like_any_other(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.orders([order(1, email=" ", note="x" * MEGABYTE)])
    world.run()
    world.engine.close()

    async def story() -> None:
        async with opened(tmp_path, first=To("record", event=1, snapshot=1)) as driver:
            await driver.sees('"xxxxxx', "Answers")
            await driver.press("end", "enter")
            await driver.press("v")
            await driver.sees('"before": {', "xxx…")
            await driver.press("v", "Y")
            await driver.sees("saved to")

    played(story())

    (saved,) = (tmp_path / "saved").iterdir()
    assert saved.stat().st_mode & 0o077 == 0


def test_two_hundred_nested_fields_are_a_list_that_is_scrolled(tmp_path: Path) -> None:
    deep = {f"level{n}": {"a": [{"b": n, "missing": None}], "": ""} for n in range(70)}
    world = a_world(tmp_path)
    world.orders([order(1, email=" ", deep=deep)])
    world.run()
    world.engine.close()

    async def story() -> None:
        async with opened(tmp_path, first=To("record", event=1, snapshot=1)) as driver:
            await driver.sees("vel0.a[0].b", "null")
            await driver.press("G")
            await driver.sees("level69", "proves recovery")
            await driver.press("d", "g")
            await driver.sees("- ", "missing")

    played(story())


def test_wide_and_combining_characters_keep_their_columns(tmp_path: Path) -> None:
    wide = "漢字かな交じり文 e\u0301e\u0301e\u0301 \u05e9\u05dc\u05d5\u05dd " * 3
    world = a_world(tmp_path)
    world.orders([order(1, email=" ", note=wide), order(2, email=" ", note="plain")])
    world.run()
    world.engine.close()

    async def story() -> None:
        async with opened(tmp_path, first=To("record", event=1, snapshot=1)) as driver:
            await driver.sees("漢字", "Answers")
            strips = driver.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {80}

    played(story())
