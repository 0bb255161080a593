"""What people do about a run whose process is gone, stands still, or comes back too late."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.held import held_run, killed_run, stopped, stopped_between_writes
from tests.stories.command_line import Answer, linkdeck
from tests.stories.shop_files import a_home
from tests.stories.slow_shop import ORDERS, PAGES, SIZE, SlowShop

ALL = PAGES * SIZE


@pytest.fixture
def shop() -> Iterator[SlowShop]:
    with SlowShop().open() as shop:
        yield shop


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return a_home(tmp_path, definition=ORDERS)


def test_a_cancel_ends_a_run_whose_process_is_dead(home: Path, shop: SlowShop) -> None:
    killed_run(home, shop)

    answer = linkdeck("cancel", "1", "--reason", "given up", home=home)

    assert answer.code == 0, answer.err
    event = shown(home, 1)
    assert event["status"] == "cancelled"
    assert event["batches"]["in_flight"] == event["batches"]["waiting"] == 0
    assert event["open"]["batches"] == event["batches"]["not_attempted"] > 0
    again = linkdeck("run", "orders", home=home, SHOP_URL=shop.url)
    assert again.code == 0
    assert "resuming" not in again.err
    assert shown(home, 2)["records"]["written"] == ALL


def test_resume_finishes_a_sync_event_by_its_number(home: Path, shop: SlowShop) -> None:
    killed_run(home, shop)

    answer = linkdeck("resume", "1", home=home, SHOP_URL=shop.url)

    assert answer.code == 0, answer.err
    assert "resuming #1 of orders\n" in answer.err
    assert_whole(home, 1)
    refused = linkdeck("resume", "1", home=home, SHOP_URL=shop.url)
    assert refused.code == 3
    assert "there is nothing to resume" in refused.err


def test_a_run_with_other_options_comes_after_the_interrupted_one(
    home: Path, shop: SlowShop
) -> None:
    killed_run(home, shop)

    answer = linkdeck("run", "orders", "--test", home=home, SHOP_URL=shop.url)

    assert answer.code == 0, answer.err
    assert "resuming #1 of orders\n" in answer.err
    assert_whole(home, 1)
    assert (shown(home, 2)["kind"], shown(home, 2)["status"]) == ("test", "completed")


def test_a_definition_edited_after_the_crash_does_not_touch_the_resume(
    home: Path, shop: SlowShop
) -> None:
    """D1: the resume uses what is stored; the next run uses the file."""
    killed_run(home, shop)
    edited = ORDERS.replace("table: orders", "table: edited")
    (home / "links" / "orders.yaml").write_text(edited, encoding="utf-8")

    resumed = linkdeck("run", "orders", home=home, SHOP_URL=shop.url)
    tables_then = tables(home)
    anew = linkdeck("run", "orders", home=home, SHOP_URL=shop.url)

    assert (resumed.code, anew.code) == (0, 0)
    assert tables_then == {"orders"}
    assert tables(home) == {"orders", "edited"}
    assert_whole(home, 1)
    assert shown(home, 1)["definition"] != shown(home, 2)["definition"]


def test_a_coordinator_that_stands_still_is_not_robbed(home: Path, shop: SlowShop) -> None:
    with held_run(home, shop) as process:
        with stopped(process):
            refused = [
                linkdeck("resume", "1", home=home, SHOP_URL=shop.url),
                linkdeck("run", "orders", home=home, SHOP_URL=shop.url),
            ]
        shop.go.set()
        assert process.wait(30) == 0

    assert [answer.code for answer in refused] == [3, 3]
    assert f"pid {process.pid}" in refused[0].err
    assert "running as #1 since" in refused[1].err
    assert_whole(home, 1)


def test_a_coordinator_that_comes_back_too_late_changes_nothing(
    home: Path, shop: SlowShop
) -> None:
    """Its lease ran out on another host, somebody finished its run, then it wakes up."""
    with held_run(home, shop) as process:
        with stopped_between_writes(process, home):
            believed_elsewhere(home)
            shop.go.set()
            taken_over = linkdeck("resume", "1", home=home, SHOP_URL=shop.url)
            before = books(home)
        _, said = process.communicate(timeout=30)

    assert taken_over.code == 0, taken_over.err
    assert process.returncode == 3
    assert "is over" in said
    assert "Traceback" not in said
    assert books(home) == before
    assert_whole(home, 1)


def believed_elsewhere(home: Path) -> None:
    """The owner seems to be on a host that was not heard of for long."""
    with closing(sqlite3.connect(home / "linkdeck.db")) as store:
        store.execute(
            "UPDATE sync_event SET host = 'far.example', heartbeat_at = '2020-01-01 00:00:00'"
        )
        store.commit()


def books(home: Path) -> list[Any]:
    """All that is kept of Sync Events and batches."""
    with closing(sqlite3.connect(home / "linkdeck.db")) as store:
        return [
            store.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("sync_event", "batch")
        ]


def shown(home: Path, event: int) -> dict[str, Any]:
    """`show --json`."""
    answer: Answer = linkdeck("show", str(event), "--json", home=home)
    document: dict[str, Any] = answer.document()
    return document


def assert_whole(home: Path, event: int) -> None:
    """Interrupted or not: every Batch completed once, every record written once."""
    document = shown(home, event)
    batches, records = document["batches"], document["records"]
    assert document["status"] == "completed"
    assert batches["completed"] == batches["planned"] == PAGES
    assert records["fetched"] == records["written"] == ALL
    assert records["residual"] == 0


def tables(home: Path) -> set[str]:
    """The tables of the warehouse."""
    with closing(sqlite3.connect(home / "warehouse.db")) as warehouse:
        found = warehouse.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in found}
