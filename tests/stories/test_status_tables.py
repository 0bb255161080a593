"""The status table of a target: those downstream read there what each load is worth."""

import sqlite3
from contextlib import closing
from itertools import count
from typing import Any

import psycopg
import pytest

from engine.domain.outcome import Status
from engine.domain.requests import RunOptions, Stop
from engine.domain.retry_plan import Choice
from tests.databases import Postgres
from tests.stories.definitions import definition
from tests.stories.world import World, order

_numbers = count(1)
STATUSES = (
    "SELECT event, status, label, batches, batches_failed, written, failed, open_records, "
    "recovered_by, closed_by FROM loads ORDER BY event"
)


def told(world: World, query: str = STATUSES) -> list[tuple[Any, ...]]:
    """What the warehouse says."""
    with closing(sqlite3.connect(world.links / "warehouse.db")) as connection:
        return connection.execute(query).fetchall()


def link(world: World, target: dict[str, Any] | None = None) -> None:
    """The standard Link, its target with a status table."""
    plain = {
        "adapter": "sql",
        "url": "sqlite:///warehouse.db",
        "table": "orders",
        "create": True,
    }
    world.link("orders", definition(target={**(target or plain), "status_table": "loads"}))


def test_every_load_is_told_with_its_batches_its_label_and_what_became_of_it(
    world: World,
) -> None:
    """I4: a later run that writes the failed record closes the earlier load."""
    world.orders([order(n) for n in range(1, 25)] + [order(25, email="")])
    link(world)

    world.run()
    after_the_first = told(world)
    world.orders([order(n) for n in range(1, 26)])
    link(world)
    world.run()

    assert after_the_first == [(1, "failed", "partial", 3, 0, 24, 1, 1, None, None)]
    first, second = told(world)
    assert first[:3] == (1, "completed", "recovered")
    assert first[7] == 0
    assert second == (2, "completed", "complete", 3, 0, 25, 0, 0, None, None)
    ((begun, ended),) = told(
        world, "SELECT started_at, finished_at FROM loads WHERE event = 2"
    )
    assert begun < ended


def test_a_retry_tells_of_the_load_that_it_has_recovered(world: World) -> None:
    """C4: the original, too."""
    world.orders([order(n) for n in range(1, 25)] + [order(25, email="")])
    link(world)
    first = world.run()
    text = (world.links / "orders.yaml").read_text()
    world.link("orders", text.replace('"rule": "required"', '"rule": "length", "max": 99'))

    world.retry(first, definition=Choice.CURRENT)

    assert [row[:3] + row[7:] for row in told(world)] == [
        (1, "completed", "recovered", 0, 2, "retry"),
        (2, "completed", "complete", 0, None, None),
    ]


def test_downstream_sees_that_a_load_is_under_way(world: World) -> None:
    world.orders([order(n) for n in range(1, 25)])
    link(world)
    seen: list[Any] = []

    class Looking(Stop):
        """Looks at the table where the run asks whether to go on."""

        @property
        def asked(self) -> bool:
            seen.extend(told(world, "SELECT status, finished_at FROM loads"))
            return super().asked

    world.engine.run("orders", RunOptions(actor="ana@test"), stop=Looking())

    assert ("running", None) in seen


def test_a_status_table_that_cannot_be_written_is_a_warning_and_the_data_is_there(
    world: World,
) -> None:
    """T4; the next run writes what is missing."""
    world.orders([order(n) for n in range(1, 25)])
    link(world)
    with closing(sqlite3.connect(world.links / "warehouse.db")) as connection:
        connection.execute("CREATE TABLE loads (event INTEGER PRIMARY KEY)")
        connection.commit()

    event = world.run()

    assert event.status is Status.COMPLETED_WITH_WARNINGS
    (warning,) = event.warnings
    assert warning.startswith("the status table was not written: ")
    assert "loads has no column" in warning
    assert told(world, "SELECT count(*) FROM orders") == [(24,)]

    with closing(sqlite3.connect(world.links / "warehouse.db")) as connection:
        connection.execute("DROP TABLE loads")
        connection.commit()
    world.run()
    assert [row[:2] for row in told(world)] == [
        (1, "completed_with_warnings"),
        (2, "completed"),
    ]


def test_a_test_run_tells_nothing(world: World) -> None:
    world.orders([order(1)])
    link(world)
    world.run(test=True)

    with pytest.raises(sqlite3.OperationalError):
        told(world)


def test_a_server_keeps_the_statuses_of_several_links_in_one_table(
    world: World, postgres: Postgres
) -> None:
    url = postgres.database(f"statuses{next(_numbers)}")
    world.orders([order(n) for n in range(1, 15)])
    link(world, {"adapter": "sql", "url": url, "table": "orders", "create": True})
    text = (world.links / "orders.yaml").read_text()
    world.link("copies", text.replace('"link": "orders"', '"link": "copies"'))

    world.run()
    world.run("copies")

    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT link, event, status, written, finished_at > started_at FROM loads ORDER BY 2"
        ).fetchall()
    assert rows == [
        ("orders", 1, "completed", 14, True),
        ("copies", 2, "completed", 14, True),
    ]


def test_the_table_itself_is_no_status_table(world: World) -> None:
    world.orders([order(1)])
    link(world)
    text = (world.links / "orders.yaml").read_text()
    world.link("orders", text.replace("loads", "orders"))

    event = world.run()

    assert event.status is Status.FAILED
    assert [group.code for group in event.errors] == ["status_table_taken"]
