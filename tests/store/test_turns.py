"""Of two who close the same failures at once, each closes what the other has left (S3)."""

import threading
from typing import Any

import pytest

from engine.domain.outcome import Status
from engine.domain.requests import Selection
from engine.store import discards, superseding
from tests.stories.conftest import world as world  # noqa: PLC0414 - the stories' fixture
from tests.stories.definitions import both_stores
from tests.stories.world import World, order

ORDERS = [order(n, email="" if n in {7, 13} else "a@x.de") for n in range(1, 21)]


@both_stores
def test_a_run_that_meets_what_somebody_discards_at_that_moment_counts_it_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3, I4: the counters of a Sync Event never fall below what is open in it."""
    world.orders(ORDERS)
    first = world.run()
    world.orders([order(n) for n in range(1, 21)])
    closed, meeting = threading.Event(), threading.Event()
    inside = discards._closed

    def slowly(*args: Any) -> Any:
        found = inside(*args)
        closed.set()
        # The run is about to supersede what was just closed here, and must wait.
        meeting.wait(1.0)
        return found

    settle = superseding.Meeting.settle

    def met(*args: Any) -> Any:
        meeting.set()
        return settle(*args)

    monkeypatch.setattr(discards, "_closed", slowly)
    monkeypatch.setattr(superseding.Meeting, "settle", met)
    discarding = threading.Thread(
        target=world.engine.discard,
        args=[[str(first.id)], Selection()],
        kwargs={"reason": "known", "actor": "bea@test"},
    )
    discarding.start()
    assert closed.wait(20)

    world.run()

    discarding.join(20)
    event = world.event(first)
    assert (event.open.records, event.status) == (0, Status.COMPLETED_WITH_WARNINGS)
