"""Automated Replay: what is likely to pass goes again by itself, and only that (C8, T6)."""

from typing import Any

from engine.domain.outcome import Status
from engine.domain.requests import Stop
from engine.domain.sync_event import Kind
from tests.servers.scripted import ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import both_stores, definition, pages, shelf
from tests.stories.world import World, order

REPLAY = {"enabled": True, "max_attempts": 3}
ONCE = {"max_attempts": 1}
ORDERS = [order(n) for n in range(1, 21)]


class Busy:
    """A target that answers 503 for some keys, so many times each."""

    def __init__(self, times: dict[str, int], shelf: Shelf) -> None:
        self.times, self.shelf = dict(times), shelf

    def __call__(self, seen: Seen) -> Any:
        key = seen.path.rsplit("/", 1)[-1]
        if self.times.get(key, 0) > 0:
            self.times[key] -= 1
            return Answered(503)
        return self.shelf(seen)


@both_stores
def test_records_that_fail_for_a_while_are_replayed_until_they_pass(world: World) -> None:
    """C8: each pass a child of the one before that keeps only what still fails."""
    things = Shelf()
    world.orders(ORDERS)
    with ScriptedServer(Busy({"3": 1, "4": 2}, things)) as server:
        target = shelf(server.url, retry=ONCE)
        world.link("orders", definition(target=target, automated_replay=REPLAY))

        event = world.run()

    assert event.kind is Kind.SYNC
    assert (event.status, event.outcome) == (Status.COMPLETED, Status.FAILED)
    first, second = (world.event(number) for number in (2, 3))
    assert (first.kind, second.kind) == (Kind.REPLAY, Kind.REPLAY)
    assert (first.parent, second.parent) == (1, 2)
    assert (first.root, second.root) == (1, 1)
    assert first.replay == "1 of 3 of #1"
    assert second.replay == "2 of 3 of #1"
    assert (first.records.from_snapshots, first.records.written) == (2, 1)
    assert (second.records.from_snapshots, second.records.written) == (1, 1)
    assert event.recovered_by == 3
    assert len(world.engine.events().items) == 3


@both_stores
def test_replays_stop_at_their_limit_and_what_is_left_is_a_dead_letter(
    world: World,
) -> None:
    """C8, T6: attempts and replays are exhausted."""
    world.orders(ORDERS)
    with ScriptedServer(Busy({"3": 99}, Shelf())) as server:
        target = shelf(server.url, retry=ONCE)
        world.link("orders", definition(target=target, automated_replay=REPLAY))

        event = world.run()

    assert event.status is Status.FAILED
    assert [each.id for each in world.engine.events().items] == [4, 3, 2, 1]
    last = world.event(4)
    assert last.open.records == 1
    [group] = last.errors
    assert group.route == "dead_letter"
    assert [group.route for group in world.event(3).errors] == ["retry"]


def test_durable_failures_are_not_replayed(world: World) -> None:
    """T6."""
    world.orders(
        [order(1, email=""), *ORDERS[1:]], extra="automated_replay: {enabled: true}"
    )

    event = world.run()

    assert event.open.records == 1
    assert len(world.engine.events().items) == 1


def test_unless_told_otherwise(world: World) -> None:
    """C8: `records: all`."""
    world.orders(
        [order(1, email=""), *ORDERS[1:]],
        extra="automated_replay: {enabled: true, records: all, max_attempts: 2}",
    )

    world.run()

    assert [each.kind for each in world.engine.events().items] == [
        "replay",
        "replay",
        "sync",
    ]


def test_batches_are_never_replayed(world: World) -> None:
    """C8."""
    with ScriptedServer(Pages(ORDERS, faults={2: [Answered(503)] * 9})) as server:
        world.link("orders", definition(source=pages(server.url), automated_replay=REPLAY))

        event = world.run()

    assert event.open.batches == 1
    assert len(world.engine.events().items) == 1


def test_it_is_off_unless_asked_for(world: World) -> None:
    """C8."""
    world.orders(ORDERS)
    with ScriptedServer(Busy({"3": 1}, Shelf())) as server:
        world.link("orders", definition(target=shelf(server.url, retry=ONCE)))

        event = world.run()

    assert event.status is Status.FAILED
    assert len(world.engine.events().items) == 1


def test_it_does_not_follow_a_retry_by_hand(world: World) -> None:
    """Contract: automated_replay does not follow a manual retry."""
    world.orders(ORDERS)
    with ScriptedServer(Busy({"3": 99}, Shelf())) as server:
        target = shelf(server.url, retry=ONCE)
        limited = {"enabled": True, "max_attempts": 1}
        world.link("orders", definition(target=target, automated_replay=limited))
        event = world.run()

        world.retry(event)

    kinds = [each.kind.value for each in world.engine.events().items]
    assert kinds == ["retry", "replay", "sync"]


def test_a_cancel_ends_the_passes(world: World) -> None:
    """C8."""
    stop = Stop()
    busy = Busy({"3": 99}, Shelf())

    def cancelling(seen: Seen) -> Any:
        if seen.path.endswith("/3") and busy.times["3"] <= 97:
            stop.now("enough")
        return busy(seen)

    world.orders(ORDERS)
    with ScriptedServer(cancelling) as server:
        target = shelf(server.url, retry=ONCE)
        world.link("orders", definition(target=target, automated_replay=REPLAY))

        event = world.run(stop=stop)

    assert event.status is Status.FAILED
    assert len(world.engine.events().items) == 3
