"""What was kept goes ahead while pages are slow, and never over what they bring (I4, C1)."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.domain.outcome import Status
from engine.domain.requests import Stop
from engine.domain.retry_plan import Choice
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.systems import Pages
from tests.stories.command_line import ROOT, environment
from tests.stories.definitions import (
    COLUMNS,
    EMAIL,
    SQLITE,
    both_stores,
    definition,
    pages,
)
from tests.stories.push_world import LINES, a_door, push_link
from tests.stories.slow_pages import Failed, failed_once, until
from tests.stories.test_superseding import states
from tests.stories.test_unchanged import SAME
from tests.stories.world import World, order

WITH_WARNINGS = Status.COMPLETED_WITH_WARNINGS
"""What was superseded meanwhile is left out, and that is said."""

AMOUNTS = {"name": "amounts", "check": [{"field": "amount", "rule": "range", "min": 0}]}


def amounts(world: World) -> dict[int, int]:
    """What the warehouse holds of each order."""
    return {row["id"]: row["amount"] for row in world.rows()}


def assert_recovered(failed: Failed, child: SyncEvent) -> None:
    """All 20 orders are written: ten by the retry's page, 3 and 7 from their Snapshots."""
    records = child.records
    assert (child.status, records.residual) == (Status.COMPLETED, 0)
    assert (records.fetched, records.from_snapshots, records.written) == (10, 2, 12)
    assert sorted(amounts(failed.world)) == list(range(1, 21))
    assert states(failed.world, failed.event) == {"3": "recovered", "7": "recovered"}
    assert failed.world.event(failed.event).status is Status.COMPLETED


@both_stores
def test_what_was_kept_is_sent_while_a_page_is_slow(world: World) -> None:
    """The retry does not stand still: the page only comes when 7 is written."""
    with failed_once(world) as failed:
        failed.mended()
        child = failed.retry(written=7)

    assert_recovered(failed, child)


@both_stores
def test_a_slow_page_that_brings_a_newer_version_is_written_over_what_went_ahead(
    world: World,
) -> None:
    """I4: the newest wins, whichever came first."""
    with failed_once(world) as failed:
        failed.shop.brings(order(7, amount=777))
        failed.mended()
        child = failed.retry(written=7)

    assert amounts(world)[7] == 777
    assert child.status is Status.COMPLETED
    assert child.records.written == 12
    assert world.event(failed.event).status is Status.COMPLETED


@both_stores
def test_what_does_not_succeed_ahead_is_superseded_by_the_page_that_brings_it(
    world: World,
) -> None:
    """I4: it takes its turn, as if it had not been tried; it is not sent over what is newer."""
    with failed_once(world, batch_size=1) as failed:
        failed.edit("3", {"email": "b@x.de"})
        failed.shop.brings(order(7, amount=777))
        child = failed.retry(written=3)

    assert amounts(world)[7] == 777
    assert states(world, failed.event) == {"3": "recovered", "7": "superseded"}
    assert list(world.failing(child)) == []
    assert (child.status, child.records.failed) == (WITH_WARNINGS, 0)
    assert world.event(failed.event).status is Status.COMPLETED
    assert world.engine.chain(str(child.id)).balance.residual == 0


@both_stores
def test_what_does_not_succeed_ahead_moves_to_the_page_that_brings_it_failing(
    world: World,
) -> None:
    """C1: an open failure lives in exactly one place, the newest."""
    with failed_once(world, batch_size=1) as failed:
        failed.edit("3", {"email": "b@x.de"})
        failed.shop.brings(order(7, amount=777, email=""))
        child = failed.retry(written=3)

        assert (child.status, child.open.records) == (Status.FAILED, 1)
        assert states(world, child) == {"7": "open"}
        assert states(world, failed.event) == {"3": "recovered", "7": "moved"}
        failed.mended()
        last = world.retry(child, definition=Choice.CURRENT)

    assert last.status is Status.COMPLETED
    assert amounts(world)[7] == 777
    assert world.event(failed.event).status is Status.COMPLETED
    assert world.event(child).status is WITH_WARNINGS
    assert world.engine.chain(str(last.id)).balance.residual == 0


REFUSES = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER,"
    " parent INTEGER REFERENCES orders (id));"
)
LEAVES_OUT = (
    "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER, parent);"
    "CREATE TRIGGER orphans BEFORE INSERT ON orders WHEN NEW.parent IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM orders WHERE id = NEW.parent)"
    " BEGIN SELECT RAISE(IGNORE); END;"
)


@pytest.mark.parametrize("table", [REFUSES, LEAVES_OUT], ids=["refused", "left out"])
def test_what_the_target_does_not_take_for_want_of_what_a_page_brings_goes_after_it(
    world: World, table: str
) -> None:
    """A retry recovers what it would have, had the page been quick; nothing closes unwritten."""
    with closing(sqlite3.connect(world.links / "warehouse.db")) as connection:
        connection.executescript(table)
    stage: dict[str, Any] = COLUMNS
    columns = {"name": "columns", "map": {**stage["map"], "parent": "parent"}}
    parents = {n: {"parent": 15 if n == 3 else None} for n in range(1, 21)}
    with failed_once(world, changed=parents, stages=[columns, EMAIL]) as failed:
        failed.mended(stages=[columns])
        child = failed.retry(written=7)

    assert_recovered(failed, child)
    assert {row["id"]: row["parent"] for row in world.rows()}[3] == 15


def test_what_is_put_back_is_not_begun_for_who_takes_the_retry_up(world: World) -> None:
    """X1: a run that is left in good order holds nothing, and nothing is told twice."""
    stop = Stop()
    with failed_once(world, pages=3) as failed:

        def left() -> bool:
            if failed.begun():
                stop.leave()
            return stop.leaving

        failed.shop.also(11, order(3, amount=7003))
        failed.shop.comes_when = left
        child = failed.retry(stop=stop)
        assert (child.status, child.batches.in_flight) == (Status.RUNNING, 0)
        failed.shop.comes_when = None
        child = world.engine.resume("2", actor="ben@desk", stop=Stop())

    assert child.warnings == {"left out: closed since the plan was made": 1}
    assert child.records.residual == 0
    assert states(world, failed.event)["3"] == "superseded"


def test_what_fails_ahead_spends_no_budget_before_its_turn(world: World) -> None:
    """T1: the run ends as early as it would have, had the page been quick."""
    with failed_once(world, blank=range(1, 10), batch_size=1) as failed:
        failed.mended(stages=[COLUMNS, EMAIL], batch_size=1, budget={"failed_records": 2})
        failed.shop.comes_when = lambda: failed.begun() > 0
        child = failed.retry()

    assert (child.status, child.records.written) == (Status.FAILED, 10)
    assert 2 < child.records.failed < 9
    assert child.batches.not_attempted > 0


@pytest.mark.parametrize(
    "more",
    [
        {"stages": [COLUMNS, SAME]},
        {"target": {**SQLITE, "mode": "insert"}},
        {"event_id": "id", "duplicates": "mark"},
        {"workers": "processes"},
    ],
    ids=["compared with the target", "no upsert", "ids are marked", "processes"],
)
def test_nothing_goes_ahead_where_it_could_stay_in_the_place_of_what_is_newer(
    world: World, more: dict[str, Any]
) -> None:
    """A page that leaves out what the target held when it came writes nothing over it."""
    seen: list[int] = []
    with failed_once(world) as failed:

        def look() -> bool:
            seen.append(failed.begun())
            return len(seen) > LOOKS

        failed.mended(**more)
        failed.shop.comes_when = look
        child = failed.retry()

    assert child.status is Status.COMPLETED
    assert len(seen) > LOOKS
    assert max(seen) == 0


LOOKS = 40
"""How often the page looks, 10 ms apart, before it comes: longer than anything waits for it."""


def test_what_was_delivered_is_never_overtaken_by_what_was_kept(world: World) -> None:
    """A Batch that was delivered is no newer than a record that was kept of a later one."""
    many, body = 60_000, {"max_body": "100MB"}
    rules = [{"field": "email", "rule": "length", "max": 900 + n} for n in range(8)]
    slow = {"stages": (COLUMNS, {"name": "rules", "check": rules}), "workers": "threads"}
    strict = push_link(batch_size=many, budget={"failed_records": 0}, source=body)
    with a_door(world, strict) as door:
        first = door.send(lines(order(8, email=""), *others(many - 1, 100)), form=LINES)
        door.send(lines(order(7, amount=200), *others(many - 1, 10**6)), form=LINES)
        door.send(lines(order(7, amount=300, email="")), form=LINES)
        event = first.json()["event"]
        door.runs(event)
        assert world.event(event).batches.not_attempted == 2
        world.link("orders", push_link(batch_size=many, source=body))
        world.retry(event, definition=Choice.CURRENT, batch=3)

        world.link("orders", push_link(batch_size=many, source=body, **slow))
        last = world.retry(event, definition=Choice.CURRENT)

    assert last.status is Status.COMPLETED
    assert amounts(world)[7] == 300


def others(count: int, first: int) -> list[dict[str, Any]]:
    """Orders that nobody asks about."""
    return [order(number) for number in range(first, first + count)]


def lines(*records: dict[str, Any]) -> bytes:
    """A delivery."""
    return "".join(f"{json.dumps(each)}\n" for each in records).encode()


@both_stores
def test_a_canary_that_was_kept_goes_after_the_canary_that_is_fetched(world: World) -> None:
    """I4, P5: both have the key, and the fetched one is the newer."""
    with failed_once(world, blank=(3, 4, 7)) as failed:
        failed.shop.brings(order(3, amount=7003), order(4, amount=7004))
        failed.mended()
        child = failed.retry(canary=1)

    assert (amounts(world)[3], amounts(world)[4]) == (7003, 7004)
    assert set(states(world, failed.event).values()) == {"superseded", "recovered"}
    assert world.engine.chain(str(child.id)).balance.residual == 0


@both_stores
def test_what_a_failed_canary_held_back_is_superseded_by_the_page_that_brings_it(
    world: World,
) -> None:
    """I4, P5: parked records have not gone out, whatever has; the canary's own failure closes."""
    negative = {n: {"amount": -5} for n in (4, 5, 6)}
    rules = [COLUMNS, EMAIL, AMOUNTS]
    blank = (1, 2, 3)
    with failed_once(world, pages=3, blank=blank, changed=negative, stages=rules) as failed:
        failed.shop.brings(*(order(n, amount=7000 + n) for n in range(1, 7)))
        failed.mended(stages=[COLUMNS, AMOUNTS])
        child = failed.retry(written=3, canary=1)

    assert amounts(world)[5] == 7005
    assert world.event(failed.event).open.records == 0
    assert (child.open.records, child.status) == (0, WITH_WARNINGS)


def test_what_went_ahead_of_a_kill_is_counted_once_and_not_lost(world: World) -> None:
    """X1: the next process finishes the retry, page and all."""
    with failed_once(world) as failed:
        failed.mended()
        failed.shop.comes_when = lambda: False
        with a_retry(world) as process:
            until(lambda: failed.shop.has_written(7))
            process.kill()
        failed.shop.comes_when = None
        child = world.engine.resume("2", actor="ben@desk", stop=Stop())

    assert_recovered(failed, child)


@both_stores
def test_a_canary_that_failed_before_a_crash_is_superseded_by_the_page_after_it(
    world: World,
) -> None:
    """I4, X1: what failed again is open in the retry itself, which its resume must know."""
    asked: list[bool] = []

    def ask() -> bool:
        asked.append(True)
        return False

    with failed_once(world, pages=3) as failed:
        failed.shop.brings(order(3, amount=7003), order(7, amount=7007))
        failed.shop.comes_when = ask
        with a_retry(world, "--canary", "1") as process:
            until(lambda: bool(asked))
            process.kill()
        failed.shop.comes_when = None
        child = world.engine.resume("2", actor="ben@desk", stop=Stop())

    assert (amounts(world)[3], amounts(world)[7]) == (7003, 7007)
    assert states(world, child) == {"3": "superseded"}
    assert (child.open.records, world.event(failed.event).open.records) == (0, 0)
    assert world.event(failed.event).status is Status.COMPLETED


@contextmanager
def a_retry(world: World, *more: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The retry as a process of its own."""
    store = () if world.store is None else ("--store", world.store)
    words = ("retry", "1", "--definition", "current", "--reason", "mended", *more, *store)
    with subprocess.Popen(
        [sys.executable, "-m", "console", *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment(world.folder, {}),
    ) as process:
        yield process


def test_what_was_written_is_moved_into_the_file_while_a_page_is_slow(world: World) -> None:
    """The end of a run is not held up by what could be done before: the WAL has been moved."""
    orders = [order(n, email="e" * 1_000_000) for n in range(1, 21)]
    source = Pages(orders)
    warehouse = world.links / "warehouse.db"

    def shop(seen: Seen) -> Answer:
        if seen.query["page"] == "2":
            until(lambda: rows_in_the_file_itself(warehouse) == 10)
        return source(seen)

    with ScriptedServer(shop) as server:
        world.link("orders", definition(source=pages(server.url), stages=[COLUMNS]))
        event = world.run()

    assert event.status is Status.COMPLETED
    assert len(world.rows()) == 20


def rows_in_the_file_itself(database: Path) -> int:
    """Rows of a SQLite file, whatever its WAL says."""
    try:
        with closing(
            sqlite3.connect(f"file:{database}?immutable=1", uri=True)
        ) as connection:
            count: int = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
            return count
    except sqlite3.DatabaseError:
        return 0
