import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.stories.world import World, a_world

_numbers = count(1)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world whose store is SQLite; PostgreSQL where a test asks for it (`both_stores`)."""
    if getattr(request, "param", "sqlite") == "postgresql":
        server = request.getfixturevalue("postgres")
        template = request.getfixturevalue("postgres_template")
        url = server.database(f"story{next(_numbers)}", template)
        made = a_world(tmp_path, url)
    else:
        template = request.getfixturevalue("sqlite_template")
        made = a_world(tmp_path)
        shutil.copy(template, tmp_path / "linkdeck.db")
    yield made
    made.engine.close()
