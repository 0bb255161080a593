"""From database to database: keyset batches in, upserts by key out, on real servers."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

import psycopg
import pytest

from engine.domain.outcome import Ending, Status
from tests.databases import Postgres
from tests.stories.definitions import COLUMNS, EMAIL, definition
from tests.stories.world import World, order

_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """A PostgreSQL database of the test's own."""

    url: str

    def does(self, *statements: str) -> None:
        """Execute these."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def holds(self, query: str) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def target(self, **more: Any) -> dict[str, Any]:
        """The table orders as a target."""
        return {"adapter": "sql", "url": self.url, "table": "orders", **more}


@pytest.fixture
def database(postgres: Postgres) -> Database:
    return Database(postgres.database(f"ends{next(_numbers)}"))


TABLE = (
    "CREATE TABLE orders (id BIGINT PRIMARY KEY, email TEXT NOT NULL UNIQUE, "
    "amount INTEGER CHECK (amount <> 170))"
)


def test_a_table_is_copied_in_batches_and_a_second_run_changes_nothing(
    world: World, database: Database
) -> None:
    """K1."""
    with closing(sqlite3.connect(world.links / "shop.db")) as made:
        made.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER)"
        )
        rows = [(n, f" O{n}@X.example", n) for n in range(1, 46)]
        made.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
        made.commit()
    source = {
        "adapter": "sql",
        "url": "sqlite:///shop.db",
        "table": "orders",
        "order_by": "id",
    }
    world.link("orders", definition(source=source, target=database.target(create=True)))

    first = world.run()
    second = world.run()

    assert (first.batches.planned, first.records.written) == (5, 45)
    assert second.records.written == 45
    assert database.holds("SELECT count(*), min(email), sum(amount) FROM orders") == [
        (45, "o10@x.example", 1035)
    ]


def test_one_record_of_many_is_refused_and_found_and_its_neighbours_are_written(
    world: World, database: Database
) -> None:
    """T3: a check, a unique column and a missing value, each found in its Batch."""
    database.does(TABLE)
    rows = [order(n) for n in range(1, 41)]
    rows[4]["email"] = "o3@example.com"
    rows[30]["email"] = None
    world.orders(rows)
    world.link(
        "orders", definition(target=database.target(), stages=[COLUMNS], batch_size=20)
    )

    event = world.run()

    assert event.ending is Ending.DONE
    assert (event.records.written, event.records.failed) == (37, 3)
    found = {snapshot.label: snapshot.errors[0] for snapshot in world.failing(event)}
    assert {label: (error["code"], error["class"]) for label, error in found.items()} == {
        "5": ("unique_violation", "duplicate"),
        "17": ("check_violation", "validation"),
        "31": ("not_null_violation", "validation"),
    }
    assert {error["stage"] for error in found.values()} == {"target"}
    assert database.holds("SELECT count(*) FROM orders") == [(37,)]


def test_a_missing_table_and_a_missing_column_stop_the_run_and_are_named(
    world: World, database: Database
) -> None:
    """T1."""
    world.orders([order(1)])
    world.link("orders", definition(target=database.target()))
    missing = world.run()
    database.does("CREATE TABLE orders (id BIGINT PRIMARY KEY, email TEXT)")
    narrow = world.run()

    assert [(g.tier, g.code) for g in missing.errors] == [("system", "table_missing")]
    assert [(g.tier, g.code) for g in narrow.errors] == [("system", "column_missing")]
    assert "amount" in narrow.errors[0].message


def test_refused_credentials_stop_the_run_without_a_password_in_its_words(
    world: World, database: Database
) -> None:
    """T1."""
    world.orders([order(1)])
    url = database.url.replace("postgres:@", "nobody:s3cr3t@").replace(
        "postgres@", "nobody:s3cr3t@"
    )
    assert "nobody" in url
    world.link(
        "orders", definition(target={"adapter": "sql", "url": url, "table": "orders"})
    )

    event = world.run()

    [group] = event.errors
    assert (group.tier, group.error_class) == ("system", "authorization")
    assert "s3cr3t" not in group.message
    assert "s3cr3t" not in world.engine._context.store.plan_of(event.id).text


def test_a_row_locked_by_somebody_else_is_waited_for_or_transient(
    world: World, database: Database
) -> None:
    """T6: lock timeouts are transient, ephemeral, and go on the retry route."""
    database.does(TABLE, "INSERT INTO orders VALUES (1, 'o1@example.com', 1)")
    world.orders([order(1)])
    limited = f"{database.url}&options=-clock_timeout%3D50ms"
    target = {"adapter": "sql", "url": limited, "table": "orders"}
    world.link("orders", definition(target=target))
    with psycopg.connect(database.url) as holder:
        holder.execute("UPDATE orders SET amount = 5 WHERE id = 1")

        event = world.run()

    assert event.status is Status.FAILED
    assert (event.records.written, event.records.failed) == (0, 1)
    [group] = event.errors
    assert (group.error_class, group.durability, group.route) == (
        "transient", "ephemeral", "retry",
    )  # fmt: skip


def test_money_and_times_arrive_as_what_they_are(world: World, database: Database) -> None:
    """Casts to columns."""
    database.does(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, price NUMERIC(12, 2), cents BIGINT, "
        "at TIMESTAMPTZ, day DATE, open BOOLEAN)"
    )
    fields = {
        "id": {"from": "id", "cast": "int"},
        "price": {"from": "price", "cast": "decimal"},
        "cents": {"from": "price", "cast": "cents"},
        "at": {"from": "at", "cast": "datetime"},
        "day": {"from": "at", "cast": "date"},
        "open": {"from": "open", "cast": "bool"},
    }
    world.orders(
        [
            {"id": 1, "price": "19.90", "at": "2026-11-21T14:00:00+01:00", "open": "yes"},
            {"id": 2, "price": 0.1, "at": "2026-11-21T14:00:00Z", "open": True},
            {"id": 3, "price": "1.005", "at": "2026-02-30", "open": 1},
        ]
    )
    stages = [{"name": "columns", "map": fields}]
    world.link("orders", definition(target=database.target(), stages=stages))

    event = world.run()

    failing = world.failing(event)
    assert {snapshot.label for snapshot in failing} >= {"3"}
    written = database.holds(
        "SELECT price, cents, at AT TIME ZONE 'UTC' FROM orders ORDER BY id"
    )
    assert (Decimal("19.90"), 1990) in [row[:2] for row in written]


def test_a_column_of_versions_in_postgresql_is_a_change_filter(
    world: World, database: Database
) -> None:
    """M1."""
    database.does(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, email TEXT, amount INTEGER, "
        "changed TIMESTAMPTZ)",
        "INSERT INTO orders SELECT n, 'o' || n || '@x.example', n, "
        "TIMESTAMPTZ '2026-01-01Z' + n * INTERVAL '1 hour' FROM generate_series(1, 25) n",
    )
    source = database.target(order_by="id", changed_since="changed", lookback=0)
    world.link("orders", definition(source=source))
    first = world.run()
    database.does("UPDATE orders SET changed = '2026-06-01Z', amount = 999 WHERE id = 7")

    second = world.run()

    assert (first.batches.planned, first.records.written) == (3, 25)
    # Inclusive below: the newest of before comes again (M3).
    assert second.records.fetched == 2
    mark = world.engine.explain("orders").mark
    assert mark is not None
    assert str(mark.value).startswith("2026-06-01")
    assert {row["id"]: row["amount"] for row in world.rows()}[7] == 999


def test_a_table_that_vanishes_between_two_runs_stops_only_the_second(
    world: World, database: Database
) -> None:
    """T1, S2."""
    database.does(TABLE)
    world.orders([order(1)])
    world.link("orders", definition(target=database.target(), stages=[COLUMNS, EMAIL]))
    first = world.run()
    database.does("DROP TABLE orders")

    second = world.run()

    assert (first.status, second.status) == (Status.COMPLETED, Status.FAILED)
    assert world.engine.event("1").status is Status.COMPLETED
