"""What `doctor` says of the service: who waits in vain, and which engines died."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.requests import RunOptions
from engine.operations.queueing import queue_run
from engine.store.events import Owner
from engine.store.presence import Here
from tests.stories.world import World, order

OLD = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def waiting(world: World) -> World:
    """An hour ago somebody asked for a run, and nobody came."""
    world.orders([order(1)])
    context = world.engine._context
    context.clock = lambda: OLD
    queue_run(context, "orders", RunOptions(actor="ana@test"))
    context.clock = lambda: datetime.now(UTC)
    return world


def test_what_no_engine_takes_is_said(waiting: World) -> None:
    (finding,) = waiting.engine.doctor()

    assert (finding.subject, finding.serious) == ("#1", True)
    assert "and no engine takes it" in finding.message
    assert finding.remedy == "linkdeck engine, or: linkdeck resume 1"


def test_what_every_engine_passes_over_is_no_mistake(waiting: World) -> None:
    context = waiting.engine._context
    context.store.engines.register(context.owner("engine"), version="1", listen=None)

    (finding,) = waiting.engine.doctor()

    assert (finding.subject, finding.serious) == ("#1", False)
    assert "busy with others" in finding.message


def test_a_dead_engine_is_told_and_forgotten_by_the_next(world: World) -> None:
    world.orders([order(1)])
    engines = world.engine._context.store.engines
    engines.register(Owner(Here().host, 1, 1.0, "engine"), version="1", listen=None)

    (finding,) = world.engine.doctor()
    owner = world.engine._context.owner("engine")
    engines.register(owner, version="1", listen=None)

    assert (finding.subject, finding.serious) == ("engine 1", False)
    assert "pid 1 on" in finding.message
    assert world.engine.doctor() == ()


def test_a_link_with_a_schedule_needs_an_engine(world: World) -> None:
    world.orders([order(1)], extra='schedule: {cron: "0 * * * *"}')

    (finding,) = world.engine.doctor()

    assert (finding.subject, finding.serious) == ("engine", False)
    assert "no engine runs" in finding.message


def test_a_queued_run_can_be_run_by_hand(waiting: World, tmp_path: Path) -> None:
    from engine.domain.requests import Stop

    del tmp_path
    event = waiting.engine.resume("1", actor="ben@test", stop=Stop())

    assert (event.status, event.actor, event.interrupted) == (
        "completed",
        "ana@test",
        False,
    )
    assert waiting.engine.doctor() == ()
