"""A store that was named and is not there: who only looks does not make one."""

from pathlib import Path

import pytest

from tests.stories.command_line import linkdeck
from tests.stories.shop_files import a_home

LOOKING = (
    ("links",),
    ("events",),
    ("show", "1"),
    ("failures", "1"),
    ("inbox",),
    ("audit",),
    ("explain", "orders"),
    ("plan", "1"),
    ("retry", "1", "--reason", "why"),
    ("discard", "1", "--reason", "why"),
)


@pytest.mark.parametrize("words", LOOKING, ids=lambda words: words[0])
def test_a_mistyped_store_is_said_and_not_made(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    home = a_home(tmp_path)
    missing = tmp_path / "elsewhere" / "mistyped.db"

    answer = linkdeck(*words, "--store", f"sqlite:///{missing}", home=home)

    assert answer.code == 3
    assert answer.out == ""
    assert f"there is no store at {missing}" in answer.err
    assert "linkdeck run LINK make one there" in answer.err
    assert not missing.parent.exists()


def test_the_environment_may_be_mistyped_as_well(tmp_path: Path) -> None:
    missing = tmp_path / "mistyped.db"

    answer = linkdeck(
        "events", home=a_home(tmp_path), LINKDECK_STORE=f"sqlite:///{missing}"
    )

    assert answer.code == 3
    assert not missing.exists()


def test_a_run_makes_the_store_that_was_named(tmp_path: Path) -> None:
    home, named = a_home(tmp_path), tmp_path / "elsewhere" / "new.db"

    assert linkdeck("run", "orders", "--store", f"sqlite:///{named}", home=home).code == 3

    assert named.exists()
    assert "#1" in linkdeck("events", "--store", f"sqlite:///{named}", home=home).out


def test_the_usual_store_is_made_by_whoever_comes_first(tmp_path: Path) -> None:
    home = a_home(tmp_path)

    assert "never ran" in linkdeck("links", home=home).out
    assert (home / "linkdeck.db").exists()
