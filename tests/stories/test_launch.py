"""What is asked for and left to an engine (X2): queued at once, refused in words, no child."""

import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.domain.requests import RunOptions, Selection
from engine.domain.retry_plan import Choice, RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.domain.together import Taken
from engine.operations import series
from tests.faults.observing import until
from tests.service.engines import end_all, of_home
from tests.stories.definitions import COLUMNS, both_stores, definition
from tests.stories.world import World, assert_identity, order

ANA = RunOptions(actor="ana@test")


@pytest.fixture(autouse=True)
def no_engine_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    end_all(tmp_path)


def ended(world: World, event: SyncEvent) -> SyncEvent:
    """The Sync Event once an engine is through with it."""
    until(lambda: world.engine.event(str(event.id)).status.over)
    seen = world.engine.event(str(event.id))
    assert_identity(seen)
    return seen


def test_a_launched_run_is_queued_at_once_and_no_child_of_who_asked(world: World) -> None:
    world.orders([order(n) for n in range(1, 31)])
    before = {child.pid for child in psutil.Process().children()}

    queued = world.engine.launch("orders", ANA)

    assert (queued.id, queued.link, queued.actor) == (1, "orders", "ana@test")
    assert queued.status is Status.QUEUED
    assert ended(world, queued).status is Status.COMPLETED
    assert {child.pid for child in psutil.Process().children()} <= before


def test_the_engine_that_lives_takes_the_next_one_too(world: World) -> None:
    world.orders([order(1)])
    ended(world, world.engine.launch("orders", ANA))
    engines = world.engine._context.store.engines
    first = [engine.pid for engine in engines.seen()]

    ended(world, world.engine.launch("orders", ANA))

    assert [engine.pid for engine in engines.seen()] == first
    until(lambda: not of_home(world.folder))
    assert engines.seen() == ()


def test_a_launched_retry_recovers_its_parent(world: World) -> None:
    world.orders([order(1), order(2, email="")])
    world.run()
    definition = (world.links / "orders.yaml").read_text("utf-8")
    world.link("orders", definition.replace("rule: required", "rule: length, max: 99"))

    child = world.engine.launch_retry(
        "1",
        Selection(),
        RetryOptions(actor="ben@test", reason="mended", definition=Choice.CURRENT),
    )

    assert (child.status, child.parent, child.actor) == (Status.QUEUED, 1, "ben@test")
    assert ended(world, child).status is Status.COMPLETED
    assert world.event(1).recovered_by == child.id


def test_a_refused_launch_says_why_and_leaves_no_event_and_no_engine(world: World) -> None:
    world.orders([order(1)])
    world.engine.set_enabled("orders", enabled=False, reason="stock", actor="ana@test")

    with pytest.raises(Refused, match="the Link 'orders' is disabled"):
        world.engine.launch("orders", ANA)

    assert world.engine.events().items == ()
    assert of_home(world.folder) == []


def test_a_retry_of_nothing_is_refused_before_anything_is_queued(world: World) -> None:
    world.orders([order(1)])
    world.run()

    with pytest.raises(Refused, match="nothing"):
        world.engine.launch_retry(
            "1", Selection(), RetryOptions(actor="ana@test", reason="why not")
        )

    assert [event.id for event in world.engine.events().items] == [1]
    assert of_home(world.folder) == []


def test_a_second_launch_of_a_busy_link_is_refused_with_who_and_since_when(
    world: World,
) -> None:
    """C5: queued counts, too."""
    from engine.operations.queueing import queue_run

    world.orders([order(1)])
    queue_run(world.engine._context, "orders", ANA)

    with pytest.raises(Refused, match=r"waits for an engine as #1 since .* by ana@test"):
        world.engine.launch("orders", RunOptions(actor="ben@test"))


def test_logs_are_for_nobody_else(world: World) -> None:
    """RELIABILITY e 11."""
    world.orders([order(n) for n in range(1, 5)])

    ended(world, world.engine.launch("orders", ANA))

    logs = world.folder / "logs"
    modes = {stat.S_IMODE(each.stat().st_mode) for each in logs.iterdir()}
    assert stat.S_IMODE(logs.stat().st_mode) == 0o700
    assert modes == {0o600}
    assert "o1@example.com" not in (logs / "engine.log").read_text("utf-8")


@both_stores
def test_retries_of_two_chains_of_one_link_are_left_to_an_engine_one_after_the_other(
    world: World,
) -> None:
    """P3, C5: the second is promised, and begins when the first is over."""
    for first in (1, 101):
        odd = [order(n, email=" " if n == first else "a@x.de") for n in (first, first + 1)]
        world.orders(odd)
        world.link("orders", definition())
        world.run()
    world.link("orders", definition(stages=[COLUMNS]))
    taken = Taken(("1", "2"), None, Selection())
    plans = world.engine.plans(taken, actor="ana@test", definition=Choice.CURRENT).plans
    options = RetryOptions(reason="mended", actor="ana@test")

    first_child = world.engine.launch_retries([plan.hash for plan in plans], options)

    assert (first_child.parent, first_child.link) == (1, "orders")
    until(lambda: world.engine.event("2").status is Status.COMPLETED)
    assert world.engine.event("1").status is Status.COMPLETED
    assert [world.engine.event(str(n)).parent for n in (3, 4)] == [1, 2]
    assert world.engine._context.store.promises.waiting() == 0


def test_a_promised_retry_that_is_refused_later_is_told_in_the_audit(world: World) -> None:
    """P2: its plan has run meanwhile, by somebody else's hand."""
    world.orders([order(1, email=" "), order(2)])
    world.run()
    plan = world.plan(1)
    store = world.engine._context.store
    options = RetryOptions(reason="mended", actor="ana@test", plan=plan.hash)
    store.promises.make(store.retries.find(plan.hash), options)
    world.retry(1, plan=plan.hash)

    assert series.keep(world.engine._context) == ()

    assert store.promises.waiting() == 0
    told = [row for row in world.engine.audit_rows().items if row.action == "retry refused"]
    assert [row.actor for row in told] == ["ana@test"]
