"""A run in a process of its own (X2): begun, refused in words, leaving little behind."""

import os
import stat
from collections.abc import Callable
from time import monotonic

import psutil
import pytest

from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.domain.requests import RunOptions
from engine.domain.sync_event import SyncEvent
from tests.stories.world import World, assert_identity, order

LIMIT = 30.0


def ended(world: World, event: SyncEvent) -> SyncEvent:
    """The Sync Event once its process is through with it."""
    return _once(lambda: world.engine.event(str(event.id)), lambda seen: seen.status.over)


def _once(look: Callable[[], SyncEvent], holds: Callable[[SyncEvent], bool]) -> SyncEvent:
    end = monotonic() + LIMIT
    while not holds(seen := look()):
        assert monotonic() < end, seen
    return seen


def test_a_launched_run_is_no_child_of_who_launched_it(world: World) -> None:
    world.orders([order(n) for n in range(1, 31)])

    before = {child.pid for child in psutil.Process().children()}

    begun = world.engine.launch("orders", RunOptions(actor="ana@test"))
    seen = ended(world, begun)

    assert (begun.id, begun.link, begun.actor) == (1, "orders", "ana@test")
    assert seen.status is Status.COMPLETED
    assert_identity(seen)
    assert {child.pid for child in psutil.Process().children()} <= before


def test_a_refused_launch_says_why_and_leaves_no_event_and_no_log(world: World) -> None:
    world.orders([order(1)])
    world.engine.set_enabled("orders", enabled=False, reason="stock", actor="ana@test")

    with pytest.raises(Refused, match="the Link 'orders' is disabled"):
        world.engine.launch("orders", RunOptions(actor="ana@test"))

    assert world.engine.events().items == ()
    assert list((world.folder / "logs").iterdir()) == []


def test_logs_are_for_nobody_else(world: World) -> None:
    """RELIABILITY e 11."""
    world.orders([order(n) for n in range(1, 5)])
    old = os.umask(0)
    try:
        world.engine.launch("orders", RunOptions(actor="ana@test"))
    finally:
        os.umask(old)

    assert stat.S_IMODE((world.folder / "logs").stat().st_mode) == 0o700
