"""Lookup by key in bulk: at targets and sources, in SQLite, PostgreSQL and through SQLAlchemy."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
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
from engine.adapters.sql.target import SqlTarget
from engine.adapters.sql.values import ENCODERS
from engine.domain.adapter import Askable, Column, Load, Lookup, SourceContext
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_world import AT_ONCE, execute, made

pytest_plugins = ("tests.adapters.sql_servers",)

COLUMNS = (
    Column("shop", "str"),
    Column("number", "int"),
    Column("at", "datetime"),
    Column("day", "date"),
    Column("price", "decimal"),
    Column("rate", "float"),
    Column("paid", "bool"),
    Column("cents", "cents"),
    Column("lines", "json"),
    Column("note", None),
)
NAMES = tuple(column.name for column in COLUMNS)
KEY = ("shop", "number")


@dataclass(frozen=True)
class World:
    """An empty database, reached in one of three ways."""

    kind: str
    url: str
    run: Any

    @contextmanager
    def target(
        self, columns: tuple[Column, ...] | None, key: tuple[str, ...]
    ) -> Iterator[Any]:
        """A target over `orders`, open, the table made where that can be done."""
        create = columns is not None
        target: SqlTarget | CoreWriter = (
            CoreWriter(
                Server(by_sqlalchemy(self.url)),
                Writing("warehouse", "orders", key, lambda _: None, columns, create=create),
            )
            if self.kind == "core"
            else made(self.url, columns=columns, key=key, create=create)
        )
        with closing(target):
            target.open()
            yield target


@pytest.fixture(params=["sqlite", "postgresql", "core"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "sqlite":
        file = tmp_path / "shop.db"
        return World("sqlite", f"sqlite:///{file}", lambda *each: execute(file, *each))
    schema: Schema = request.getfixturevalue("schema")
    return World(request.param, schema.url, schema.run)


def by_sqlalchemy(url: str) -> str:
    """PostgreSQL as if it had no driver of its own."""
    return url.replace("postgresql:", "postgresql+psycopg:")


@contextmanager
def source(world: World, **options: Any) -> Iterator[SqlSource]:
    """A source over `orders` unless told otherwise."""
    context = SourceContext("orders", 100, 1, "/", "shop", retry=AT_ONCE)
    with closing(SqlSource(SqlSourceOptions(url=world.url, **options), context)) as each:
        if world.kind == "core":
            each._made = CoreReader(Server(by_sqlalchemy(world.url)), "shop")
        yield each


def order(number: int) -> dict[str, Any]:
    """An order as the stages make it."""
    return {
        "shop": "küche",
        "number": number,
        "at": datetime(2026, 5, 1, 12, 30, 1, 250_000, UTC) + timedelta(seconds=number),
        "day": date(2026, 5, 1),
        "price": Decimal(number) / 8,
        "rate": 0.1,
        "paid": number % 2 == 0,
        "cents": number * 100,
        "lines": '[{"sku":"a"}]',
        "note": None if number % 3 else "",
    }


def pushed(orders: list[dict[str, Any]], key: tuple[str, ...] = KEY) -> Load:
    """Orders encoded as the pipeline encodes them."""
    rows = [
        tuple(
            ENCODERS.get(each.cast or "", lambda value: value)(record[each.name])
            for each in COLUMNS
        )
        for record in orders
    ]
    return Load(1, rows, [tuple(o[name] for name in key) for o in orders], NAMES)


def test_what_was_pushed_is_found_equal_to_what_the_stages_made(world: World) -> None:
    """P1: `equal` and `unchanged` compare these, column by column."""
    orders = [order(number) for number in range(300)]
    with world.target(COLUMNS, KEY) as target:
        target.push([pushed(orders)])
        keys = [(each["shop"], each["number"]) for each in orders]
        found = target.lookup([*keys, ("küche", 300), ("kuche", 1)])

    assert found == {
        **dict(zip(keys, orders, strict=True)),
        ("küche", 300): None,
        ("kuche", 1): None,
    }
    assert {name: type(value) for name, value in found["küche", 8].items()} == {
        name: type(value) for name, value in order(8).items()
    }


def test_a_key_is_found_however_a_snapshot_spells_it(world: World) -> None:
    """JSON has no times: Z and +00:00, or another zone, are the same moment."""
    key = ("at", "day")
    moment = order(1)["at"]
    there = moment.astimezone(timezone(timedelta(hours=2)))
    with world.target(COLUMNS, key) as target:
        target.push([pushed([order(1)], key)])
        spelled = [
            (moment, date(2026, 5, 1)),
            (moment.isoformat(), "2026-05-01"),
            (moment.isoformat().replace("+00:00", "Z"), "2026-05-01"),
            (there.isoformat(), date(2026, 5, 1)),
            ("not a time", "2026-05-01"),
            (moment, "2026-05-02"),
        ]
        found = target.lookup(spelled)

    assert [found[each] is not None for each in spelled] == [True] * 4 + [False] * 2


def test_thousands_of_keys_are_answered_each(world: World) -> None:
    """More than a statement takes parameters (SQLite 32766, PostgreSQL 65535)."""
    many = 34_000 if world.kind != "core" else 3_000
    world.run(
        "CREATE TABLE orders (shop varchar(9), number integer, PRIMARY KEY (shop, number))"
    )
    world.run(
        "INSERT INTO orders WITH RECURSIVE n(i) AS "
        f"(SELECT 0 UNION ALL SELECT i + 2 FROM n WHERE i < {many - 2}) SELECT 'a', i FROM n"
    )
    keys = [("a", number) for number in range(many)]
    with world.target(None, KEY) as target, source(world, table="orders") as origin:
        held, given = target.lookup(keys), origin.lookup(keys, by=KEY)

    assert len(held) == len(given) == many
    assert held == given
    assert [key for key, record in held.items() if record is None] == keys[1::2]


def test_a_source_is_asked_by_its_own_fields_in_a_table_or_a_query(world: World) -> None:
    """P1: what the source no longer has is `gone`."""
    world.run(
        "CREATE TABLE orders (id integer PRIMARY KEY, price decimal(9, 2), shop text)",
        "INSERT INTO orders VALUES (1, 1.5, 'a'), (2, 2.5, 'b')",
    )
    with (
        source(world, table="orders") as table,
        source(world, query="SELECT id, shop FROM orders", order_by=("id",)) as query,
    ):
        asked = table.lookup(
            [(1,), ("2",), (3,), ("x",)] if world.kind != "core" else [(1,)]
        )
        by_shop = query.lookup([("b", 2), ("b", 1)], by=("shop", "id"))

    assert isinstance(table, Askable)
    assert table.traits.lookup is Lookup.BULK
    assert asked[(1,)] == {"id": 1, "price": 1.5, "shop": "a"}
    assert [key for key, record in asked.items() if record is None] == [
        key for key in asked if key in {(3,), ("x",)}
    ]
    assert by_shop == {("b", 2): {"id": 2, "shop": "b"}, ("b", 1): None}


def test_keys_that_the_database_alone_finds_alike_are_found(world: World) -> None:
    """Blanks at the end, capitals, zeroes: what is equal is the database's to say."""
    shop = "text COLLATE NOCASE" if world.kind == "sqlite" else "char(5)"
    asked = [("ab" if world.kind != "sqlite" else "AB",), ("zz",)]
    world.run(f"CREATE TABLE orders (shop {shop} PRIMARY KEY)")
    world.run("INSERT INTO orders VALUES ('ab'), ('cd')")
    with world.target(None, ("shop",)) as target, source(world, table="orders") as origin:
        found = [target.lookup(asked), origin.lookup([*asked, ("cd",)], by=("shop",))]

    for each in found:
        record = each[asked[0]]
        assert record is not None
        assert record["shop"].strip() == "ab"
        assert each[("zz",)] is None
