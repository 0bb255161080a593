"""What tests of every part may ask for: one PostgreSQL server a process, and empty stores."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.databases import Postgres


def pytest_configure() -> None:
    """Signals as a person's shell leaves them, whoever started the tests with some shut off."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            heard = (
                signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            )
            signal.signal(number, heard)


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Postgres]":
    """The server, started by the first test that needs it."""
    from tests.databases import running

    with running() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store, migrated once."""
    from engine.store.store import Store

    home = tmp_path_factory.mktemp("template") / "home"
    Store.open(None, home=home).close()
    return home / "linkdeck.db"


@pytest.fixture(scope="session")
def postgres_template(
    postgres: "Postgres", tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The name of an empty PostgreSQL store, migrated once."""
    from engine.store.store import Store

    url = postgres.database("template_store")
    Store.open(url, home=tmp_path_factory.mktemp("template") / "home").close()
    return "template_store"
