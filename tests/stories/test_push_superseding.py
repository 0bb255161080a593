"""What is delivered later supersedes what fails meanwhile (I4, C5)."""

import threading

import pytest

from engine.domain.requests import Selection
from engine.domain.retry_plan import Choice, RetryOptions
from engine.operations import queueing
from tests.faults.observing import until
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.scripted import Status as Said
from tests.stories.definitions import COLUMNS, shelf
from tests.stories.push_world import a_door, push_link
from tests.stories.test_superseding import states
from tests.stories.world import World, order

SLOW, REFUSED = 1, 9
"""Amounts: of the order whose answer is waited for, and of one that is always refused."""


class Shop:
    """Refuses the slow order, as late as it is told to, and keeps what it took."""

    def __init__(self) -> None:
        self.go, self.mended = threading.Event(), threading.Event()
        self.took: list[tuple[str, int]] = []

    def answer(self, seen: Seen) -> Answer:
        """To one order that is sent."""
        amount = seen.json["amount"]
        if amount == SLOW and not self.mended.is_set():
            self.go.wait(30)
        if amount == REFUSED or (amount == SLOW and not self.mended.is_set()):
            return Said(422)
        self.took.append((seen.path, amount))
        return Said(204)


@pytest.mark.parametrize("other", [False, True], ids=["nothing open", "another open"])
def test_a_delivery_that_waits_supersedes_what_fails_before_it(
    world: World, monkeypatch: pytest.MonkeyPatch, *, other: bool
) -> None:
    """I4: it has begun, and waits its turn; what it waits for fails, and is older."""
    monkeypatch.setattr("engine.operations.arrivals.LONGEST", 0.5)
    shop = Shop()
    with (
        ScriptedServer(shop.answer) as server,
        a_door(world, push_link(target=shelf(server.url), stages=(COLUMNS,))) as door,
    ):
        if other:
            door.runs(door.accepted([order(99, amount=REFUSED)]))
        first = door.accepted([order(1, amount=SLOW)])
        with door.running(first):
            until(lambda: world.event(first).batches.in_flight)
            until(lambda: door.accepted([order(50, amount=50)]) != first)
            later = door.accepted([order(1, amount=2)])
            with door.running(later):
                until(lambda: world.event(later).status == "running")
                shop.go.set()

    assert list(states(world, world.event(first)).values()) == ["superseded"]
    assert world.event(first).status == "completed"
    assert [took for took in shop.took if took[0].endswith("/1")] == [("/things/1", 2)]


def test_what_is_waited_for_may_be_a_retry(world: World) -> None:
    """C5: a delivery waits for a retry of its Link, and supersedes what fails in it."""
    shop = Shop()
    with (
        ScriptedServer(shop.answer) as server,
        a_door(world, push_link(target=shelf(server.url), stages=(COLUMNS,))) as door,
    ):
        shop.go.set()
        failed = door.runs(door.accepted([order(1, amount=SLOW)]))
        shop.go.clear()
        options = RetryOptions(actor="ana@test", reason="mended", definition=Choice.CURRENT)
        retry = queueing.queue_retry(
            world.engine._context, str(failed.id), Selection(), options
        )
        with door.running(retry.id):
            until(lambda: world.event(retry.id).batches.in_flight)
            later = door.accepted([order(1, amount=2)])
            with door.running(later):
                until(lambda: world.event(later).status == "running")
                shop.go.set()

    assert list(states(world, world.event(retry.id)).values()) == ["superseded"]
    assert world.event(failed.id).status == "completed"
    assert shop.took == [("/things/1", 2)]
