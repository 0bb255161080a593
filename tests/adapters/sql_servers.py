"""A schema of its own for each test that needs PostgreSQL."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.adapters.sql_schema import Schema
from tests.databases import Postgres

_numbers = count(1)


@pytest.fixture
def schema(postgres: Postgres) -> Iterator[Schema]:
    """A schema that is dropped after the test."""
    name = f"s{next(_numbers)}"
    folder = postgres.admin.url.query["host"]
    url = f"postgresql://postgres:@/postgres?host={folder}&options=-csearch_path%3D{name}"
    made = Schema(name, url)
    made.run(f"CREATE SCHEMA {name}")
    yield made
    made.run(f"DROP SCHEMA {name} CASCADE")
