from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.service.engines import AnEngine, end_all
from tests.stories.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world of its own, without an engine."""
    made = a_world(tmp_path)
    yield made
    made.engine.close()


class StartEngine(Protocol):
    """Starts an engine, by default for the test's own folder."""

    def __call__(
        self, *flags: str, home: Path | None = None, **environ: str
    ) -> AnEngine: ...


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartEngine]:
    """Engines of the test, none of which outlives it."""
    homes = {tmp_path}
    started: list[AnEngine] = []

    def begin(*flags: str, home: Path | None = None, **environ: str) -> AnEngine:
        homes.add(home or tmp_path)
        started.append(AnEngine(home or tmp_path, *flags, **environ))
        return started[-1]

    yield begin
    for home in homes:
        end_all(home)
    for each in started:
        each.process.wait(30)
