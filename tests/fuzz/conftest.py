import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.exploring import Explore
from tests.stories.world import World, a_world

FUZZED = "fuzzed"


@pytest.fixture(params=["short", pytest.param("long", marks=pytest.mark.storm)])
def explore(request: pytest.FixtureRequest) -> Iterator[Explore]:
    """Explores a property: shortly, or as long as a storm takes."""
    made = Explore(storm=request.param == "long")
    yield made
    request.node.user_properties.append((FUZZED, [made.examples, made.seconds]))


@pytest.fixture
def world(tmp_path: Path, sqlite_template: Path) -> Iterator[World]:
    """A world of its own, its store already made."""
    made = a_world(tmp_path)
    shutil.copy(sqlite_template, tmp_path / "linkdeck.db")
    yield made
    made.engine.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How much was tried, for the table in tests/faults/README.md."""
    # What a fixture tells as it ends is in the report of the end.
    reports = [each for each in terminalreporter.getreports("") if each.when == "teardown"]
    told = [
        (report.nodeid, *value)
        for report in reports
        for name, value in report.user_properties
        if name == FUZZED
    ]
    for test, examples, seconds in sorted(told):
        terminalreporter.write_line(f"{examples:>9,} examples {seconds:>7.1f} s  {test}")
    if told:
        examples, seconds = (sum(each[place] for each in told) for place in (1, 2))
        terminalreporter.write_line(f"{examples:>9,} examples {seconds:>7.1f} s  in all")
