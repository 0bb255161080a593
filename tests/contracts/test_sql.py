"""The contracts over tables in a SQLite file and on a real PostgreSQL server."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from engine.adapters.sql.options import SqlSourceOptions, SqlTargetOptions
from engine.adapters.sql.source import SqlSource
from engine.adapters.sql.target import SqlTarget
from engine.domain.adapter import Column
from engine.domain.delta import Window
from engine.testing import (
    SourceCase,
    SourceContract,
    TargetCase,
    TargetContract,
    WindowCase,
)
from tests.contracts.orders import HOSTILE, source_context, target_context
from tests.databases import Postgres

COLUMNS = (
    Column("id", "int"),
    Column("email", "str"),
    Column("amount", "decimal"),
    Column("paid", "bool"),
    Column("placed", "datetime"),
)
TABLE = """
create table {table} (
    id integer primary key, email text, amount numeric check (amount >= 0),
    paid {flag}, placed {moment}, changed integer
)
"""

_numbers = count(1)


class Database:
    """A table of a test's own in one kind of database."""

    def __init__(
        self, url: str, connect: Callable[[], Any], *, flag: str, moment: str, mark: str
    ) -> None:
        self.url = url
        self.table = f"orders{next(_numbers)}"
        self._connect = connect
        self._mark = mark
        self._run(TABLE.format(table=self.table, flag=flag, moment=moment))

    def fill(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert these rows."""
        for row in rows:
            marks = ", ".join(self._mark for _ in row)
            self._run(
                f"insert into {self.table} ({', '.join(row)}) values ({marks})",
                tuple(row.values()),
            )

    def held(self) -> list[dict[str, Any]]:
        """What the table holds, by a connection of its own."""
        with closing(self._connect()) as connection:
            rows = connection.execute(f"select * from {self.table}").fetchall()
            return [_as_written(dict(row)) for row in rows]

    def drop(self) -> None:
        """Drop the table."""
        self._run(f"drop table if exists {self.table}")

    def _run(self, statement: str, values: tuple[Any, ...] = ()) -> None:
        with closing(self._connect()) as connection:
            connection.execute(statement, values)
            connection.commit()


def _as_written(row: dict[str, Any]) -> dict[str, Any]:
    """SQLite holds a decimal and a flag as text or a number."""
    amount, paid = row["amount"], row["paid"]
    return {
        **row,
        "amount": None if amount is None else Decimal(str(amount)),
        "paid": None if paid is None else bool(paid),
    }


@pytest.fixture(scope="module")
def shop_url(postgres: Postgres) -> str:
    """A database of this module's own."""
    return postgres.database("contracts")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty table."""
    if request.param == "sqlite":
        file = tmp_path / "shop.db"

        def connect() -> Any:
            connection = sqlite3.connect(file)
            connection.row_factory = sqlite3.Row
            return connection

        made = Database(
            f"sqlite:///{file}", connect, flag="integer", moment="text", mark="?"
        )
    else:
        uri = request.getfixturevalue("shop_url")
        made = Database(
            uri,
            lambda: psycopg.connect(uri, row_factory=dict_row),
            flag="boolean",
            moment="timestamptz",
            mark="%s",
        )
    yield made
    made.drop()


def flat(number: int) -> dict[str, Any]:
    """An order that a table can hold."""
    return {
        "id": number,
        "email": f"o{number}@example.com",
        "amount": Decimal(number) / 4,
        "paid": number % 2 == 0,
        "placed": datetime(2026, 5, number % 27 + 1, 12, 30, tzinfo=UTC),
    }


class TestSqlSource(SourceContract):
    """By table and by query, whole and by a change column."""

    @pytest.fixture(params=["table", "query", "changes"])
    def case(self, request: pytest.FixtureRequest, database: Database) -> SourceCase:
        records: list[dict[str, Any]] = [
            {"id": n, "email": f"o{n}@example.com", "paid": None, "changed": 100 + n}
            for n in range(1, 26)
        ]
        records[3]["email"] = None
        records[4]["email"] = ""
        records[5]["email"] = HOSTILE
        database.fill(records)
        names = ", ".join(records[0])
        query = f"select {names} from {database.table}"
        options = SqlSourceOptions(
            url=database.url,
            table=database.table if request.param == "table" else None,
            query=None if request.param == "table" else query,
            order_by=("id",),
            changed_since="changed" if request.param == "changes" else None,
        )
        if request.param == "table":
            records = [{**each, "amount": None, "placed": None} for each in records]
        missing = SqlSourceOptions(url=database.url, table="nothing_here", order_by=("id",))
        windows = (WindowCase(Window(since=111), records[10:]),)
        return SourceCase(
            make=lambda context: SqlSource(options, context),
            context=source_context("/"),
            records=records,
            windows=windows if request.param == "changes" else (),
            unplannable=lambda context: SqlSource(missing, context),
            key=("id",),
        )


class TestSqlTarget(TargetContract):
    """Into a table that is there."""

    @pytest.fixture(params=["tuples", "dicts"])
    def case(self, request: pytest.FixtureRequest, database: Database) -> TargetCase:
        options = SqlTargetOptions(url=database.url, table=database.table)
        missing = SqlTargetOptions(url=database.url, table="nothing_here")
        columns = COLUMNS if request.param == "tuples" else None
        rows = [flat(number) for number in range(1, 7)]
        rows[2]["email"] = HOSTILE.replace("\x07", "")
        rows[3]["email"] = None
        return TargetCase(
            make=lambda context: SqlTarget(options, context),
            context=target_context("/", columns=columns),
            held=database.held,
            rows=rows,
            refused={**flat(9), "amount": Decimal(-1)},
            unusable=lambda context: SqlTarget(missing, context),
        )
