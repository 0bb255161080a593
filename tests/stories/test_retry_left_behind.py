"""What a retry did not bring to an end: open where it was, and the retry says so (C3, C4, K3)."""

from typing import Any

from engine.domain.inbox import Edit
from engine.domain.outcome import Ending, Status
from engine.domain.requests import Stop
from engine.domain.retry_plan import Choice
from engine.domain.snapshot import RecordState
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, custom, definition
from tests.stories.world import World, order

CURRENT = Choice.CURRENT

ORDERS = [order(n, email="" if n in {7, 13} else "a@x.de") for n in range(1, 21)]

GOES_WRONG = """
from pathlib import Path

from engine.domain.errors import BatchSyncError


def watched(record):
    if Path(__file__).with_name("down").exists():
        raise BatchSyncError("the price list is down", code="no_prices")
    return record
"""


def watched(world: World, *stages: Any) -> None:
    """A Link whose Batches fail as a whole as long as a file is there."""
    (world.links / "ours.py").write_text(GOES_WRONG, encoding="utf-8")
    world.link("orders", definition(stages=[custom("watched"), *stages]))


@both_stores
def test_a_retry_whose_batches_fail_as_a_whole_does_not_read_completed(
    world: World,
) -> None:
    """C3, C4: nothing of it was attempted at the target, so all of it is open where it was."""
    world.orders(ORDERS)
    watched(world, COLUMNS, EMAIL)
    first = world.run()
    (world.links / "down").touch()

    child = world.retry(first)

    assert (child.status, child.ending) == (Status.FAILED, Ending.DONE)
    assert (child.batches.failed, child.open.records) == (1, 0)
    assert world.event(first).open.records == 2
    (world.links / "down").unlink()
    watched(world, COLUMNS)
    last = world.retry(first, definition=CURRENT)
    assert last.records.written == 2
    assert [world.event(e).status for e in (first, child)] == [Status.COMPLETED] * 2


def test_records_that_never_left_the_stages_are_not_in_doubt(world: World) -> None:
    """K3: not even for a target that takes nothing twice."""
    world.orders(ORDERS)
    watched(world, COLUMNS, EMAIL)
    target = {"adapter": "memory", "name": "never sent", "idempotent": False}
    insists = {"target": {**target, "lookup": "none"}}
    world.link("orders", definition(stages=[custom("watched"), COLUMNS, EMAIL], **insists))
    first = world.run()
    (world.links / "down").touch()

    world.retry(first)

    assert {each.state for each in world.failing(first)} == {RecordState.OPEN}


@both_stores
def test_a_stopped_retry_does_not_close_with_the_next_run_that_plans(world: World) -> None:
    """C4: only a run that ended before it planned does."""
    world.orders(ORDERS)
    first = world.run()
    stop = Stop()
    stop.now("changed my mind")
    child = world.retry(first, stop=stop)
    assert child.status is Status.CANCELLED
    world.orders([order(1), order(2)])

    later = world.run()

    assert later.status is Status.COMPLETED
    assert {each.state for each in world.failing(first)} == {RecordState.UNMET}
    assert world.event(first).status is Status.FAILED
    left = world.event(child)
    assert (left.status, left.superseded_by) == (Status.CANCELLED, None)
    world.link("orders", definition(stages=[COLUMNS]))
    last = world.retry(first, definition=CURRENT)
    assert last.records.written == 2
    assert [world.event(e).status for e in (first, child)] == [Status.COMPLETED] * 2


@both_stores
def test_a_stopped_retry_completes_with_what_it_left_though_its_parent_has_more_open(
    world: World,
) -> None:
    """C4: its System error closes when all it left behind is closed, and not later."""
    world.orders(ORDERS)
    first = world.run()
    seventh, thirteenth = sorted(world.failing(first), key=lambda each: each.id)
    plan = world.plan(first)
    mended = Edit(changes={"email": "mended@x.de"})
    world.engine.edit(f"s{seventh.id}", mended, reason="a typo", actor="ana@test")
    stop = Stop()
    stop.now("changed my mind")
    stopped = world.retry(first, plan=plan.hash, stop=stop)
    assert (stopped.status, stopped.batches.not_attempted) == (Status.CANCELLED, 1)
    world.link("orders", definition(stages=[COLUMNS]))

    other = world.retry(first, keys=(thirteenth.label,), definition=CURRENT)

    assert other.records.written == 1
    assert world.event(first).status is Status.FAILED
    closed = world.event(stopped)
    # With a Warning: what was edited since the plan was made was left out of it.
    assert closed.status is Status.COMPLETED_WITH_WARNINGS
    assert closed.recovered_by == other.id


@both_stores
def test_a_stopped_retry_waits_for_what_it_left_wherever_that_went(world: World) -> None:
    """C4: a failure that was met and failed anew by a later run is open there."""
    world.orders(ORDERS)
    first = world.run()
    stop = Stop()
    stop.now("changed my mind")
    stopped = world.retry(first, stop=stop)
    later = world.run()
    assert world.event(first).open.records == 0

    assert world.event(stopped).status is Status.CANCELLED

    world.link("orders", definition(stages=[COLUMNS]))
    world.retry(later, definition=CURRENT)
    assert [world.event(each).status for each in (first, stopped)] == [Status.COMPLETED] * 2
