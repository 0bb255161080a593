"""The engine: takes what is queued, goes on where something died, stops in good order (X1, X2)."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.outcome import Status
from tests.faults.observing import dead, until
from tests.service.conftest import StartEngine
from tests.service.slow_world import SlowWorld, names
from tests.stories.command_line import linkdeck
from tests.stories.slow_shop import PAGES, SlowShop


@pytest.fixture
def shop() -> Iterator[SlowShop]:
    with SlowShop().open() as shop:
        yield shop


@pytest.fixture
def slow(tmp_path: Path, shop: SlowShop) -> Iterator[SlowWorld]:
    made = SlowWorld.made(tmp_path, shop)
    yield made
    made.world.engine.close()


def test_what_is_queued_is_taken_and_run_as_who_asked(
    slow: SlowWorld, start: StartEngine
) -> None:
    slow.shop.go.set()
    queued = slow.queue()
    assert (queued.status, queued.actor) == (Status.QUEUED, "ana@test")

    start(SHOP_URL=slow.shop.url)

    slow.assert_whole()
    event = slow.event()
    assert (event.interrupted, event.actor) == (False, "ana@test")
    actions = [row.action for row in slow.world.engine.audit_rows().items]
    assert "resume" not in actions


def test_a_second_engine_on_a_sqlite_store_is_refused(
    slow: SlowWorld, start: StartEngine
) -> None:
    """RELIABILITY c 34: with pid and since when."""
    first = start(SHOP_URL=slow.shop.url).ready()

    refused = linkdeck("engine", home=slow.world.folder)

    assert refused.code == 3
    assert f"pid {first.process.pid} since 20" in refused.err
    first.kill()
    second = start(SHOP_URL=slow.shop.url).ready()
    assert second.runs()


def test_a_stopped_engine_leaves_the_rest_to_the_next_one(
    slow: SlowWorld, start: StartEngine
) -> None:
    """RELIABILITY c 31: what is in flight finishes, the rest waits; nothing was interrupted."""
    slow.queue()
    first = start(SHOP_URL=slow.shop.url)
    slow.held()

    first.process.send_signal(signal.SIGTERM)
    until(lambda: "told to leave" in first.said.read_text())
    slow.shop.go.set()
    code = first.process.wait(30)

    left = slow.event()
    assert (code, left.status, slow.owner()) == (0, Status.RUNNING, 0)
    assert left.batches.not_attempted == left.batches.in_flight == 0
    assert left.batches.waiting == PAGES - left.batches.completed > 0
    start(SHOP_URL=slow.shop.url)
    slow.assert_whole()
    assert not slow.event().interrupted


def test_a_second_term_ends_at_once_and_loses_nothing(
    slow: SlowWorld, start: StartEngine
) -> None:
    slow.queue()
    first = start(SHOP_URL=slow.shop.url)
    runner = slow.held()

    first.process.send_signal(signal.SIGTERM)
    until(lambda: "told to leave" in first.said.read_text())
    first.process.send_signal(signal.SIGTERM)
    first.process.wait(30)

    assert dead(runner)
    slow.shop.go.set()
    start(SHOP_URL=slow.shop.url)
    slow.assert_whole()
    assert slow.event().interrupted


def test_runs_survive_a_killed_engine_and_nothing_runs_twice(
    slow: SlowWorld, start: StartEngine
) -> None:
    """RELIABILITY c 25: the run goes on by itself; the next engine lets it."""
    slow.queue()
    first = start(SHOP_URL=slow.shop.url)
    runner = slow.held()

    first.kill()
    second = start(SHOP_URL=slow.shop.url).ready()
    slow.shop.go.set()

    slow.assert_whole()
    assert not slow.event().interrupted
    until(lambda: dead(runner))
    assert "#1" not in second.said.read_text()


def test_a_killed_run_goes_on_in_another_process(
    slow: SlowWorld, start: StartEngine
) -> None:
    """X1."""
    slow.queue()
    start(SHOP_URL=slow.shop.url)
    runner = slow.held()

    os.kill(runner, signal.SIGKILL)
    slow.shop.go.set()

    slow.assert_whole()
    assert slow.event().interrupted


def test_engine_and_run_killed_together_go_on_with_the_next_start(
    slow: SlowWorld, start: StartEngine
) -> None:
    """X1, RELIABILITY c 25; how soon is in `test_storms`."""
    slow.queue()
    first = start(SHOP_URL=slow.shop.url)
    runner = slow.held()

    first.kill()
    os.kill(runner, signal.SIGKILL)
    for words in ("links", "events"):
        said = linkdeck(words, home=first.home).out
        assert "#1 of orders was interrupted, nobody runs it any more" in said
        assert "running" not in said
    slow.shop.go.set()
    start(SHOP_URL=slow.shop.url)

    slow.assert_whole()
    resumes = [
        row for row in slow.world.engine.audit_rows().items if row.action == "resume"
    ]
    assert [row.actor.split("@")[0] for row in resumes] == ["engine"]


def test_several_links_run_at_once_and_no_more_than_so_many(
    tmp_path: Path, shop: SlowShop, start: StartEngine
) -> None:
    slow = SlowWorld.made(tmp_path, shop, links=3)
    for name in names(3):
        slow.queue(name)

    start("--parallel", "2", SHOP_URL=shop.url)

    until(lambda: slow.event(1).batches.completed and slow.event(2).batches.completed)
    assert slow.event(3).status is Status.QUEUED
    shop.go.set()
    for number in (1, 2, 3):
        slow.assert_whole(number)
    slow.world.engine.close()


def test_a_cancel_ends_what_the_engine_runs_and_what_nobody_has_taken(
    slow: SlowWorld, start: StartEngine
) -> None:
    engine = slow.world.engine
    slow.queue()
    engine.cancel("1", reason="not now", actor="ben@test")
    assert slow.event().status is Status.CANCELLED
    slow.queue()
    start(SHOP_URL=slow.shop.url, LINKDECK_LEASE="3")
    slow.held(2)

    engine.cancel("2", reason="enough", actor="ben@test")
    slow.heard(2)
    slow.shop.go.set()

    assert slow.over(2).status is Status.CANCELLED


def test_a_run_that_cannot_begin_says_why_in_its_sync_event(
    slow: SlowWorld, start: StartEngine
) -> None:
    slow.queue()

    start()

    event = slow.over()
    assert event.status is Status.FAILED
    assert [group.code for group in event.errors] == ["cannot_begin"]
    assert "SHOP_URL" in event.errors[0].message


def test_an_idle_engine_ends_by_itself(slow: SlowWorld, start: StartEngine) -> None:
    slow.shop.go.set()
    slow.queue()
    engine = start("--idle-exit", "0.5", SHOP_URL=slow.shop.url)

    assert engine.process.wait(30) == 0
    assert slow.event().status is Status.COMPLETED
    assert slow.world.engine._context.store.engines.seen() == ()
