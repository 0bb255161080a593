"""The sql target when connections break, locks clash, or nobody is there."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from engine.domain.adapter import Stopped
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_wire import Wire
from tests.adapters.sql_world import load, made, opened

pytest_plugins = ("tests.adapters.sql_servers",)

TABLE = "CREATE TABLE orders (order_id bigint PRIMARY KEY, email text, cents bigint)"
UNKEYED = "CREATE TABLE orders (order_id bigint, email text, cents bigint)"
ALL = "SELECT * FROM orders ORDER BY order_id"
ROWS = [(i, f"{i}@x", i) for i in range(200)]


@pytest.fixture
def wire(schema: Schema) -> Iterator[Wire]:
    made = Wire(schema.url)
    yield made
    made.close()


def test_a_connection_that_went_stale_is_made_anew_at_once(schema: Schema) -> None:
    waits: list[float] = []
    schema.run(TABLE)
    with opened(schema.url, sleep=waits.append) as target:
        target.push([load(ROWS[:3])])
        schema.end_sessions()
        (receipt,) = target.push([load(ROWS)])
        schema.end_sessions()
        found = target.lookup([(1,)])

    assert (receipt.written, receipt.attempts) == (len(ROWS), ())
    assert found[(1,)] == {"order_id": 1, "email": "1@x", "cents": 1}
    assert len(schema.rows(ALL)) == len(ROWS)


def test_an_upsert_whose_commit_was_not_answered_is_sent_again(
    schema: Schema, wire: Wire
) -> None:
    """K3: the same write twice is harmless."""
    schema.run(TABLE)
    with opened(wire.url) as target:
        wire.cuts = 1
        (receipt,) = target.push([load(ROWS)])

    assert (receipt.written, receipt.in_doubt, receipt.error) == (len(ROWS), (), None)
    assert schema.rows(ALL) == ROWS


def test_an_insert_whose_commit_was_not_answered_is_looked_up_by_key(
    schema: Schema, wire: Wire
) -> None:
    """K3."""
    schema.run(TABLE)
    with opened(wire.url, mode="insert") as target:
        wire.cuts = 1
        (receipt,) = target.push([load(ROWS)])

    assert (receipt.written, receipt.refused, receipt.in_doubt) == (len(ROWS), (), ())
    assert schema.rows(ALL) == ROWS


def test_an_insert_that_cannot_be_looked_up_safely_is_in_doubt(
    schema: Schema, wire: Wire
) -> None:
    """K3: without a unique key, a late commit and a second write would both stand."""
    schema.run(UNKEYED)
    with opened(wire.url, mode="insert") as target:
        wire.cuts = 1
        (receipt,) = target.push([load(ROWS)])

    assert receipt.error is None
    assert [row for row, _ in receipt.in_doubt] == list(range(len(ROWS)))
    assert receipt.in_doubt[0][1].code == "outcome_unknown"
    assert schema.rows(ALL) == ROWS


def test_an_insert_stays_in_doubt_while_nobody_answers(schema: Schema, wire: Wire) -> None:
    """K3: the commit may be there, and no look is possible."""
    schema.run(TABLE)
    with opened(wire.url, mode="insert") as target:
        wire.cuts = 1
        wire.close_after_cut = True
        (receipt,) = target.push([load(ROWS)])

    assert len(receipt.in_doubt) == len(ROWS)
    assert len(receipt.attempts) == 3


def test_a_server_that_is_gone_fails_the_batch_as_refused(
    schema: Schema, wire: Wire
) -> None:
    """T1: what counts towards consecutive_refused."""
    schema.run(TABLE)
    with opened(wire.url) as target:
        wire.close()
        schema.end_sessions()
        (receipt,) = target.push([load(ROWS)])

    error = receipt.error
    assert isinstance(error, BatchSyncError)
    assert (error.code, error.error_class, error.refused) == (
        "connection_refused",
        ErrorClass.AVAILABILITY,
        True,
    )
    assert [attempt.number for attempt in receipt.attempts] == [1, 2, 3]
    assert (receipt.written, receipt.in_doubt) == (0, ())


def test_a_server_that_refuses_keeps_the_run_from_starting() -> None:
    """T1; and no password is ever told."""
    target = made("postgresql://ana:s3cr%21et@127.0.0.1:1/shop")

    with pytest.raises(SystemSyncError) as raised:
        target.open()

    assert raised.value.refused
    assert "Connection refused" in raised.value.message
    assert "s3cr" not in raised.value.message
    assert "\n" not in raised.value.message


@pytest.mark.parametrize(
    ("change", "code", "error_class"),
    [
        (("postgres:@", "nobody:s3cret@"), "credentials_refused", ErrorClass.AUTHORIZATION),
        (("/postgres?", "/nowhere?"), "database_missing", ErrorClass.AVAILABILITY),
        (
            ("postgres?", "postgres?hots=s3cret&"),
            "database_missing",
            ErrorClass.AVAILABILITY,
        ),
    ],
)
def test_wrong_credentials_and_names_end_the_run(
    schema: Schema, change: tuple[str, str], code: str, error_class: ErrorClass
) -> None:
    """T1."""
    target = made(schema.url.replace(*change))

    with pytest.raises(SystemSyncError) as raised:
        target.open()

    assert (raised.value.code, raised.value.error_class) == (code, error_class)
    assert "s3cret" not in raised.value.message


def test_a_row_that_is_locked_too_long_is_transient_and_tried_again(schema: Schema) -> None:
    """T6: lock timeouts."""
    schema.run(TABLE, "INSERT INTO orders VALUES (1, 'a', 1)")
    url = schema.url.replace("options=", "options=-clock_timeout%3D50ms%20")
    with (
        closing(psycopg.connect(schema.url)) as other,
        opened(url, sleep=lambda _: None) as target,
    ):
        other.execute("UPDATE orders SET cents = 2")
        (locked,) = target.push([load(ROWS)])
        other.rollback()
        (free,) = target.push([load(ROWS)])

    assert locked.error is not None
    assert (locked.error.code, locked.error.error_class) == (
        "lock_timeout",
        ErrorClass.TRANSIENT,
    )
    assert len(locked.attempts) == 3
    assert free.written == len(ROWS)


def test_a_deadlock_costs_an_attempt_and_nothing_else(schema: Schema) -> None:
    """T6."""
    schema.run(TABLE, "INSERT INTO orders SELECT n, 'x', 0 FROM generate_series(1, 2) n")
    url = schema.url.replace("options=", "options=-cdeadlock_timeout%3D20ms%20")
    with closing(psycopg.connect(schema.url)) as other, opened(url) as target:
        other.execute("UPDATE orders SET cents = 7 WHERE order_id = 2")

        def cross() -> None:
            wait_until_blocked(schema)
            other.execute("UPDATE orders SET cents = 7 WHERE order_id = 1")
            other.commit()

        crossing = threading.Thread(target=cross)
        crossing.start()
        (receipt,) = target.push([load(ROWS[1:3])])
        crossing.join()

    assert (receipt.written, receipt.error) == (2, None)
    assert [attempt.message for attempt in receipt.attempts] == [
        "warehouse: two transactions waited for each other"
    ]
    assert schema.rows(ALL) == ROWS[1:3]


def test_a_commit_that_comes_while_we_look_is_not_taken_for_anothers(
    schema: Schema,
) -> None:
    """K3: the write whose answer was lost may still be on its way."""
    schema.run(TABLE, "ALTER TABLE orders ADD CHECK (cents >= 0)")
    rows = [(0, "bad", -1), *ROWS[1:3]]
    with (
        closing(psycopg.connect(schema.url)) as other,
        opened(schema.url, mode="insert") as target,
    ):
        other.execute("INSERT INTO orders VALUES (1, '1@x', 1)")

        def arrive() -> None:
            wait_until_blocked(schema)
            other.commit()

        arriving = threading.Thread(target=arrive)
        arriving.start()
        (receipt,) = target.push([load(rows, uncertain=True)])
        arriving.join()

    assert [row for row, _ in receipt.refused] == [0]
    assert receipt.written == 2
    assert schema.rows(ALL) == ROWS[1:3]


def wait_until_blocked(schema: Schema) -> None:
    """Ask the server until some session waits for a lock."""
    with closing(psycopg.connect(schema.url, autocommit=True)) as watcher:
        query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while watcher.execute(query).fetchone() is None:
            pass


def test_a_cancel_between_attempts_leaves_nothing_written(schema: Schema) -> None:
    schema.run(TABLE)

    def stop(_: float) -> None:
        raise Stopped

    url = schema.url.replace("options=", "options=-clock_timeout%3D20ms%20")
    with (
        closing(psycopg.connect(schema.url)) as other,
        opened(url, sleep=stop, mode="insert") as target,
    ):
        other.execute("LOCK TABLE orders")
        (receipt,) = target.push([load(ROWS)])
        other.rollback()

    assert receipt.error is not None
    assert (receipt.error.code, receipt.in_doubt) == ("stopped", ())
    assert schema.rows(ALL) == []


def test_a_table_that_goes_away_ends_the_run(schema: Schema) -> None:
    """T1."""
    schema.run(TABLE)
    with opened(schema.url) as target:
        schema.run("DROP TABLE orders")
        with pytest.raises(SystemSyncError) as raised:
            target.push([load(ROWS)])

    assert (raised.value.code, raised.value.error_class) == (
        "table_missing",
        ErrorClass.SCHEMA,
    )


def test_a_commit_is_durable_even_where_the_server_is_set_to_hurry(schema: Schema) -> None:
    """X1."""
    schema.run(
        "CREATE TABLE seen (setting text)",
        TABLE,
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO seen VALUES (current_setting('synchronous_commit')); RETURN new; END $$",
        "CREATE TRIGGER note BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note()",
    )
    url = schema.url.replace("options=", "options=-csynchronous_commit%3Doff%20")
    with opened(url) as target:
        target.push([load(ROWS[:1])])

    assert schema.rows("SELECT * FROM seen") == [("on",)]


def test_a_missing_driver_is_named_with_what_installs_it() -> None:
    """The driver is an extra."""
    script = (
        "import sys\n"
        "sys.modules['psycopg'] = None\n"
        "from tests.adapters.sql_world import made\n"
        "try:\n"
        "    made('postgresql://shop/x').open()\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    seen = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert seen.stdout.strip() == (
        "SystemSyncError warehouse: PostgreSQL needs a driver that is not installed: "
        "pip install 'linkdeck[postgres]'"
    )
