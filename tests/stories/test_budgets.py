"""How much may fail before the run stops (T1, contract: `budget`)."""

from typing import Any

import pytest

from engine.domain.outcome import Ending, Status
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.definitions import both_stores, definition, pages
from tests.stories.world import World, order


def mostly_bad(world: World, budget: Any, *, bad: range, **more: Any) -> None:
    """390 orders, those in `bad` without an address: a Batch less than is worth a process.

    One would be sent several Batches at once, where a core is idle, and finish them all.
    """
    world.orders(order(n, email="" if n in bad else "a@x.example") for n in range(1, 391))
    world.link("orders", definition(budget=budget, **more))


@both_stores
@pytest.mark.parametrize("workers", ["auto", "threads"])
def test_a_count_of_failed_records_stops_the_run_when_it_is_spent(
    world: World, workers: str
) -> None:
    """T1: 25 may fail; the batch with the 26th is the last that starts."""
    mostly_bad(
        world, {"failed_records": 25}, bad=range(1, 391), workers=workers, parallel=1
    )

    event = world.run()

    assert (event.status, event.ending) == (Status.FAILED, Ending.STOPPED)
    assert event.batches.completed in (3, 4)
    assert event.batches.not_attempted == 39 - event.batches.completed
    [group] = [group for group in event.errors if group.tier == "system"]
    assert group.code == "budget_spent"
    assert "25 are allowed" in group.message
    assert event.open.records == event.records.failed
    assert event.open.batches == event.batches.not_attempted


def test_exactly_as_many_as_allowed_do_not_stop_it(world: World) -> None:
    mostly_bad(world, {"failed_records": 25}, bad=range(1, 26))

    event = world.run()

    assert event.ending is Ending.DONE
    assert (event.records.failed, event.records.written) == (25, 365)


def test_a_share_is_judged_once_there_is_enough_to_judge(world: World) -> None:
    """10 %: not spent by 1 of the first 1, but by 11 of 100."""
    mostly_bad(world, {"failed_records": "10%"}, bad=range(1, 12))

    event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.batches.completed == 10
    assert "10.0% are allowed" in event.errors[-1].message + event.errors[0].message


def test_a_share_that_is_kept_lets_the_run_finish(world: World) -> None:
    mostly_bad(world, {"failed_records": "10%"}, bad=range(1, 11))

    assert world.run().ending is Ending.DONE


def test_a_count_of_failed_batches_stops_the_run(world: World) -> None:
    faults = {page: [Answered(500)] * 2 for page in range(2, 60)}
    with ScriptedServer(Pages([order(n) for n in range(1, 601)], faults=faults)) as server:
        text = definition(
            source=pages(server.url), budget={"failed_batches": 3}, parallel=1
        )
        world.link("orders", text)

        event = world.run()

    assert event.ending is Ending.STOPPED
    assert 4 <= event.batches.failed <= 6
    assert event.batches.not_attempted >= 53


def test_nothing_is_limited_by_default(world: World) -> None:
    """Contract: no budget but `consecutive_refused: 10`."""
    mostly_bad(world, {}, bad=range(1, 391))

    event = world.run()

    assert event.ending is Ending.DONE
    assert event.records.failed == 390


def test_warnings_and_ignored_records_are_not_counted(world: World) -> None:
    mostly_bad(world, {"failed_records": 0}, bad=range(1, 391), on_error="skip")

    event = world.run()

    assert event.ending is Ending.DONE
    assert event.records.ignored == 390
