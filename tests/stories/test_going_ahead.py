"""What was kept goes ahead while pages are slow, and never over what they bring (I4, C1)."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.domain.inbox import Edit
from engine.domain.outcome import Status
from engine.domain.requests import Stop
from engine.domain.retry_plan import Choice
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.command_line import ROOT, environment
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition, pages
from tests.stories.test_superseding import states
from tests.stories.world import World, order

PATIENCE = 20.0
"""Seconds the second page waits, at most, for what is to go ahead of it."""


def until(true: Callable[[], bool]) -> None:
    """Wait for it; TimeoutError where it does not become so."""
    late = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > late:
            raise TimeoutError("nothing was done while the page was waited for")
        time.sleep(0.01)


class Shop:
    """Two pages of ten orders; the second fails at first, then comes once `waits_for` is written.

    3 and 7 have no address.
    """

    def __init__(self, warehouse: Path) -> None:
        blank = (3, 7)
        self._records = [
            order(n, email="" if n in blank else "a@x.de") for n in range(1, 21)
        ]
        self._pages = Pages(self._records, faults={2: [Answered(503)] * 2})
        self._warehouse = warehouse
        self.waits_for: int | None = None

    def __call__(self, seen: Seen) -> Answer:
        answer = self._pages(seen)
        if seen.query["page"] == "2":
            until(lambda: self.waits_for is None or self.has_written(self.waits_for))
        return answer

    def brings(self, record: dict[str, Any]) -> None:
        """The second page holds this record first, in the place of its own first one."""
        self._records[10] = record

    def has_written(self, number: int) -> bool:
        """Whether the warehouse holds this order."""
        with closing(sqlite3.connect(self._warehouse)) as warehouse:
            held = warehouse.execute("SELECT 1 FROM orders WHERE id = ?", (number,))
            return held.fetchone() is not None


@dataclass(frozen=True)
class Failed:
    """The Sync Event of which the second page, 3 and 7 are open, and its shop."""

    world: World
    shop: Shop
    url: str
    event: SyncEvent

    def edit(self, label: str, changes: dict[str, Any]) -> None:
        """Edit what was kept of this record."""
        [kept] = [each for each in self.world.failing(self.event) if each.label == label]
        edit = Edit(changes)
        self.world.engine.edit(f"s{kept.id}", edit, reason="they called", actor="ben")

    def retry(
        self, event: SyncEvent | None = None, *, waits_for: int | None, mended: bool = False
    ) -> SyncEvent:
        """Retry under the Link as it is now; `mended`: without the rule."""
        self.shop.waits_for = waits_for
        self.world.link("orders", link(self.url, mended=mended))
        return self.world.retry(event or self.event, definition=Choice.CURRENT)


def link(url: str, *, mended: bool = False) -> str:
    """Orders over HTTP."""
    return definition(source=pages(url), stages=[COLUMNS] if mended else [COLUMNS, EMAIL])


@contextmanager
def failed_once(world: World) -> Iterator[Failed]:
    """A run of which the second page, 3 and 7 failed."""
    shop = Shop(world.links / "warehouse.db")
    with ScriptedServer(shop) as server:
        world.link("orders", link(server.url))
        first = world.run()
        assert (first.open.batches, first.open.records) == (1, 2)
        yield Failed(world, shop, server.url, first)


@both_stores
def test_what_was_kept_is_sent_while_a_page_is_slow(world: World) -> None:
    """The retry does not stand still: the page only comes when 7 is written."""
    with failed_once(world) as failed:
        child = failed.retry(waits_for=7, mended=True)

    assert child.status is Status.COMPLETED
    assert (child.records.fetched, child.records.from_snapshots) == (10, 2)
    assert sorted(row["id"] for row in world.rows()) == list(range(1, 21))
    assert states(world, failed.event) == {"3": "recovered", "7": "recovered"}
    assert world.event(failed.event).status is Status.COMPLETED


@both_stores
def test_a_slow_page_that_brings_a_newer_version_is_written_over_what_went_ahead(
    world: World,
) -> None:
    """I4: the newest wins, whichever came first."""
    with failed_once(world) as failed:
        failed.shop.brings(order(7, amount=777))
        child = failed.retry(waits_for=7, mended=True)

    assert {row["id"]: row["amount"] for row in world.rows()}[7] == 777
    assert child.status is Status.COMPLETED
    assert child.records.written == 12
    assert world.event(failed.event).status is Status.COMPLETED


@both_stores
def test_what_went_ahead_and_failed_again_is_superseded_by_the_page_that_brings_it(
    world: World,
) -> None:
    """I4: no failure stays open, to be sent over what is newer."""
    with failed_once(world) as failed:
        failed.edit("3", {"email": "b@x.de"})
        failed.shop.brings(order(7, amount=777))
        child = failed.retry(waits_for=3)

    assert {row["id"]: row["amount"] for row in world.rows()}[7] == 777
    assert states(world, child) == {"7": "superseded"}
    assert (child.status, child.open.records) == (Status.COMPLETED, 0)
    assert world.event(failed.event).status is Status.COMPLETED
    assert world.engine.chain(str(child.id)).balance.residual == 0


@both_stores
def test_what_went_ahead_and_failed_is_open_once_where_the_page_brings_it_failing(
    world: World,
) -> None:
    """C1: an open failure lives in exactly one place, the newest."""
    with failed_once(world) as failed:
        failed.edit("3", {"email": "b@x.de"})
        failed.shop.brings(order(7, amount=777, email=""))
        child = failed.retry(waits_for=3)

        assert (child.status, child.open.records) == (Status.FAILED, 1)
        newest = [each for each in world.failing(child) if each.state == "open"]
        assert [each.label for each in newest] == ["7"]
        last = failed.retry(child, waits_for=None, mended=True)

    assert last.status is Status.COMPLETED
    assert {row["id"]: row["amount"] for row in world.rows()}[7] == 777
    assert [world.event(e).status for e in (failed.event, child)] == [Status.COMPLETED] * 2
    assert world.engine.chain(str(last.id)).balance.residual == 0


def test_what_went_ahead_of_a_kill_is_counted_once_and_not_lost(world: World) -> None:
    """X1: the next process finishes the retry, page and all."""
    with failed_once(world) as failed:
        world.link("orders", link(failed.url, mended=True))
        failed.shop.waits_for = NEVER
        words = ("retry", "1", "--definition", "current", "--reason", "mended")
        with subprocess.Popen(
            [sys.executable, "-m", "console", *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment(world.folder, {}),
        ) as process:
            until(lambda: failed.shop.has_written(7))
            process.kill()
        failed.shop.waits_for = None
        child = world.engine.resume("2", actor="ben@desk", stop=Stop())

    assert child.status is Status.COMPLETED
    assert (child.records.written, child.records.residual) == (12, 0)
    assert sorted(row["id"] for row in world.rows()) == list(range(1, 21))
    assert states(world, failed.event) == {"3": "recovered", "7": "recovered"}
    assert world.event(failed.event).status is Status.COMPLETED


NEVER = 999


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
