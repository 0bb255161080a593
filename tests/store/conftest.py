"""Every behaviour of the store is proved on SQLite and on PostgreSQL, both real."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from engine.store.store import Store
from tests.databases import Postgres
from tests.store.world import NOON


@dataclass(frozen=True)
class Place:
    """Where a test's own store is."""

    kind: str
    url: str | None
    home: Path

    def open(self, clock: Callable[[], Any] = lambda: NOON) -> Store:
        """The store there, with a clock that stands still unless another is given."""
        return Store.open(self.url, home=self.home, clock=clock)


_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty store of the test's own, on each database in turn."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, home / "linkdeck.db")
        return Place("sqlite", None, home)
    server: Postgres = request.getfixturevalue("postgres")
    name: str = request.getfixturevalue("postgres_template")
    return Place("postgresql", server.database(f"store{next(_numbers)}", name), home)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """That store, open."""
    opened = place.open()
    yield opened
    opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A HOME that is still to be made."""
    return tmp_path / "home"
