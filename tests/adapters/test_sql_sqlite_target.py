"""The sql target over real SQLite files: what is written, refused, left out, and counted."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.adapter import Column, Lookup, Writers
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.missing import MISSING
from tests.adapters.sql_world import (
    NAMES,
    ORDERS,
    execute,
    load,
    made,
    opened,
    refused,
    rows_of,
)

TABLE = "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, email TEXT, cents INTEGER)"
URL = "sqlite:///shop.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    execute(path, TABLE)
    return path


def test_records_are_added_and_written_over_by_key(file: Path) -> None:
    """K1: an upsert by key; what it does not name stays."""
    execute(file, "INSERT INTO orders VALUES (1, 'old@x', 5), (3, 'stays@x', 7)")
    with opened(URL, folder=file.parent) as target:
        (receipt,) = target.push([load([(1, "new@x", 10), (2, "b@x", 20)])])

    assert (receipt.written, receipt.refused, receipt.error) == (2, (), None)
    assert rows_of(file) == [(1, "new@x", 10), (2, "b@x", 20), (3, "stays@x", 7)]


def test_a_sqlite_target_says_that_one_may_write_and_many_may_ask(tmp_path: Path) -> None:
    upsert = made(URL, folder=tmp_path).traits
    insert = made(URL, folder=tmp_path, mode="insert", key=()).traits

    assert (upsert.writers, upsert.idempotent, upsert.lookup) == (
        Writers.ONE,
        True,
        Lookup.BULK,
    )
    assert (insert.idempotent, insert.lookup) == (False, Lookup.NONE)


def test_create_makes_the_table_once_and_keeps_it_after(tmp_path: Path) -> None:
    columns = (
        *ORDERS,
        Column("price", "decimal"),
        Column("paid", "bool"),
        Column("at", "datetime"),
        Column("anything"),
    )
    for _ in range(2):
        with opened(URL, folder=tmp_path, columns=columns, create=True):
            pass

    (sql,) = rows_of(tmp_path / "shop.db", "SELECT sql FROM sqlite_master")[0]
    assert sql == (
        'CREATE TABLE "orders" ("order_id" INTEGER NOT NULL, "email" TEXT, "cents" INTEGER, '
        '"price" TEXT, "paid" INTEGER, "at" TEXT, "anything" , PRIMARY KEY ("order_id"))'
    )


def test_a_value_of_an_unknown_type_stays_what_it_is_in_a_made_table(
    tmp_path: Path,
) -> None:
    columns = (Column("order_id", "int"), Column("value"))
    values = [1, 1.5, "01", None, True, b"\x00\xff"]
    with opened(URL, folder=tmp_path, columns=columns, create=True) as target:
        rows = list(enumerate(values))
        (receipt,) = target.push([load(rows, columns=("order_id", "value"))])

    assert receipt.written == len(values)
    found = rows_of(tmp_path / "shop.db", "SELECT value, typeof(value) FROM orders")
    assert found == [
        (1, "integer"),
        (1.5, "real"),
        ("01", "text"),
        (None, "null"),
        (1, "integer"),
        (b"\x00\xff", "blob"),
    ]


def test_what_casts_make_is_encoded_so_that_nothing_is_lost_and_times_sort() -> None:
    encode = made(URL).encoders
    berlin = timezone(timedelta(hours=1))

    assert encode["datetime"](datetime(2026, 3, 1, 1, 30, tzinfo=berlin)) == (
        "2026-03-01T00:30:00+00:00"
    )
    assert (
        encode["datetime"](datetime(2026, 3, 1, tzinfo=UTC)) == "2026-03-01T00:00:00+00:00"
    )
    assert encode["date"](date(2026, 3, 1)) == "2026-03-01"
    assert (
        encode["decimal"](Decimal("12345678901234567890.10")) == "12345678901234567890.10"
    )
    assert encode["decimal"](Decimal("1E+3")) == "1000"
    assert list(map(encode["bool"], (True, False))) == [1, 0]


def test_values_sqlite_cannot_bind_are_made_text_or_refused_by_field(file: Path) -> None:
    """T3: a value no column can hold fails its record alone."""
    execute(file, "ALTER TABLE orders ADD COLUMN extra")
    values = [
        {"a": [1, "ü"]},
        [1, 2],
        Decimal("0.10"),
        datetime(2026, 1, 2, 3, tzinfo=UTC),
        date(2026, 1, 2),
        UUID(int=1),
        float("nan"),
        float("inf"),
        2**63,
        "\ud800",
        object(),
        MISSING,
        {"deep": float("nan")},
        2**63 - 1,
    ]
    columns = (*ORDERS, Column("extra"))
    rows = [(i, "a@x", 1, value) for i, value in enumerate(values)]
    with opened(URL, folder=file.parent, columns=columns) as target:
        (receipt,) = target.push([load(rows, columns=(*NAMES, "extra"))])

    assert set(refused(receipt).values()) == {("unstorable_value", "extra")}
    assert sorted(refused(receipt)) == [6, 7, 8, 9, 10, 12]
    assert receipt.refused[0][1].message == (
        "extra is not a finite number, which no column can hold as such"
    )
    assert rows_of(file, "SELECT order_id, extra FROM orders") == [
        (0, '{"a":[1,"ü"]}'),
        (1, "[1,2]"),
        (2, "0.10"),
        (3, "2026-01-02T03:00:00+00:00"),
        (4, "2026-01-02"),
        (5, "00000000-0000-0000-0000-000000000001"),
        (11, None),
        (13, 2**63 - 1),
    ]


def test_a_value_its_cast_should_not_have_let_through_is_still_told_apart(
    file: Path,
) -> None:
    """A number beyond 64 bits and half a character pass the stages; only the driver minds."""
    rows = [(1, "a@x", 2**64), (2, "\udfff", 1), (3, "c@x", 3), (4, {"x": 1}, 4)]
    with opened(URL, folder=file.parent) as target:
        (receipt,) = target.push([load(rows)])

    assert refused(receipt) == {
        0: ("unstorable_value", "cents"),
        1: ("unstorable_value", "email"),
    }
    assert rows_of(file) == [(3, "c@x", 3), (4, '{"x":1}', 4)]


def test_each_constraint_is_told_apart_with_code_class_and_field(tmp_path: Path) -> None:
    """T3, T6."""
    path = tmp_path / "shop.db"
    execute(
        path,
        "CREATE TABLE country (code TEXT PRIMARY KEY)",
        "INSERT INTO country VALUES ('DE')",
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, email TEXT UNIQUE, "
        "cents INTEGER NOT NULL CHECK (cents >= 0), country TEXT REFERENCES country, "
        "region TEXT, city TEXT, UNIQUE (region, city))",
        "CREATE TRIGGER closed BEFORE INSERT ON orders WHEN new.city = 'closed' "
        "BEGIN SELECT raise(ABORT, 'the city is closed'); END",
        "INSERT INTO orders VALUES (100, 'taken@x', 1, 'DE', 'N', 'K')",
    )
    columns = (*NAMES, "country", "region", "city")
    rows = [
        (1, "a@x", 1, "DE", None, None),
        (2, "taken@x", 1, "DE", None, None),
        (3, "c@x", None, "DE", None, None),
        (4, "d@x", -1, "DE", None, None),
        (5, "e@x", 1, "XX", None, None),
        (6, "f@x", 1, "DE", "N", "K"),
        (7, "g@x", 1, "DE", "S", "closed"),
        ("eight", "h@x", 1, "DE", None, None),
        (None, "i@x", 1, "DE", None, None),
        (9, "j@x", 1, None, "S", "M"),
    ]
    with opened("sqlite:///shop.db", folder=tmp_path, columns=None) as target:
        (receipt,) = target.push([load(rows, columns=columns)])

    assert {row: (e.code, e.error_class, e.field) for row, e in receipt.refused} == {
        1: ("unique_violation", ErrorClass.DUPLICATE, "email"),
        2: ("not_null_violation", ErrorClass.VALIDATION, "cents"),
        3: ("check_violation", ErrorClass.VALIDATION, "cents"),
        4: ("foreign_key_violation", ErrorClass.REFERENCE, "country"),
        5: ("unique_violation", ErrorClass.DUPLICATE, "region, city"),
        6: ("trigger_refused", ErrorClass.BUSINESS_RULE, None),
        7: ("wrong_type", ErrorClass.SCHEMA, None),
        8: ("key_missing", ErrorClass.VALIDATION, "order_id"),
    }
    assert receipt.written == 2
    messages = {row: error.message for row, error in receipt.refused}
    assert messages[1] == "table orders already holds another record with this email"
    assert messages[4] == (
        "table orders refers by country to a record that table country does not hold"
    )
    assert messages[6] == "the target refused the record: the city is closed"
    assert [row[0] for row in rows_of(path)] == [1, 9, 100]


@given(
    bad=st.lists(
        st.sampled_from(["", "check", "null", "unique", "bind", "nan"]), max_size=60
    )
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_exactly_the_bad_rows_are_refused_wherever_they_stand(
    tmp_path_factory: pytest.TempPathFactory, bad: list[str]
) -> None:
    """T3."""
    path = tmp_path_factory.mktemp("rows") / "shop.db"
    execute(
        path,
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, "
        "cents INTEGER CHECK (cents >= 0), rate REAL)",
        "INSERT INTO orders VALUES (-1, 'taken@x', 0, 0)",
    )
    rows = [
        (
            i,
            {"null": None, "unique": "taken@x"}.get(kind, f"{i}@x"),
            {"check": -1, "bind": 2**70}.get(kind, i),
            float("nan") if kind == "nan" else 0.5,
        )
        for i, kind in enumerate(bad)
    ]
    good = [i for i, kind in enumerate(bad) if not kind]
    with opened(URL, folder=path.parent) as target:
        neighbour = [(1000 + i, f"n{i}@x", 0, 0.0) for i in range(3)]
        columns = (*NAMES, "rate")
        first, second = target.push(
            [load(rows, columns=columns), load(neighbour, batch=2, columns=columns)]
        )

    codes = {
        "check": "check_violation",
        "null": "not_null_violation",
        "unique": "unique_violation",
        "bind": "unstorable_value",
        "nan": "unstorable_value",
    }
    assert {i: error.code for i, error in first.refused} == {
        i: codes[kind] for i, kind in enumerate(bad) if kind
    }
    assert (first.written, second.written) == (len(good), 3)
    assert [row[0] for row in rows_of(path)] == [-1, *good, 1000, 1001, 1002]


def test_a_record_older_than_what_is_held_is_left_out_and_counted(tmp_path: Path) -> None:
    """K2: with `modified`, only where not older."""
    path = tmp_path / "shop.db"
    execute(
        path,
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, email TEXT CHECK (email <> ''), "
        "at TEXT)",
        "INSERT INTO orders VALUES (1, 'held', '2026-05-02'), (2, 'held', '2026-05-02'), "
        "(3, 'held', '2026-05-02'), (4, 'held', NULL), (5, 'held', '2026-05-02')",
    )
    rows = [
        (1, "new", "2026-05-03"),
        (2, "new", "2026-05-02"),
        (3, "new", "2026-05-01"),
        (4, "new", "2026-05-01"),
        (5, "new", None),
        (6, "new", None),
        (7, "", "2026-05-09"),
    ]
    with opened(URL, folder=tmp_path, columns=None, modified="at") as target:
        (receipt,) = target.push([load(rows, columns=("order_id", "email", "at"))])

    assert receipt.ignored == (
        (2, "older than what the target holds"),
        (4, "older than what the target holds: it has no at"),
    )
    assert refused(receipt) == {6: ("check_violation", "email")}
    assert receipt.written == 4
    held = dict(rows_of(path, "SELECT order_id, email FROM orders"))
    assert held == {1: "new", 2: "new", 3: "held", 4: "new", 5: "held", 6: "new"}


def test_records_without_known_columns_fill_the_columns_they_name(file: Path) -> None:
    """What is missing is left alone; what the table does not have is refused by name."""
    execute(file, "INSERT INTO orders VALUES (1, 'kept@x', 5)")
    rows = [
        {"order_id": 1, "cents": 6},
        {"order_id": 2, "email": "b@x"},
        {"order_id": 3, "phone": "1", "fax": "2"},
        {"email": "nobody@x"},
        {"order_id": None, "email": "nobody@x"},
        {"cents": 9, "order_id": 4, "email": MISSING},
        {"order_id": 5},
        {"order_id": 1, "email": {"nested": True}},
    ]
    with opened(URL, folder=file.parent, columns=None) as target:
        (receipt,) = target.push([load(rows, columns=None)])

    assert refused(receipt) == {
        2: ("unknown_field", "phone"),
        3: ("key_missing", "order_id"),
        4: ("key_missing", "order_id"),
    }
    assert receipt.refused[0][1].message == (
        "table orders has no column phone and fax: add it, or drop the field in a map"
    )
    assert rows_of(file) == [
        (1, '{"nested":true}', 6),
        (2, "b@x", None),
        (4, None, 9),
        (5, None, None),
    ]


def test_inserts_refuse_a_key_that_is_there(file: Path) -> None:
    execute(file, "INSERT INTO orders VALUES (1, 'held@x', 5)")
    with opened(URL, folder=file.parent, mode="insert") as target:
        (receipt,) = target.push([load([(1, "new@x", 1), (2, "b@x", 2)])])
        (blank,) = target.push([load([{}], columns=None)])

    assert refused(receipt) == {0: ("unique_violation", "order_id")}
    assert refused(blank) == {0: ("empty_record", None)}
    assert rows_of(file) == [(1, "held@x", 5), (2, "b@x", 2)]


def test_uncertain_inserts_are_looked_up_first(file: Path) -> None:
    """K4: those that are there count as written; the others are written once."""
    rows = [(1, "a@x", 1), (2, "b@x", 2), (3, "c@x", 3)]
    with opened(URL, folder=file.parent, mode="insert") as target:
        target.push([load(rows[:2])])
        (receipt,) = target.push([load(rows, uncertain=True)])

    assert (receipt.written, receipt.refused, receipt.in_doubt) == (3, (), ())
    assert rows_of(file) == rows


def test_uncertain_inserts_without_a_key_to_look_by_are_in_doubt(tmp_path: Path) -> None:
    """K4."""
    execute(tmp_path / "shop.db", "CREATE TABLE orders (order_id INTEGER, email TEXT)")
    columns = ("order_id", "email")
    with opened(URL, folder=tmp_path, mode="insert", columns=None) as keyed:
        (some,) = keyed.push(
            [load([(1, "a"), (None, "b")], columns=columns, uncertain=True)]
        )
    with opened(URL, folder=tmp_path, mode="insert", key=(), columns=None) as keyless:
        (all_of_it,) = keyless.push([load([(1, "a")], columns=columns, uncertain=True)])

    assert (some.written, [row for row, _ in some.in_doubt]) == (1, [1])
    assert (all_of_it.written, [row for row, _ in all_of_it.in_doubt]) == (0, [0])
    assert rows_of(tmp_path / "shop.db") == [(1, "a")]


def test_lookup_gives_what_the_casts_would_have_made_open_or_not(tmp_path: Path) -> None:
    columns = (
        Column("order_id", "int"),
        Column("at", "datetime"),
        Column("price", "decimal"),
        Column("paid", "bool"),
        Column("day", "date"),
    )
    row = (1, "2026-05-01T10:00:00+00:00", "12.30", 1, "2026-05-01")
    names = tuple(column.name for column in columns)
    with opened(URL, folder=tmp_path, columns=columns, create=True) as target:
        target.push([load([row], columns=names)])
        while_open = target.lookup([(1,), (2,), (2**80,), ("\ud800",)])
    never_opened = made(URL, folder=tmp_path, columns=columns)
    asked = never_opened.lookup([("1",), ("x",)])
    never_opened.close()

    held = {
        "order_id": 1,
        "at": datetime(2026, 5, 1, 10, tzinfo=UTC),
        "price": Decimal("12.30"),
        "paid": True,
        "day": date(2026, 5, 1),
    }
    assert while_open == {(1,): held, (2,): None, (2**80,): None, ("\ud800",): None}
    assert asked == {("1",): held, ("x",): None}


def test_several_key_columns_are_a_key(tmp_path: Path) -> None:
    execute(
        tmp_path / "shop.db",
        "CREATE TABLE orders (shop TEXT, order_id INTEGER, note TEXT)",
        "CREATE UNIQUE INDEX by_order ON orders (order_id, shop)",
    )
    columns = (Column("shop", "str"), Column("order_id", "int"), Column("note", "str"))
    names = tuple(column.name for column in columns)
    with opened(URL, folder=tmp_path, columns=columns, key=("shop", "order_id")) as target:
        target.push([load([("a", 1, "x"), ("b", 1, "y")], columns=names)])
        target.push([load([("a", 1, "z")], columns=names)])
        found = target.lookup([("a", 1), ("c", 1)])

    assert found[("a", 1)] == {"shop": "a", "order_id": 1, "note": "z"}
    assert found[("c", 1)] is None


def test_a_table_of_keys_alone_takes_them_again(tmp_path: Path) -> None:
    execute(tmp_path / "shop.db", "CREATE TABLE orders (order_id INTEGER PRIMARY KEY)")
    columns = (Column("order_id", "int"),)
    with opened(URL, folder=tmp_path, columns=columns) as target:
        target.push([load([(1,), (2,)], columns=("order_id",))])
        (receipt,) = target.push([load([(1,), (2,)], columns=("order_id",))])

    assert (receipt.written, receipt.ignored) == (2, ())


def test_a_record_may_refer_to_one_that_comes_after_it(tmp_path: Path) -> None:
    execute(
        tmp_path / "shop.db",
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, "
        "parent INTEGER REFERENCES orders (order_id))",
    )
    rows = [(1, 2), (2, 3), (3, None), (4, 99)]
    with opened(URL, folder=tmp_path, columns=None) as target:
        (receipt,) = target.push([load(rows, columns=("order_id", "parent"))])

    assert refused(receipt) == {3: ("foreign_key_violation", "parent")}
    assert rows_of(tmp_path / "shop.db") == rows[:3]


def test_a_value_that_another_table_refers_to_is_not_changed(tmp_path: Path) -> None:
    execute(
        tmp_path / "shop.db",
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, code TEXT UNIQUE)",
        "CREATE TABLE lines (code TEXT REFERENCES orders (code))",
        "INSERT INTO orders VALUES (1, 'a')",
        "INSERT INTO lines VALUES ('a')",
    )
    with opened(URL, folder=tmp_path, columns=None) as target:
        (receipt,) = target.push([load([(1, "b"), (2, "c")], columns=("order_id", "code"))])

    ((place, why),) = receipt.refused
    assert (place, why.code, receipt.written) == (0, "foreign_key_violation", 1)
    assert why.message.startswith("another table refers to a value")


def test_a_reference_that_is_checked_at_the_commit_still_fails_its_record_alone(
    tmp_path: Path,
) -> None:
    """T3: neither its Load nor those pushed with it."""
    execute(
        tmp_path / "shop.db",
        "CREATE TABLE shops (id INTEGER PRIMARY KEY)",
        "INSERT INTO shops VALUES (1)",
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, "
        "shop INTEGER REFERENCES shops DEFERRABLE INITIALLY DEFERRED)",
    )
    columns = ("order_id", "shop")
    with opened(URL, folder=tmp_path, columns=None) as target:
        first, second = target.push(
            [
                load([(1, 1), (2, 9), (3, 1), (4, 8)], columns=columns),
                load([(5, 1)], batch=2, columns=columns),
            ]
        )

    assert refused(first) == {
        1: ("foreign_key_violation", "shop"),
        3: ("foreign_key_violation", "shop"),
    }
    assert (first.written, second.written) == (2, 1)
    assert [row[0] for row in rows_of(tmp_path / "shop.db")] == [1, 3, 5]


def test_records_that_refer_to_each_other_stand_or_fall_together_at_the_commit(
    tmp_path: Path,
) -> None:
    """A record whose parent comes later stays; one whose parent is refused goes with it."""
    execute(
        tmp_path / "shop.db",
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, "
        "parent INTEGER REFERENCES orders DEFERRABLE INITIALLY DEFERRED, "
        "shop INTEGER REFERENCES shops DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE shops (id INTEGER PRIMARY KEY)",
    )
    rows = [(1, 100, None), (2, None, 7), (3, 2, None)]
    rows += [(n, None, None) for n in range(4, 100)]
    columns = ("order_id", "parent", "shop")
    with opened(URL, folder=tmp_path, columns=None) as target:
        first, second = target.push(
            [load(rows, columns=columns), load([(100, 1, None)], batch=2, columns=columns)]
        )

    assert refused(first) == {
        1: ("foreign_key_violation", "shop"),
        2: ("foreign_key_violation", "parent"),
    }
    assert (first.written, second.written) == (97, 1)


def test_a_reference_without_a_key_to_find_it_by_is_found_piece_by_piece(
    tmp_path: Path,
) -> None:
    execute(
        tmp_path / "shop.db",
        "CREATE TABLE shops (id INTEGER PRIMARY KEY)",
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, "
        "shop INTEGER REFERENCES shops DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID",
    )
    columns = ("order_id", "shop")
    with opened(URL, folder=tmp_path, columns=None) as target:
        (receipt,) = target.push([load([(1, None), (2, 9), (3, None)], columns=columns)])

    assert refused(receipt) == {1: ("foreign_key_violation", None)}
    assert receipt.written == 2


def test_a_trigger_that_rolls_everything_back_fails_its_record_alone(file: Path) -> None:
    """T3."""
    execute(
        file,
        "CREATE TRIGGER rude BEFORE INSERT ON orders WHEN new.cents = 13 "
        "BEGIN SELECT raise(ROLLBACK, 'not thirteen'); END",
    )
    rows = [(i, "a@x", i) for i in range(10, 17)]
    with opened(URL, folder=file.parent) as target:
        (receipt,) = target.push([load(rows)])

    assert refused(receipt) == {3: ("trigger_refused", None)}
    assert "not thirteen" in receipt.refused[0][1].message
    assert [row[0] for row in rows_of(file)] == [10, 11, 12, 14, 15, 16]


def test_what_a_trigger_or_the_table_drops_in_silence_is_not_counted_as_written(
    tmp_path: Path,
) -> None:
    """Nothing is ever silently dropped."""
    execute(
        tmp_path / "shop.db",
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, "
        "email TEXT UNIQUE ON CONFLICT IGNORE, cents INTEGER)",
        "CREATE TRIGGER quiet BEFORE INSERT ON orders WHEN new.cents = 13 "
        "BEGIN SELECT raise(IGNORE); END",
    )
    with opened(URL, folder=tmp_path) as target:
        (receipt,) = target.push([load([(1, "a", 1), (2, "a", 2), (3, "c", 13)])])

    assert refused(receipt) == {1: ("unique_violation", "email")}
    assert receipt.ignored == ((2, "left out by a trigger of the target"),)
    assert rows_of(tmp_path / "shop.db") == [(1, "a", 1)]


@pytest.mark.parametrize(
    ("statements", "options", "sentence"),
    [
        ([], {}, "table orders is missing: create it, or set create: true"),
        (
            ["CREATE TABLE Orders2 (id)"],
            {"table": "orders2"},
            "table orders2 has no column order_id, email and cents: "
            "add it to the table, or leave it out of the map",
        ),
        (
            ["CREATE TABLE orders (order_id INTEGER PRIMARY KEY, Email TEXT, cents)"],
            {},
            "table orders has no column email (it has Email): "
            "add it to the table, or leave it out of the map",
        ),
        (
            ["CREATE TABLE orders (order_id INTEGER, email, cents)"],
            {},
            "table orders has no unique key on order_id, which upsert needs: "
            "add a unique index, or use mode: insert",
        ),
        (
            [
                "CREATE TABLE orders (order_id INTEGER, email, cents)",
                "CREATE UNIQUE INDEX part ON orders (order_id) WHERE cents > 0",
            ],
            {},
            "table orders has no unique key on order_id, which upsert needs: "
            "add a unique index, or use mode: insert",
        ),
        (
            [
                "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, cents, "
                "email AS (order_id || '@x'))"
            ],
            {},
            "table orders computes email by itself: leave it out of the map",
        ),
        (
            [
                "CREATE VIEW orders AS SELECT id AS order_id, id AS email, id AS cents FROM other"
            ],
            {"mode": "insert"},
            "orders is a view, which SQLite does not write to: name its table",
        ),
        (
            [TABLE],
            {"key": ()},
            "upsert needs the key of the Link: name its fields under key, or use mode: insert",
        ),
        (
            [TABLE],
            {"modified": "changed"},
            "the stages make no field changed, which the target needs: map it",
        ),
        (
            [TABLE],
            {"key": ("id",)},
            "the stages make no field id, which the target needs: map it",
        ),
        (
            [],
            {"create": True, "columns": None},
            "table orders cannot be made: create: true needs a map that names every field "
            "(no keep, no python stage after it)",
        ),
    ],
)
def test_a_table_that_cannot_take_the_run_is_named_with_what_is_missing(
    tmp_path: Path, statements: list[str], options: dict[str, object], sentence: str
) -> None:
    """T1."""
    execute(tmp_path / "shop.db", "CREATE TABLE other (id)", *statements)
    target = made(URL, folder=tmp_path, **options)  # type: ignore[arg-type]

    with pytest.raises(SystemSyncError) as raised:
        target.open()

    assert raised.value.message == f"warehouse: {sentence}"
    assert raised.value.error_class is ErrorClass.SCHEMA


def test_names_with_quotes_dots_and_semicolons_are_only_names(tmp_path: Path) -> None:
    table, column = 'or"ders; DROP TABLE x.y', 'e"mail"); --'
    columns = (Column("order_id", "int"), Column(column, "str"))
    with opened(URL, folder=tmp_path, columns=columns, table=table, create=True) as target:
        names = ("order_id", column)
        (receipt,) = target.push([load([(1, "a")], columns=names)])
        found = target.lookup([(1,)])

    assert receipt.written == 1
    assert found == {(1,): {"order_id": 1, column: "a"}}


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    target = made(URL, folder=tmp_path, table="or\0ders", create=True)

    with pytest.raises(SystemSyncError, match="NUL"):
        target.open()


def test_a_sqlite_target_needs_no_sqlalchemy(file: Path) -> None:
    """The hot path starts without it."""
    script = (
        "import sys\n"
        "from tests.adapters.sql_world import load, opened\n"
        f"with opened('{URL}', folder='{file.parent}') as target:\n"
        "    assert target.push([load([(1, 'a', 2)])])[0].written == 1\n"
        "    target.lookup([(1,)])\n"
        "print({'sqlalchemy', 'psycopg', 'httpx', 'pydantic'} & set(sys.modules))\n"
    )
    seen = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert seen.stdout.strip() == "set()"
