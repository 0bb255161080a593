"""The sql target over a real PostgreSQL server: what is written, refused, left out, and counted."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.adapters.sql.target import SqlTarget
from engine.domain.adapter import Column, Waits, Writers
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.missing import MISSING
from engine.domain.stage import Cast
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_world import NAMES, load, made, opened, refused

pytest_plugins = ("tests.adapters.sql_servers",)

TABLE = "CREATE TABLE orders (order_id bigint PRIMARY KEY, email text, cents bigint)"
ALL = "SELECT * FROM orders ORDER BY order_id"
ROWS = [(i, f"{i}@x", i) for i in range(200)]


def test_records_are_added_and_written_over_by_key(schema: Schema) -> None:
    """K1."""
    schema.run(TABLE, "INSERT INTO orders VALUES (1, 'old@x', 5), (3, 'stays@x', 7)")
    with opened(schema.url) as target:
        first, second = target.push(
            [load([(1, "new@x", 10), (2, "b@x", 20)]), load([(4, "d@x", 1)], batch=2)]
        )

    assert (first.written, first.refused, second.written) == (2, (), 1)
    assert schema.rows(ALL) == [
        (1, "new@x", 10),
        (2, "b@x", 20),
        (3, "stays@x", 7),
        (4, "d@x", 1),
    ]


def test_a_server_admits_many_writers(schema: Schema) -> None:
    traits = made(schema.url).traits

    assert (traits.writers, traits.waits) == (Writers.MANY, Waits.NETWORK)


def test_create_makes_columns_of_the_types_the_stages_give(schema: Schema) -> None:
    casts = [cast.value for cast in Cast]
    columns = (*(Column(f"{cast}_", cast) for cast in casts), Column("any_"))
    for _ in range(2):
        with opened(schema.url, columns=columns, key=("int_",), create=True):
            pass

    found = schema.rows(
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
        f"WHERE table_schema = '{schema.name}' ORDER BY ordinal_position"
    )
    assert found == [
        ("str_", "text", "YES"),
        ("int_", "bigint", "NO"),
        ("float_", "double precision", "YES"),
        ("decimal_", "numeric", "YES"),
        ("bool_", "boolean", "YES"),
        ("date_", "date", "YES"),
        ("datetime_", "timestamp with time zone", "YES"),
        ("epoch_", "bigint", "YES"),
        ("epoch_ms_", "bigint", "YES"),
        ("cents_", "bigint", "YES"),
        ("json_", "jsonb", "YES"),
        ("any_", "text", "YES"),
    ]


def test_many_may_make_the_same_table_at_once(schema: Schema) -> None:
    together = threading.Barrier(6)

    def make(_: int) -> int:
        target = made(schema.url, create=True)
        with closing(target):
            together.wait()
            target.open()
            return target.push([load(ROWS)])[0].written

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(make, range(6))) == [len(ROWS)] * 6


def test_values_arrive_as_the_types_of_their_columns(schema: Schema) -> None:
    """Encoded ones from casts, and whatever stages make without a cast."""
    schema.run(
        "CREATE TYPE mood AS ENUM ('good', 'bad')",
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, at timestamptz, local timestamp, "
        "day date, price numeric(12, 3), paid boolean, flag integer, data jsonb, plain json, "
        "tags text[], raw bytea, uid uuid, state mood, text_ text, span interval)",
    )
    encode = made(schema.url).encoders
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    uid = uuid.uuid4()
    names = (
        *("order_id", "at", "local", "day", "price", "paid", "flag", "data", "plain"),
        *("tags", "raw", "uid", "state", "text_", "span"),
    )
    rows = [
        (
            1,
            encode["datetime"](at),
            encode["datetime"](at),
            encode["date"](at.date()),
            encode["decimal"](Decimal("1.230")),
            encode["bool"](True),  # noqa: FBT003 - what a cast gives
            encode["bool"](False),  # noqa: FBT003 - what a cast gives
            '{"a": [1.50]}',
            '"text"',
            ["x", 'y"{},\\'],
            b"\x00\xff",
            str(uid),
            "good",
            "100% of \\ 'it' \":p0 %s",
            "2 days",
        ),
        (
            2,
            at,
            at,
            at.date(),
            Decimal("9.999"),
            True,
            1,
            {"a": {"b": None}},
            [1, "zwei"],
            [],
            bytearray(b""),
            uid,
            None,
            {"as": "text"},
            None,
        ),
        (3, *([None] * 9), None, None, MISSING, 12, None),
    ]
    with opened(schema.url, columns=None) as target:
        (receipt,) = target.push([load(rows, columns=names)])

    assert (receipt.written, receipt.refused) == (3, ())
    held = schema.rows("SELECT * FROM orders ORDER BY order_id")
    assert held[0] == (
        1,
        at,
        at.replace(tzinfo=None),
        date(2026, 5, 1),
        Decimal("1.230"),
        True,
        0,
        {"a": [1.5]},
        "text",
        ["x", 'y"{},\\'],
        b"\x00\xff",
        uid,
        "good",
        "100% of \\ 'it' \":p0 %s",
        timedelta(days=2),
    )
    assert held[1][1:14] == (
        at,
        at.replace(tzinfo=None),
        date(2026, 5, 1),
        Decimal("9.999"),
        True,
        1,
        {"a": {"b": None}},
        [1, "zwei"],
        [],
        b"",
        uid,
        None,
        '{"as":"text"}',
    )
    assert held[2] == (3, *([None] * 12), "12", None)


def test_each_constraint_is_told_apart_with_code_class_and_field(schema: Schema) -> None:
    """T3, T6."""
    schema.run(
        "CREATE TABLE country (code text PRIMARY KEY)",
        "INSERT INTO country VALUES ('DE')",
        "CREATE TABLE orders (order_id integer PRIMARY KEY, email varchar(8) UNIQUE, "
        "cents integer NOT NULL CHECK (cents >= 0), country text REFERENCES country, "
        "region text, city text, price numeric(5, 2), at timestamptz, "
        "UNIQUE (region, city), CONSTRAINT sane CHECK (region <> city))",
        "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF new.city = 'closed' THEN RAISE 'the city is closed'; END IF; RETURN new; END $$",
        "CREATE TRIGGER closed BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION closed()",
        "INSERT INTO orders VALUES (100, 'taken@x', 1, 'DE', 'N', 'K')",
    )
    names = (*NAMES, "country", "region", "city", "price", "at")
    rows: list[tuple[Any, ...]] = [
        (1, "a@x", 1, "DE", None, None, 1, None),
        (2, "taken@x", 1, "DE", None, None, 1, None),
        (3, "c@x", None, "DE", None, None, 1, None),
        (4, "d@x", -1, "DE", None, None, 1, None),
        (5, "e@x", 1, "XX", None, None, 1, None),
        (6, "f@x", 1, "DE", "N", "K", 1, None),
        (7, "g@x", 1, "DE", "S", "closed", 1, None),
        ("eight", "h@x", 1, "DE", None, None, 1, None),
        (None, "i@x", 1, "DE", None, None, 1, None),
        (9, "much too long", 1, None, "S", "M", 1, None),
        (10, "j@x", 2**40, None, None, None, 1, None),
        (11, "k@x", 1, None, None, None, 1000, None),
        (12, "l@x", 1, None, None, None, 1, "2026-02-30"),
        (13, "nul\0@x", 1, None, None, None, 1, None),
        (14, "\ud800", 1, None, None, None, 1, None),
        (15, "m@x", 1, None, None, None, float("nan"), None),
        (16, "n@x", 1, None, "S", "S", 1, None),
        (17, object(), 1, None, "S", "M", 1, None),
        (18, "o@x", 1, None, "S", "M", 1, None),
    ]
    with opened(schema.url, columns=None) as target:
        (receipt,) = target.push([load(rows, columns=names)])

    assert {row: (e.code, e.error_class, e.field) for row, e in receipt.refused} == {
        1: ("unique_violation", ErrorClass.DUPLICATE, "email"),
        2: ("not_null_violation", ErrorClass.VALIDATION, "cents"),
        3: ("check_violation", ErrorClass.VALIDATION, "cents"),
        4: ("foreign_key_violation", ErrorClass.REFERENCE, "country"),
        5: ("unique_violation", ErrorClass.DUPLICATE, "region, city"),
        6: ("trigger_refused", ErrorClass.BUSINESS_RULE, None),
        7: ("wrong_type", ErrorClass.SCHEMA, "order_id"),
        8: ("key_missing", ErrorClass.VALIDATION, "order_id"),
        9: ("value_too_long", ErrorClass.VALIDATION, "email"),
        10: ("value_out_of_range", ErrorClass.VALIDATION, "cents"),
        11: ("value_out_of_range", ErrorClass.VALIDATION, "price"),
        12: ("value_out_of_range", ErrorClass.VALIDATION, "at"),
        13: ("unstorable_value", ErrorClass.VALIDATION, "email"),
        14: ("unstorable_value", ErrorClass.VALIDATION, "email"),
        15: ("unstorable_value", ErrorClass.VALIDATION, "price"),
        16: ("check_violation", ErrorClass.VALIDATION, "region, city"),
        17: ("unstorable_value", ErrorClass.VALIDATION, "email"),
    }
    assert receipt.written == 2
    messages = {row: error.message for row, error in receipt.refused}
    assert messages[4] == (
        "table orders refers by country to a record that table country does not hold"
    )
    assert messages[6] == "the target refused the record: the city is closed"
    assert (
        messages[7] == "the value of order_id is not what table orders takes there: integer"
    )
    assert messages[9] == (
        "the value of email is too long or too large for table orders: character varying(8)"
    )
    assert [row[0] for row in schema.rows(ALL)] == [1, 18, 100]


@given(
    bad=st.lists(
        st.sampled_from(["", "", "check", "null", "type", "long", "text"]), max_size=40
    )
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_exactly_the_bad_rows_are_refused_wherever_they_stand(
    schema: Schema, bad: list[str]
) -> None:
    """T3."""
    schema.run(
        "DROP TABLE IF EXISTS orders",
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, email varchar(5) NOT NULL, "
        "cents bigint CHECK (cents >= 0))",
    )
    rows = [
        (
            i,
            {"null": None, "long": "too long", "text": "\0"}.get(kind, f"{i}@x"),
            {"check": -1, "type": "abc"}.get(kind, i),
        )
        for i, kind in enumerate(bad)
    ]
    with opened(schema.url) as target:
        first, second = target.push([load(rows), load([(1000, "n", 1)], batch=2)])

    codes = {
        "check": "check_violation",
        "null": "not_null_violation",
        "type": "wrong_type",
        "long": "value_too_long",
        "text": "unstorable_value",
    }
    assert {i: error.code for i, error in first.refused} == {
        i: codes[kind] for i, kind in enumerate(bad) if kind
    }
    good = [i for i, kind in enumerate(bad) if not kind]
    assert (first.written, second.written) == (len(good), 1)
    assert [row[0] for row in schema.rows(ALL)] == [*good, 1000]


def test_a_record_older_than_what_is_held_is_left_out_and_counted(schema: Schema) -> None:
    """K2."""
    schema.run(
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, email text CHECK (email <> ''), "
        "at timestamptz)",
        "INSERT INTO orders SELECT n, 'held', '2026-05-02' FROM generate_series(1, 5) n",
        "UPDATE orders SET at = NULL WHERE order_id = 4",
    )
    rows = [
        (1, "new", "2026-05-03"),
        (2, "new", "2026-05-02T02:00:00+02:00"),
        (3, "new", "2026-05-01"),
        (4, "new", "2026-05-01"),
        (5, "new", None),
        (6, "new", None),
    ]
    names = ("order_id", "email", "at")
    with opened(schema.url, columns=None, modified="at") as target:
        (receipt,) = target.push([load(rows, columns=names)])
        (narrowed,) = target.push([load([*rows, (7, "", "2026-05-01")], columns=names)])

    left_out = (
        (2, "older than what the target holds"),
        (4, "older than what the target holds: it has no at"),
    )
    assert (receipt.ignored, receipt.written) == (left_out, 4)
    assert narrowed.ignored[:2] == left_out
    assert refused(narrowed) == {6: ("check_violation", "email")}
    held = dict(schema.rows("SELECT order_id, email FROM orders"))
    assert held == {1: "new", 2: "new", 3: "held", 4: "new", 5: "held", 6: "new"}


def test_records_without_known_columns_fill_the_columns_they_name(schema: Schema) -> None:
    schema.run(
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, email text DEFAULT 'none', "
        "cents bigint, total bigint GENERATED ALWAYS AS (cents * 2) STORED)",
        "INSERT INTO orders VALUES (1, 'kept@x', 5)",
    )
    rows = [
        {"order_id": 1, "cents": 6},
        {"order_id": 2},
        {"order_id": 3, "phone": "1"},
        {"email": "nobody@x"},
        {"order_id": 4, "total": 1},
        {"cents": 9, "order_id": 5, "email": None},
    ]
    with opened(schema.url, columns=None) as target:
        (receipt,) = target.push([load(rows, columns=None)])

    assert refused(receipt) == {
        2: ("unknown_field", "phone"),
        3: ("key_missing", "order_id"),
        4: ("unknown_field", "total"),
    }
    assert schema.rows(ALL) == [
        (1, "kept@x", 6, 12),
        (2, "none", None, None),
        (5, None, 9, 18),
    ]


def test_uncertain_inserts_are_looked_up_first(schema: Schema) -> None:
    """K4."""
    schema.run("CREATE TABLE orders (order_id bigint, email text, cents bigint)")
    with opened(schema.url, mode="insert") as target:
        target.push([load(ROWS[:5])])
        (receipt,) = target.push([load([*ROWS[:8], (None, "x", 1)], uncertain=True)])

    assert (receipt.written, [row for row, _ in receipt.in_doubt]) == (8, [8])
    assert schema.rows(ALL) == ROWS[:8]


def test_a_reference_checked_at_the_commit_still_fails_its_record_alone(
    schema: Schema,
) -> None:
    """T3; and a record may refer to one of the same table that comes after it."""
    schema.run(
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, "
        "parent bigint REFERENCES orders DEFERRABLE INITIALLY DEFERRED)"
    )
    rows = [(1, 2), (2, 3), (3, None), (4, 99)]
    with opened(schema.url, columns=None) as target:
        (receipt,) = target.push([load(rows, columns=("order_id", "parent"))])

    assert refused(receipt) == {3: ("foreign_key_violation", "parent")}
    assert schema.rows(ALL) == rows[:3]


def test_a_value_that_another_table_refers_to_is_not_changed(schema: Schema) -> None:
    schema.run(
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, code text UNIQUE)",
        "CREATE TABLE lines (code text REFERENCES orders (code))",
        "INSERT INTO orders VALUES (1, 'a')",
        "INSERT INTO lines VALUES ('a')",
    )
    with opened(schema.url, columns=None) as target:
        (receipt,) = target.push([load([(1, "b"), (2, "c")], columns=("order_id", "code"))])

    ((place, why),) = receipt.refused
    assert (place, why.code, receipt.written) == (0, "foreign_key_violation", 1)
    assert why.message.startswith("table lines refers to a value")


def test_what_a_trigger_refuses_at_the_commit_fails_its_record_alone(
    schema: Schema,
) -> None:
    """T3: such a trigger is no constraint of the table that could be seen beforehand."""
    schema.run(
        TABLE,
        "CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF new.cents = 13 THEN RAISE 'not thirteen'; END IF; RETURN new; END $$",
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON orders "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late()",
    )
    with opened(schema.url) as target:
        first, second = target.push([load(ROWS[10:16]), load(ROWS[20:22], batch=2)])

    assert refused(first) == {3: ("trigger_refused", None)}
    assert "not thirteen" in first.refused[0][1].message
    assert (first.written, second.written) == (5, 2)
    assert len(schema.rows(ALL)) == 7


def test_what_a_trigger_drops_in_silence_is_not_counted_as_written(schema: Schema) -> None:
    schema.run(
        TABLE,
        "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF new.cents = 13 THEN RETURN NULL; END IF; RETURN new; END $$",
        "CREATE TRIGGER quiet BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION quiet()",
    )
    with opened(schema.url) as target:
        (receipt,) = target.push([load(ROWS[10:16])])

    assert receipt.ignored == ((3, "left out by a trigger of the target"),)
    assert receipt.written == 5


def test_a_policy_that_forbids_one_row_fails_it_alone(schema: Schema) -> None:
    """T3, T6: authorization."""
    role = f"clerk_{schema.name}"
    schema.run(
        TABLE,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA {schema.name} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE ON orders TO {role}",
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY small ON orders USING (true) WITH CHECK (cents < 3)",
    )
    with opened(schema.url.replace("postgres:@", f"{role}:@")) as target:
        (receipt,) = target.push([load(ROWS[:5])])

    assert {row: (e.code, e.error_class) for row, e in receipt.refused} == {
        3: ("access_denied", ErrorClass.AUTHORIZATION),
        4: ("access_denied", ErrorClass.AUTHORIZATION),
    }
    assert receipt.written == 3


def test_a_role_that_may_not_write_cannot_take_the_run(schema: Schema) -> None:
    """T1, T6; also where the right is taken away in the middle."""
    role = f"guest_{schema.name}"
    schema.run(
        TABLE,
        f"CREATE ROLE {role} LOGIN",
        f"GRANT USAGE ON SCHEMA {schema.name} TO {role}",
        f"GRANT SELECT, INSERT ON orders TO {role}",
    )
    url = schema.url.replace("postgres:@", f"{role}:@")
    target = made(url)
    with closing(target), pytest.raises(SystemSyncError) as raised:
        target.open()
    schema.run(f"GRANT UPDATE ON orders TO {role}")
    with opened(url) as allowed:
        schema.run(f"REVOKE INSERT ON orders FROM {role}")
        with pytest.raises(SystemSyncError) as later:
            allowed.push([load(ROWS)])

    assert raised.value.message == (
        f"warehouse: role {role} may not UPDATE in table orders: grant it"
    )
    assert raised.value.error_class is later.value.error_class is ErrorClass.AUTHORIZATION


def test_lookup_answers_in_bulk_whatever_it_is_asked(schema: Schema) -> None:
    columns = (
        Column("shop", "str"),
        Column("order_id", "int"),
        Column("price", "decimal"),
        Column("at", "datetime"),
    )
    names = tuple(column.name for column in columns)
    key = ("shop", "order_id")
    with opened(schema.url, columns=columns, key=key, create=True) as target:
        target.push([load([("a", 1, "1.50", "2026-05-01T00:00:00+00:00")], columns=names)])
        found = target.lookup([("a", 1), ("a", "1"), ("a", "x"), ("b\0", 1), ("a", 2)])

    held = {
        "shop": "a",
        "order_id": 1,
        "price": Decimal("1.50"),
        "at": datetime(2026, 5, 1, tzinfo=UTC),
    }
    assert found == {
        ("a", 1): held,
        ("a", "1"): held,
        ("a", "x"): None,
        ("b\0", 1): None,
        ("a", 2): None,
    }


def test_names_with_quotes_percents_and_semicolons_are_only_names(schema: Schema) -> None:
    table, column = 'or"ders; DROP %s', 'e"m%ail); --'
    columns = (Column("order_id", "int"), Column(column, "str"))
    with opened(schema.url, columns=columns, table=table, create=True) as target:
        (receipt,) = target.push([load([(1, "100%")], columns=("order_id", column))])
        found = target.lookup([(1,)])

    assert receipt.written == 1
    assert found == {(1,): {"order_id": 1, column: "100%"}}


def test_a_table_in_another_schema_is_named_with_it(schema: Schema) -> None:
    schema.run(f"CREATE SCHEMA {schema.name}b")
    try:
        with opened(schema.url, table=f"{schema.name}b.orders", create=True) as target:
            (receipt,) = target.push([load(ROWS)])
        count = schema.rows(f"SELECT count(*) FROM {schema.name}b.orders")
    finally:
        schema.run(f"DROP SCHEMA {schema.name}b CASCADE")

    assert receipt.written == len(ROWS)
    assert count == [(len(ROWS),)]


@pytest.mark.parametrize(
    ("statements", "options", "sentence"),
    [
        ([], {}, "table orders is missing: create it, or set create: true"),
        (
            [TABLE],
            {"table": "Orders"},
            "table Orders is missing: there is orders; correct the name",
        ),
        (
            ["CREATE TABLE orders (order_id bigint PRIMARY KEY, cents bigint)"],
            {},
            "table orders has no column email: add it to the table, or leave it out of the map",
        ),
        (
            ["CREATE TABLE orders (order_id bigint, email text, cents bigint)"],
            {},
            "table orders has no unique key on order_id, which upsert needs: "
            "add a unique index, or use mode: insert",
        ),
        (
            [
                "CREATE TABLE orders (order_id bigint UNIQUE DEFERRABLE, email text, "
                "cents bigint)"
            ],
            {},
            "table orders has no unique key on order_id, which upsert needs: "
            "add a unique index, or use mode: insert",
        ),
        (
            [
                "CREATE TABLE orders (order_id bigint PRIMARY KEY, email text, "
                "cents bigint GENERATED ALWAYS AS IDENTITY)"
            ],
            {},
            "table orders computes cents by itself: leave it out of the map",
        ),
    ],
)
def test_a_table_that_cannot_take_the_run_is_named_with_what_is_missing(
    schema: Schema, statements: list[str], options: dict[str, Any], sentence: str
) -> None:
    """T1."""
    schema.run(*statements)
    target: SqlTarget = made(schema.url, **options)

    with closing(target), pytest.raises(SystemSyncError) as raised:
        target.open()

    assert raised.value.message == f"warehouse: {sentence}"
