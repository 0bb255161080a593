"""The sql source over real SQLite files and a real PostgreSQL server: plans, fetches, marks."""

import json
import pickle
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.adapters.sql.options import SqlSourceOptions
from engine.adapters.sql.source import SqlSource
from engine.domain.adapter import Lookup, SourceContext
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from engine.domain.missing import MISSING
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_wire import Wire
from tests.adapters.sql_world import AT_ONCE, execute

pytest_plugins = ("tests.adapters.sql_servers",)


@dataclass(frozen=True)
class World:
    """An empty database of one kind."""

    url: str
    run: Any


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    if request.param == "sqlite":
        file = tmp_path / "shop.db"
        return World(f"sqlite:///{file}", lambda *statements: execute(file, *statements))
    schema: Schema = request.getfixturevalue("schema")
    return World(schema.url, schema.run)


def source(
    url: str, *, batch_size: int = 10, wanted: tuple[str, ...] | None = None, **options: Any
) -> SqlSource:
    """A source of `orders` unless told otherwise."""
    context = SourceContext(
        link="orders",
        batch_size=batch_size,
        parallel=2,
        folder="/",
        system="shop",
        wanted=wanted,
        retry=AT_ONCE,
        sleep=lambda _: None,
    )
    if isinstance(options.get("order_by"), str):
        options["order_by"] = (options["order_by"],)
    if "query" not in options:
        options = {"table": "orders", **options}
    return SqlSource(SqlSourceOptions(url=url, **options), context)


def fetched(each: SqlSource, scopes: Sequence[Scope]) -> list[dict[str, Any]]:
    """All records of these scopes, which travel as JSON."""
    batches = [each.fetch(json.loads(json.dumps(scope))) for scope in scopes]
    return [told for batch in batches for told in records(batch)]


def records(batch: Fetched) -> list[dict[str, Any]]:
    """The records of a Batch as their raw JSON tells them."""
    places = range(len(batch.rows)) if batch.places is None else batch.places
    return [json.loads(batch.raw.at(place)) for place in places]


def numbered(count: int) -> list[str]:
    """A table of orders with ids 1 to `count`, changed at their tenfold."""
    return [
        "CREATE TABLE orders (id integer PRIMARY KEY, name text, changed integer)",
        *(
            f"INSERT INTO orders VALUES ({i}, 'n{i}', {i * 10})"
            for i in range(1, count + 1)
        ),
    ]


@given(
    keys=st.sets(
        st.one_of(
            st.integers(-(2**63), 2**63 - 1),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        max_size=70,
    ),
    size=st.integers(1, 20),
)
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_keys_are_cut_into_batches_that_hold_every_record_once(
    tmp_path_factory: pytest.TempPathFactory, keys: set[Any], size: int
) -> None:
    """Random, gappy, textual and mixed keys."""
    import sqlite3

    file = tmp_path_factory.mktemp("keys") / "shop.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE orders (id UNIQUE NOT NULL, changed INTEGER)")
        connection.executemany(
            "INSERT OR IGNORE INTO orders VALUES (?, 1)", [(key,) for key in keys]
        )
        connection.commit()
        held = [key for (key,) in connection.execute("SELECT id FROM orders ORDER BY id")]
    for changed in (None, "changed"):
        with closing(
            source(f"sqlite:///{file}", batch_size=size, changed_since=changed)
        ) as each:
            scopes = each.plan_fetch(Window()).scopes
            found = [record["id"] for record in fetched(each, scopes)]

        assert found == held
        assert len(scopes) == -(-len(held) // size)


def test_scopes_are_ranges_of_keys_that_say_what_they_are(world: World) -> None:
    world.run(*numbered(25), "DELETE FROM orders WHERE id IN (3, 4, 12)")
    with closing(source(world.url)) as each:
        plan = each.plan_fetch(Window())
        batches = [each.fetch(scope) for scope in plan.scopes]

    assert plan.scopes == (
        {"what": "orders where id <= 13", "first": 1, "upto": 13},
        {"what": "orders where id > 13 and id <= 23", "first": 11, "after": 13, "upto": 23},
        {"what": "orders where id > 23 and id <= 25", "first": 21, "after": 23, "upto": 25},
    )
    assert (plan.bound, plan.warnings) == (None, ())
    assert [len(batch.rows) for batch in batches] == [10, 10, 2]
    assert batches[1].position(0) == "orders:11"


def test_records_added_and_removed_while_reading_are_neither_doubled_nor_lost(
    world: World,
) -> None:
    """M3: the bounds are fixed before the first fetch."""
    world.run(*numbered(25), "DELETE FROM orders WHERE id = 5")
    with closing(source(world.url)) as each:
        scopes = each.plan_fetch(Window()).scopes
        found = fetched(each, scopes[:1])
        world.run(
            "INSERT INTO orders VALUES (5, 'late', 1), (100, 'later', 1), (-1, 'before', 1)",
            "DELETE FROM orders WHERE id = 15",
        )
        found += fetched(each, scopes[1:])

    ids = [record["id"] for record in found]
    assert ids == [i for i in range(1, 26) if i not in {5, 15}]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uuid", [f"00000000-0000-0000-0000-00000000000{i}" for i in range(9)]),
        ("timestamptz", [f"2026-05-0{i} 10:00:00.{i}5+02" for i in range(1, 10)]),
        ("timestamp", [f"2026-05-0{i} 10:00:00" for i in range(1, 10)]),
        ("date", [f"2026-05-0{i}" for i in range(1, 10)]),
        ("numeric", [f"{i}.{'0' * 20}1" for i in range(9)]),
        ("bytea", [f"\\x0{i}ff" for i in range(9)]),
        ("text", [f"a'{i}\" %s :p0 \\" for i in range(9)]),
        ("bigint", [str(2**62 + i) for i in range(9)]),
        ("double precision", [f"0.{i}" for i in range(9)]),
    ],
)
def test_keys_of_any_type_survive_their_way_through_a_scope(
    schema: Schema, kind: str, values: list[str]
) -> None:
    literals = ", ".join("('" + value.replace("'", "''") + "')" for value in values)
    schema.run(
        f"CREATE TABLE orders (id {kind} PRIMARY KEY)",
        f"INSERT INTO orders VALUES {literals}",
    )
    for changed in (None, "id"):
        with closing(source(schema.url, batch_size=4, changed_since=changed)) as each:
            scopes = each.plan_fetch(Window()).scopes
            batches = [each.fetch(json.loads(json.dumps(scope))) for scope in scopes]

        assert [len(batch.rows) for batch in batches] == [4, 4, 1]
        assert len({record["id"] for batch in batches for record in records(batch)}) == 9


def test_a_query_may_end_as_a_person_ends_it(world: World) -> None:
    world.run(*numbered(12))
    query = "SELECT id, name || ' 100%:p0' AS name FROM orders WHERE id % 2 = 0 ;  "
    with closing(source(world.url, query=query, order_by="id", batch_size=4)) as each:
        plan = each.plan_fetch(Window())
        found = fetched(each, plan.scopes)
    commented = "SELECT id FROM orders -- all of them"
    with closing(source(world.url, query=commented, order_by="id")) as each:
        more = each.plan_fetch(Window())

    assert [scope["what"] for scope in plan.scopes] == [
        "the query where id <= 8",
        "the query where id > 8 and id <= 12",
    ]
    assert [record["name"] for record in found] == [
        f"n{i} 100%:p0" for i in range(2, 13, 2)
    ]
    assert len(more.scopes) == 2


def test_a_table_is_cut_by_its_own_key_and_one_without_is_one_batch(world: World) -> None:
    world.run(
        *numbered(12),
        "CREATE TABLE notes (text_ text)",
        "INSERT INTO notes VALUES ('a'), (null), ('a')",
    )
    with closing(source(world.url, table="notes")) as each:
        plan = each.plan_fetch(Window())
        found = fetched(each, plan.scopes)

    assert plan.scopes == ({"what": "all of notes", "first": 1},)
    assert plan.warnings == (
        "notes is one batch: name a unique column under order_by to have several",
    )
    assert sorted(str(record["text_"]) for record in found) == ["None", "a", "a"]


@pytest.mark.parametrize(
    "order_by",
    [(), ("shop", "number"), ("number", "shop"), ("placed",), ("placed", "number")],
)
def test_a_key_of_several_columns_cuts_batches_that_overlap_nowhere(
    world: World, order_by: tuple[str, ...]
) -> None:
    """An order that does not tell records apart is made to, by the table's own key."""
    world.run(
        "CREATE TABLE orders (shop varchar(9) NOT NULL, number integer NOT NULL, "
        "placed integer NOT NULL, PRIMARY KEY (shop, number))",
        "INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 94) SELECT 'shop ' || (i % 3), i / 3, i % 7 FROM n",
    )
    for wide in (True, False):
        with closing(source(world.url, order_by=order_by, batch_size=10)) as each:
            if not wide:
                each._reader().limits = False
            scopes = each.plan_fetch(Window()).scopes
            batches = [fetched(each, [scope]) for scope in scopes]
            found = each.lookup([("shop 1", 7), ("shop 1", 70)], by=("shop", "number"))

        records = [(row["shop"], row["number"]) for batch in batches for row in batch]
        assert sorted(records) == sorted((f"shop {i % 3}", i // 3) for i in range(95))
        assert [len(batch) for batch in batches] == [10] * 9 + [5]
        assert [scope["first"] for scope in scopes] == list(range(1, 100, 10))
        assert [key for key, record in found.items() if record] == [("shop 1", 7)]


def test_a_record_added_in_the_middle_of_a_key_falls_into_its_batch(world: World) -> None:
    """A Batch is fetched again alone, whatever happened elsewhere; keys are told with quotes."""
    world.run(
        "CREATE TABLE orders (shop varchar(9) NOT NULL, number integer NOT NULL, "
        "PRIMARY KEY (shop, number))",
        "INSERT INTO orders VALUES ('a', 1), ('a', 5), ('it''s', 1), ('it''s', 2)",
    )
    with closing(source(world.url, batch_size=2)) as each:
        first, second = each.plan_fetch(Window()).scopes
        world.run("INSERT INTO orders VALUES ('a', 3), ('b', 0), ('z', 9)")
        again = [fetched(each, [scope]) for scope in (first, second)]

    assert first["what"] == "orders where (shop, number) <= ('a', 5)"
    assert second["what"] == (
        "orders where (shop, number) > ('a', 5) and (shop, number) <= ('it''s', 2)"
    )
    assert [[row["number"] for row in batch] for batch in again] == [[1, 3, 5], [0, 1, 2]]


def test_an_empty_table_has_no_batches_and_no_mark(world: World) -> None:
    world.run(*numbered(0))
    with closing(source(world.url, changed_since="changed")) as each:
        plan = each.plan_fetch(Window())

    assert (plan.scopes, plan.bound) == ((), None)


def test_a_number_that_grows_is_a_mark_and_the_window_includes_it(world: World) -> None:
    """M1: the source's maximum when the run was planned; M3: `since` is inclusive."""
    world.run(*numbered(30))
    with closing(source(world.url, changed_since="changed")) as each:
        first = each.plan_fetch(Window())
        world.run("INSERT INTO orders VALUES (31, 'new', 310)")
        world.run("UPDATE orders SET changed = 305 WHERE id = 2")
        rest = fetched(each, first.scopes)
        second = each.plan_fetch(Window(since=first.bound))
        changed = fetched(each, second.scopes)
        part = fetched(each, each.plan_fetch(Window(since=100, until=149)).scopes)

    assert each.traits.change_filter is ChangeFilter.COLUMN
    assert (first.bound, second.bound) == (300, 310)
    assert [record["id"] for record in rest] == [1, *range(3, 31)]
    assert [record["id"] for record in changed] == [2, 30, 31]
    assert [record["id"] for record in part] == [10, 11, 12, 13, 14]
    assert second.scopes[0]["what"] == (
        "orders where id <= 31 and changed >= 300 and changed <= 310"
    )


def test_records_without_a_mark_come_with_a_full_run_and_are_told_of_otherwise(
    world: World,
) -> None:
    """Nothing is ever silently dropped."""
    world.run(*numbered(5), "UPDATE orders SET changed = NULL WHERE id < 3")
    with closing(source(world.url, changed_since="changed")) as each:
        full = each.plan_fetch(Window())
        part = each.plan_fetch(Window(since=40))
        everything, changes = fetched(each, full.scopes), fetched(each, part.scopes)
        world.run("UPDATE orders SET changed = NULL")
        unmarked = each.plan_fetch(Window())
        nothing = each.plan_fetch(Window(since=1))
        rest = fetched(each, unmarked.scopes)

    assert [record["id"] for record in everything] == [1, 2, 3, 4, 5]
    assert [record["id"] for record in changes] == [4, 5]
    assert part.warnings == (
        "2 records have no changed: only a run with --full fetches them",
    )
    assert len(rest) == 5
    assert (unmarked.bound, nothing.scopes) == (None, ())


@pytest.mark.parametrize(
    ("forms", "bound"),
    [
        ("2026-05-{:02d} 10:00:00", datetime(2026, 5, 9, 10, tzinfo=UTC)),
        ("2026-05-{:02d}T10:00:00Z", datetime(2026, 5, 9, 10, tzinfo=UTC)),
        (
            "2026-05-{:02d}T10:00:00.250Z",
            datetime(2026, 5, 9, 10, 0, 0, 250000, tzinfo=UTC),
        ),
        (
            "2026-05-{:02d}T10:00:00.250000+02:00",
            datetime(2026, 5, 9, 8, 0, 0, 250000, UTC),
        ),
        ("2026-05-{:02d}", "2026-05-09"),
        ("v{:02d}", "v09"),
    ],
)
def test_times_as_text_are_marks_that_can_be_looked_back_from(
    tmp_path: Path, forms: str, bound: MarkValue
) -> None:
    """M3: SQLite has times as text; what is bound again sorts among that text."""
    file = tmp_path / "shop.db"
    values = ", ".join(f"({i}, '{forms.format(i)}')" for i in range(1, 10))
    execute(
        file,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, at TEXT)",
        f"INSERT INTO orders VALUES {values}",
    )
    with closing(source(f"sqlite:///{file}", changed_since="at")) as each:
        plan = each.plan_fetch(Window())
        same = fetched(each, each.plan_fetch(Window(since=plan.bound)).scopes)

        assert plan.bound == bound
        assert [record["id"] for record in same] == [9]
        if isinstance(bound, datetime):
            earlier = Window(
                since=bound - timedelta(days=2), until=bound - timedelta(seconds=1)
            )
            back = fetched(each, each.plan_fetch(earlier).scopes)
            assert [record["id"] for record in back] == [7, 8]


@pytest.mark.parametrize(
    ("kind", "bound"),
    [
        ("timestamptz", datetime(2026, 5, 9, 10, tzinfo=UTC)),
        ("timestamp", datetime(2026, 5, 9, 10, tzinfo=UTC)),
        ("date", "2026-05-09"),
    ],
)
def test_times_of_a_server_are_marks_in_utc(
    schema: Schema, kind: str, bound: MarkValue
) -> None:
    """M1."""
    schema.run(
        f"CREATE TABLE orders (id integer PRIMARY KEY, at {kind})",
        "SET TimeZone = 'UTC'; INSERT INTO orders "
        "SELECT n, '2026-05-01T10:00:00'::timestamp + (n - 1) * interval '1 day' "
        "FROM generate_series(1, 9) n",
    )
    with closing(source(schema.url, changed_since="at")) as each:
        plan = each.plan_fetch(Window())
        same = fetched(each, each.plan_fetch(Window(since=plan.bound)).scopes)
        written = fetched(each, each.plan_fetch(Window(since="2026-05-08")).scopes)

    assert plan.bound == bound
    assert [record["id"] for record in same] == [9]
    assert [record["id"] for record in written] == [8, 9]


def test_a_mark_of_another_kind_is_refused_in_words(world: World) -> None:
    world.run(*numbered(3))
    with (
        closing(source(world.url, changed_since="changed")) as each,
        pytest.raises(SystemSyncError) as raised,
    ):
        each.plan_fetch(Window(since=datetime(2026, 5, 1, tzinfo=UTC)))

    assert raised.value.message == (
        "'2026-05-01 00:00:00+00:00' cannot be compared with column changed, which holds values "
        "such as '30': give one like that, or run everything with --full"
    )


def test_wanted_fields_come_as_structs_and_absent_ones_are_missing(world: World) -> None:
    world.run(*numbered(3))
    with closing(source(world.url, wanted=("changed", "phone", "id"))) as each:
        (batch,) = [each.fetch(scope) for scope in each.plan_fetch(Window()).scopes]
    with closing(source(world.url)) as each:
        (whole,) = [each.fetch(scope) for scope in each.plan_fetch(Window()).scopes]

    assert batch.struct
    assert [(row.f0, row.f1, row.f2) for row in batch.rows] == [
        (10, MISSING, 1),
        (20, MISSING, 2),
        (30, MISSING, 3),
    ]
    assert json.loads(pickle.loads(pickle.dumps(batch.raw)).at(1)) == whole.rows[1]
    assert not whole.struct
    assert whole.rows[1] == {"id": 2, "name": "n2", "changed": 20}


def test_values_come_as_json_carries_them_and_numbers_keep_every_digit(
    schema: Schema,
) -> None:
    schema.run(
        "CREATE TABLE orders (id integer PRIMARY KEY, price numeric, whole numeric, "
        "exact numeric, at timestamptz, day date, raw bytea, data jsonb, tags text[], "
        "span interval, uid uuid, ok boolean)",
        "INSERT INTO orders VALUES (1, 12.30, 7.00, 0.1234567890123456789, "
        "'2026-05-01T12:00:00+02', '2026-05-01', '\\x00ff', '{\"a\": [1.5, null]}', "
        "'{x,NULL}', '1 day', '00000000-0000-0000-0000-000000000001', true)",
    )
    with closing(source(schema.url)) as each:
        (batch,) = [each.fetch(scope) for scope in each.plan_fetch(Window()).scopes]

    assert batch.rows == [
        {
            "id": 1,
            "price": 12.3,
            "whole": 7,
            "exact": Decimal("0.1234567890123456789"),
            "at": "2026-05-01T10:00:00+00:00",
            "day": "2026-05-01",
            "raw": "AP8=",
            "data": {"a": [1.5, None]},
            "tags": ["x", None],
            "span": "1 day, 0:00:00",
            "uid": "00000000-0000-0000-0000-000000000001",
            "ok": True,
        }
    ]
    assert b'"exact":0.1234567890123456789,' in batch.raw.at(0)


def test_a_record_json_cannot_carry_is_broken_alone(tmp_path: Path, schema: Schema) -> None:
    """A line that cannot be read is a Record error; its neighbours are read."""
    file = tmp_path / "shop.db"
    execute(
        file,
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT, rate REAL)",
        "INSERT INTO orders VALUES (1, 'a', 0.5), (2, CAST(x'61ff62' AS TEXT), 1), "
        "(3, 'c', 9e999), (4, 'd', NULL)",
    )
    schema.run(
        "CREATE TABLE orders (id integer PRIMARY KEY, rate float8, price numeric)",
        "INSERT INTO orders VALUES (1, 0.5, 1), (2, 'NaN', 1), (3, 1, 'NaN'), (4, 1, 1)",
    )
    batches = []
    for url in (f"sqlite:///{file}", schema.url):
        with closing(source(url)) as each:
            (scope,) = each.plan_fetch(Window()).scopes
            batches.append(each.fetch(scope))

    for batch in batches:
        assert [row["id"] for row in batch.rows] == [1, 4]
        assert batch.places == [0, 3]
        assert [each.place for each in batch.broken] == [1, 2]
        assert batch.count == 4
    assert [each.message for each in batches[0].broken] == [
        "name is not UTF-8 at byte 2",
        "rate is not a finite number",
    ]
    assert json.loads(batches[0].broken[0].raw) == {"id": 2, "name": "a\\xffb", "rate": 1.0}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"table": "ordres"}, "table ordres is missing: correct the name"),
        ({"order_by": "number"}, "orders has no column number: correct the name"),
        (
            {"changed_since": "at", "order_by": "no"},
            "orders has no column no and at: correct the name",
        ),
        (
            {
                "query": "SELECT name, changed FROM orders WHERE changed > 0",
                "order_by": ("name", "changed"),
            },
            "order_by name and changed is not unique in the query: 'n1' comes more than once; "
            "name a unique column",
        ),
        (
            {"order_by": "changed"},
            "order_by changed is null in 1 records of orders, which no batch would hold: "
            "name a column that is never null",
        ),
        (
            {"query": "SELECT id, id % 2 AS odd FROM orders", "order_by": "odd"},
            "order_by odd is not unique in the query: 0 comes more than once; "
            "name a unique column",
        ),
        (
            {"query": "SELECT 1", "table": "orders"},
            "an sql source needs either a table or a query",
        ),
        ({"table": None}, "an sql source needs either a table or a query"),
    ],
)
def test_what_cannot_be_read_as_asked_is_named(
    world: World, options: dict[str, Any], sentence: str
) -> None:
    """T1."""
    world.run(
        *numbered(4),
        "UPDATE orders SET name = 'n1', changed = 10 WHERE id = 2",
        "UPDATE orders SET changed = NULL WHERE id = 4",
    )
    with (
        closing(source(world.url, **options)) as each,
        pytest.raises(SystemSyncError) as raised,
    ):
        each.plan_fetch(Window())

    assert raised.value.message == f"shop: {sentence}"
    assert raised.value.error_class is ErrorClass.SCHEMA


def test_a_query_that_is_no_select_ends_the_run_in_one_line(world: World) -> None:
    world.run(*numbered(1))
    for query in (
        "SELEC id FROM orders",
        "DELETE FROM orders",
        "SELECT 1; DROP TABLE orders",
    ):
        with (
            closing(source(world.url, query=query, order_by="id")) as each,
            pytest.raises(SystemSyncError) as raised,
        ):
            each.plan_fetch(Window())
        assert "\n" not in raised.value.message
    with closing(source(world.url)) as each:
        assert len(fetched(each, each.plan_fetch(Window()).scopes)) == 1


def test_a_source_cannot_change_what_it_reads(schema: Schema) -> None:
    schema.run(
        *numbered(2),
        "CREATE FUNCTION meddle() RETURNS integer LANGUAGE sql AS "
        "'UPDATE orders SET name = ''x'' RETURNING 1'",
    )
    query = "SELECT id, meddle() AS done FROM orders"
    with (
        closing(source(schema.url, query=query, order_by="id")) as each,
        pytest.raises((SystemSyncError, BatchSyncError)) as raised,
    ):
        each.plan_fetch(Window())

    assert raised.value.code == "read_only"
    assert schema.rows("SELECT name FROM orders ORDER BY id") == [("n1",), ("n2",)]


def test_a_file_with_a_wal_is_read_while_others_write_to_it(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    execute(file, "PRAGMA journal_mode = WAL", *numbered(15))
    with closing(source(f"sqlite:///{file}")) as each:
        scopes = each.plan_fetch(Window()).scopes
        execute(file, "UPDATE orders SET name = 'new' WHERE id = 3")
        found = fetched(each, scopes)

    assert len(found) == 15
    assert found[2]["name"] == "new"


def test_a_file_that_goes_away_in_the_middle_fails_the_batch(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    execute(file, *numbered(20))
    with closing(source(f"sqlite:///{file}")) as each:
        scopes = each.plan_fetch(Window()).scopes
    file.unlink()
    with closing(source(f"sqlite:///{file}")) as each:
        with pytest.raises(SystemSyncError) as planning:
            each.plan_fetch(Window())
        with pytest.raises(SystemSyncError) as fetching:
            each.fetch(scopes[0])

    assert planning.value.message == fetching.value.message
    assert planning.value.message.endswith("is missing: correct the url")


def test_a_server_that_goes_away_in_the_middle_fails_the_batch_as_refused(
    schema: Schema,
) -> None:
    """T1: what counts towards consecutive_refused; T2."""
    schema.run(*numbered(20))
    wire = Wire(schema.url)
    with closing(source(wire.url)) as each:
        scopes = each.plan_fetch(Window()).scopes
        wire.close()
        schema.end_sessions()
        with pytest.raises(BatchSyncError) as raised:
            each.fetch(scopes[0])

    assert (raised.value.code, raised.value.refused) == ("connection_refused", True)
    assert len(raised.value.attempts) == 3


def test_a_connection_that_broke_costs_an_attempt(schema: Schema) -> None:
    schema.run(*numbered(20))
    with closing(source(schema.url)) as each:
        scopes = each.plan_fetch(Window()).scopes
        schema.end_sessions()
        batch = each.fetch(scopes[1])

    assert len(batch.rows) == 10
    assert len(batch.attempts) == 1


def test_lookup_finds_records_by_the_order_column_or_by_others(world: World) -> None:
    world.run(*numbered(300))
    with closing(source(world.url)) as each:
        keys = [(str(i) if i % 2 else i,) for i in range(1, 310)]
        found = each.lookup([*keys, ("x",) if world.url.startswith("sqlite") else (-1,)])
        by_name = each.lookup([("n7", 70), ("n7", 71)], by=("name", "changed"))

    assert each.traits.lookup is Lookup.BULK
    assert sum(record is not None for record in found.values()) == 300
    assert found[("7",)] == {"id": 7, "name": "n7", "changed": 70}
    assert by_name == {("n7", 70): {"id": 7, "name": "n7", "changed": 70}, ("n7", 71): None}


@pytest.fixture(autouse=True)
def _no_leaks() -> Iterator[None]:
    """Filterwarnings = error turns a connection nobody closed into a failure."""
    yield
    import gc

    gc.collect()
