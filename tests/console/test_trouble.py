"""What the engine says, with keys where it names commands."""

from pathlib import Path

import pytest

from console.places import To
from console.trouble import by_keys
from tests.console.piloting import opened, played
from tests.stories.world import a_world, order

SAID = (
    ("there is no Sync Event #7; linkdeck events lists them", "esc, and 1 leads to all"),
    ("orders is running as #3; wait, or: linkdeck cancel 3", ":#3 and x cancels it"),
    (
        "#4 was interrupted: linkdeck resume 4, or: linkdeck cancel 4 --reason …",
        "u resumes",
    ),
    ("the Link 'orders' is disabled; linkdeck enable orders --reason …", "o lets it run"),
    ("#1 failed, 5 records open; linkdeck retry 1", ":#1 and R retries it"),
    (
        "there is no Snapshot s9; linkdeck failures EVENT lists them",
        "f lists what there is",
    ),
    (
        "there is no Snapshot s9, or retention has taken it; linkdeck failures EVENT lists"
        " those there are",
        "esc, and 2 lists what waits",
    ),
    (
        "orders.yaml:3: no; mend it, or go with the definition it ran with: --definition as-run",
        "with, as-run",
    ),
    ("s9 is closed; linkdeck record s9 shows its journey", ":s9 shows it"),
)


@pytest.mark.parametrize(("sentence", "keys"), SAID)
def test_a_command_that_has_a_key_is_said_by_its_key(sentence: str, keys: str) -> None:
    said = by_keys(sentence)

    assert keys in said
    assert "linkdeck" not in said


def test_what_has_no_key_stays_as_it_is() -> None:
    sentence = "the store has schema 12; linkdeck doctor says more"

    assert by_keys(sentence) == sentence


def test_explain_says_by_key_what_would_open_the_gate(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.orders([order(1, email=" ")])
    world.run()
    world.engine.close()

    async def story() -> None:
        async with opened(tmp_path, first=To("explain", link="orders")) as driver:
            await driver.sees("downstream should wait", "and R retries it")
            assert "linkdeck retry" not in driver.screen()

    played(story())
