"""Databases without a driver of our own: SQLAlchemy Core, tried on a real PostgreSQL server."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.sql.address import Server
from engine.adapters.sql.core.reader import CoreReader
from engine.adapters.sql.core.writer import CoreWriter
from engine.adapters.sql.options import SqlSourceOptions
from engine.adapters.sql.source import SqlSource
from engine.adapters.sql.table import Writing
from engine.domain.adapter import Column, SourceContext, Writers
from engine.domain.delta import Window
from engine.domain.errors import ErrorClass, SystemSyncError
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_wire import Wire
from tests.adapters.sql_world import AT_ONCE, ORDERS, load, made, refused

pytest_plugins = ("tests.adapters.sql_servers",)

TABLE = (
    "CREATE TABLE orders (order_id bigint PRIMARY KEY, email varchar(8) UNIQUE, "
    "cents bigint CHECK (cents >= 0))"
)
ALL = "SELECT * FROM orders ORDER BY order_id"


@contextmanager
def core(url: str, **options: Any) -> Iterator[CoreWriter]:
    """A target that reaches PostgreSQL as if it had no driver of its own."""
    writing = Writing(
        **{
            "system": "warehouse",
            "table": "orders",
            "key": ("order_id",),
            "sleep": lambda _: None,
            "columns": ORDERS,
            "policy": AT_ONCE,
            **options,
        }
    )
    server = Server(url.replace("postgresql://", "postgresql+psycopg://"))
    with closing(CoreWriter(server, writing)) as target:
        target.open()
        yield target


def test_records_are_added_written_over_and_refused_one_by_one(schema: Schema) -> None:
    """K1, T3, T6."""
    schema.run(TABLE, "INSERT INTO orders VALUES (1, 'old@x', 5), (100, 'taken', 1)")
    rows = [
        (1, "new@x", 10),
        (2, "taken", 1),
        (3, "c@x", -1),
        (4, "far too long", 1),
        (None, "e@x", 1),
        (6, "f@x", "six"),
        (7, "g@x", 7),
    ]
    with core(schema.url) as target:
        (receipt,) = target.push([load(rows)])

    assert refused(receipt) == {
        1: ("unique_violation", "email"),
        2: ("check_violation", "cents"),
        3: ("value_too_long", None),
        4: ("key_missing", "order_id"),
        5: ("unstorable_value", "cents"),
    }
    assert receipt.written == 2
    assert schema.rows(ALL) == [(1, "new@x", 10), (7, "g@x", 7), (100, "taken", 1)]


def test_many_records_go_together_and_one_refused_stops_no_other(schema: Schema) -> None:
    """T3: what is there is written over, the rest added."""
    schema.run(TABLE)
    first = [(n, f"{n}@x", n) for n in range(0, 300, 2)]
    every = [(n, f"{n}@y", n) for n in range(300)]
    with core(schema.url) as target:
        (added,) = target.push([load(first)])
        (mixed,) = target.push([load(every)])
        (spoiled,) = target.push([load([*every[:9], (9, "9@z", -1), *every[10:]])])

    assert (added.written, mixed.written) == (150, 300)
    assert refused(spoiled) == {9: ("check_violation", "cents")}
    assert spoiled.written == 299
    assert schema.rows(ALL) == every


def test_keys_that_the_database_alone_finds_alike_are_written_over(schema: Schema) -> None:
    schema.run(
        "CREATE TABLE orders (order_id char(5) PRIMARY KEY, email text, cents bigint)"
    )
    with core(schema.url, columns=None) as target:
        target.push([load([("ab", "old", 1), ("cd", "old", 1)])])
        (receipt,) = target.push([load([("ab", "new", 2), ("ef", "new", 2)])])

    assert (receipt.written, receipt.refused) == (2, ())
    assert [row[1] for row in schema.rows(ALL)] == ["new", "old", "new"]


def test_a_record_older_than_what_is_held_is_left_out_and_counted(schema: Schema) -> None:
    """K2."""
    schema.run(
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, at timestamptz)",
        "INSERT INTO orders VALUES (1, '2026-05-02'), (2, '2026-05-02'), (3, NULL), "
        "(4, '2026-05-02')",
    )
    rows = [
        (1, "2026-05-02T00:00:00+00:00"),
        (2, "2026-05-01"),
        (3, "2026-05-01"),
        (4, None),
    ]
    with core(schema.url, columns=None, modified="at") as target:
        (receipt,) = target.push([load(rows, columns=("order_id", "at"))])

    assert [row for row, _ in receipt.ignored] == [1, 3]
    assert receipt.written == 2


def test_a_table_is_made_with_types_and_values_come_back_as_they_were(
    schema: Schema,
) -> None:
    columns = (
        Column("order_id", "str"),
        Column("at", "datetime"),
        Column("day", "date"),
        Column("price", "decimal"),
        Column("paid", "bool"),
        Column("data", "json"),
        Column("rate", "float"),
    )
    names = tuple(column.name for column in columns)
    row = ("a", "2026-05-01T10:00:00+00:00", "2026-05-01", "1.50", 1, '{"x":1}', 0.5)
    with core(schema.url, columns=columns, create=True) as target:
        (receipt,) = target.push([load([row], columns=names)])
        found = target.lookup([("a",), ("b",)])

    assert receipt.written == 1
    assert found == {
        ("a",): {
            "order_id": "a",
            "at": datetime(2026, 5, 1, 10, tzinfo=UTC),
            "day": date(2026, 5, 1),
            "price": Decimal("1.50"),
            "paid": True,
            "data": '{"x":1}',
            "rate": 0.5,
        },
        ("b",): None,
    }


def test_uncertain_inserts_are_looked_up_first(schema: Schema) -> None:
    """K4."""
    schema.run(TABLE)
    rows = [(1, "a@x", 1), (2, "b@x", 2)]
    with core(schema.url, upsert=False) as target:
        target.push([load(rows[:1])])
        (receipt,) = target.push([load(rows, uncertain=True)])
        (again,) = target.push([load(rows[:1])])

    assert (receipt.written, refused(receipt)) == (2, {})
    assert refused(again) == {0: ("unique_violation", "order_id")}
    assert schema.rows(ALL) == rows


def test_an_insert_whose_commit_was_not_answered_is_in_doubt(schema: Schema) -> None:
    """K3."""
    schema.run(TABLE)
    wire = Wire(schema.url)
    with core(wire.url, upsert=False) as target:
        wire.cuts = 1
        (receipt,) = target.push([load([(1, "a@x", 1)])])
    wire.close()

    assert [row for row, _ in receipt.in_doubt] == [0]
    assert schema.rows(ALL) == [(1, "a@x", 1)]


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ([], "warehouse: table orders is missing: create it, or set create: true"),
        (
            ["CREATE TABLE orders (order_id bigint, email text, cents bigint)"],
            "warehouse: table orders has no unique key on order_id, which upsert needs: "
            "add a unique index, or use mode: insert",
        ),
    ],
)
def test_a_table_that_cannot_take_the_run_is_named(
    schema: Schema, statements: list[str], sentence: str
) -> None:
    """T1."""
    schema.run(*statements)

    with pytest.raises(SystemSyncError) as raised, core(schema.url):
        pass

    assert raised.value.message == sentence


def test_a_database_without_a_driver_says_so_and_hides_its_password(tmp_path: Path) -> None:
    """T1."""
    target = made("oracle://ana:s3cret@db/shop", folder=tmp_path)

    assert target.traits.writers is Writers.ONE
    with pytest.raises(SystemSyncError, match="no driver") as raised:
        target.open()
    assert "s3cret" not in raised.value.message
    assert "\n" not in raised.value.message


def test_a_server_that_refuses_keeps_the_run_from_starting() -> None:
    """T1."""
    with (
        pytest.raises(SystemSyncError) as raised,
        core("postgresql://ana:s3cret@127.0.0.1:1/shop?sslmode=disable"),
    ):
        pass

    assert (raised.value.refused, raised.value.error_class) == (
        True,
        ErrorClass.AVAILABILITY,
    )
    assert "s3cret" not in raised.value.message


@pytest.mark.parametrize("changed", [None, "changed"])
def test_records_are_cut_by_key_without_any_dialect(
    schema: Schema, changed: str | None
) -> None:
    schema.run(
        "CREATE TABLE orders (id integer PRIMARY KEY, name text, changed integer)",
        "INSERT INTO orders SELECT n, 'a:b%' || n, n * 10 FROM generate_series(1, 25) n",
    )
    query = "SELECT id, name, changed FROM orders WHERE name LIKE 'a:b%'"
    for options in ({"table": "orders"}, {"query": query, "order_by": ("id",)}):
        with closing(core_source(schema.url, changed_since=changed, **options)) as each:
            plan = each.plan_fetch(Window())
            scopes = [json.loads(json.dumps(scope)) for scope in plan.scopes]
            rows = [row for scope in scopes for row in each.fetch(scope).rows]
            later = each.plan_fetch(Window(since=240)) if changed else None
            found = each.lookup([(7,), (70,)], by=("id",))

        assert [row["id"] for row in rows] == list(range(1, 26))
        assert len(plan.scopes) == 3
        assert plan.bound == (250 if changed else None)
        assert later is None or len(later.scopes) == 1
        assert found == {(7,): {"id": 7, "name": "a:b%7", "changed": 70}, (70,): None}


def core_source(url: str, **options: Any) -> SqlSource:
    """A source that reaches PostgreSQL as if it had no driver of its own."""
    context = SourceContext(
        link="orders", batch_size=10, parallel=2, folder="/", system="shop", retry=AT_ONCE
    )
    source = SqlSource(SqlSourceOptions(url=url, **options), context)
    source._made = CoreReader(
        Server(url.replace("postgresql://", "postgresql+psycopg://")), "shop"
    )
    return source


def test_a_table_name_is_only_a_name(schema: Schema) -> None:
    with (
        closing(core_source(schema.url, table='no"; DROP')) as each,
        pytest.raises(SystemSyncError, match="is missing"),
    ):
        each.plan_fetch(Window())
