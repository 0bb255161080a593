import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.kills import STARTED
from tests.stories.world import World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose store is SQLite."""
    made = a_world(tmp_path)
    yield made
    made.engine.close()


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """A test that fails leaves no run behind."""
    yield
    while STARTED:
        run = STARTED.pop()
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
