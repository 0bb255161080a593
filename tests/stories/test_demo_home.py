"""The folder a demo lives in: its own, private, and never somebody else's."""

from pathlib import Path

import pytest

from engine.demo.home import MARKER, demo_settings, fresh_home
from engine.demo.world import World
from engine.domain.errors import Refused

WORLD = World(seed=7, records=200)


def test_a_demo_home_is_private_down_to_its_files(tmp_path: Path) -> None:
    with fresh_home(tmp_path / "new" / "home", WORLD) as home:
        folders = [home, *(path for path in home.rglob("*") if path.is_dir())]
        files = [
            path for path in home.rglob("*.*") if path.is_file() and path.name != MARKER
        ]

    assert {path.stat().st_mode & 0o777 for path in folders} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_demo_home_is_made_fresh_each_time(tmp_path: Path) -> None:
    with fresh_home(tmp_path / "home", WORLD) as home:
        (home / "linkdeck.db").write_text("yesterday's", encoding="utf-8")
        (home / "links" / "mine.yaml").write_text("link: mine", encoding="utf-8")
    with fresh_home(tmp_path / "home", WORLD) as home:
        names = {path.name for path in home.rglob("*")}

    assert names == {
        *(MARKER, "products.csv", "links", "returns", "first.ndjson", "second.ndjson"),
        *("orders.yaml", "customers.yaml", "returns.yaml"),
    }


def test_a_home_that_is_not_a_demos_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "linkdeck.db"
    kept.write_text("precious", encoding="utf-8")

    with pytest.raises(Refused, match="holds something else than a demo"):
        fresh_home(tmp_path, WORLD).__enter__()

    assert kept.read_text(encoding="utf-8") == "precious"


def test_what_a_link_in_a_demo_home_points_to_is_not_cleared(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    with fresh_home(tmp_path / "home", WORLD) as home:
        (home / "away").symlink_to(elsewhere)
    with fresh_home(tmp_path / "home", WORLD):
        pass

    assert (elsewhere / "precious").exists()


def test_two_demos_do_not_share_a_home(tmp_path: Path) -> None:
    with (
        fresh_home(tmp_path / "home", WORLD),
        pytest.raises(Refused, match="a demo is at work in"),
    ):
        fresh_home(tmp_path / "home", WORLD).__enter__()


def test_a_file_in_the_place_of_a_home_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").touch()

    with pytest.raises(Refused, match="is not a folder"):
        fresh_home(tmp_path / "home", WORLD).__enter__()


def test_a_folder_that_cannot_be_made_is_said() -> None:
    with pytest.raises(Refused, match="name another home"):
        fresh_home(Path("/proc/linkdeck-demo"), WORLD).__enter__()


def test_a_demo_never_uses_the_store_or_the_links_of_its_environment(
    tmp_path: Path,
) -> None:
    environ = {"LINKDECK_HOME": str(tmp_path), "LINKDECK_STORE": "postgresql://prod/store"}

    unnamed, named = (demo_settings(home, environ) for home in (None, str(tmp_path / "x")))

    assert (unnamed.home, unnamed.store) == (tmp_path / "demo", None)
    assert (named.home, named.links) == (tmp_path / "x", tmp_path / "x" / "links")
