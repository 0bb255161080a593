"""Names of tables and columns are only names, whatever they are made of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.adapter import Column
from engine.domain.errors import SystemSyncError
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_world import execute, load, opened

pytest_plugins = ("tests.adapters.sql_servers",)

NAMES = (
    "select",
    'a"b',
    "a'b",
    "a;b--",
    "a b",
    "a%s%b",
    "a:b",
    "a\nb",
    "e\u0301",
    "é",
    "🙂",
    "c0",
    "place",
    "given",
    "held",
    "held by the target",
    "excluded",
    "rowid",
    "x" * 63,
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.db'}"
    else:
        schema: Schema = request.getfixturevalue("schema")
        yield schema.url


@pytest.mark.parametrize("role", ["table", "key", "column"])
def test_a_name_may_be_anything_in_any_role(url: str, role: str) -> None:
    for number, name in enumerate(NAMES):
        table = name if role == "table" else f"t{number}"
        key = name if role == "key" else "id"
        columns = (Column(key, "int"), Column(name if role == "column" else "text", "str"))
        names = tuple(column.name for column in columns)
        rows = [(n, str(n)) for n in range(150)]
        with opened(url, columns=columns, key=(key,), table=table, create=True) as target:
            (receipt,) = target.push([load(rows, columns=names)])
            found = target.lookup([(7,), (-1,)])

        assert (receipt.written, receipt.error) == (150, None), name
        assert found == {(7,): dict(zip(names, (7, "7"), strict=True)), (-1,): None}


def test_a_name_that_would_be_cut_off_is_refused(schema: Schema) -> None:
    """T1: what is left of it may be another's name."""
    long = "é" * 32
    schema.run(f'CREATE TABLE "{long[:31]}" (order_id bigint PRIMARY KEY)')
    for options in (
        {"table": long},
        {"columns": (Column("order_id", "int"), Column(long)), "create": True},
    ):
        with (
            pytest.raises(SystemSyncError, match="is longer than the 63 bytes") as raised,
            opened(schema.url, **options),
        ):
            pass

        assert raised.value.code == "malformed_name"
    assert schema.rows("SELECT 1 FROM pg_tables WHERE tablename = 'orders'") == []


def test_a_twin_of_a_name_is_told_from_it(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    execute(file, 'CREATE TABLE orders (order_id INTEGER PRIMARY KEY, "pre\u0301nom" TEXT)')
    columns = (Column("order_id", "int"), Column("prénom", "str"))
    with (
        pytest.raises(SystemSyncError, match="which only looks the same") as raised,
        opened(f"sqlite:///{file}", columns=columns),
    ):
        pass

    assert raised.value.code == "column_missing"
