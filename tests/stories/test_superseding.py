"""A later run meets a key that is open elsewhere: superseded, or moved there (I4, M2, C4)."""

from typing import Any

from engine.domain.outcome import Status
from engine.domain.retry_plan import Choice
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.definitions import COLUMNS, both_stores, definition, pages
from tests.stories.test_marks import mark_of, now, shop_of
from tests.stories.world import World, order

CURRENT = Choice.CURRENT

BLANK = {7, 13}
ORDERS = [order(n, email="" if n in BLANK else f"o{n}@x.de") for n in range(1, 21)]


def states(world: World, event: Any) -> dict[str, str]:
    return {each.label: each.state for each in world.failing(event)}


@both_stores
def test_a_later_run_that_writes_the_key_supersedes_the_older_failure(
    world: World,
) -> None:
    """I4: it resolves it, by that event."""
    world.orders(ORDERS)
    first = world.run()
    world.orders([order(n) for n in range(1, 21)])

    second = world.run()

    assert second.status is Status.COMPLETED
    original = world.event(first)
    assert (original.status, original.closed_by) == (Status.COMPLETED, "superseded")
    assert (original.superseded_by, original.recovered_by) == (second.id, None)
    assert states(world, first) == {"7": "superseded", "13": "superseded"}


@both_stores
def test_a_key_that_fails_anew_moves_to_the_later_run(world: World) -> None:
    """C4: the earlier Sync Event stays open until its successor closes."""
    world.orders(ORDERS)
    first = world.run()
    world.orders([order(n, email="" if n == 7 else "a@x.de") for n in range(1, 21)])

    second = world.run()

    assert states(world, first) == {"7": "moved", "13": "superseded"}
    assert world.event(first).status is Status.FAILED
    assert world.event(first).open.records == 0
    assert (second.status, second.open.records) == (Status.FAILED, 1)
    world.link("orders", definition(stages=[COLUMNS]))
    child = world.retry(second, definition=CURRENT)
    assert child.status is Status.COMPLETED
    assert world.event(second).recovered_by == child.id
    closed = world.event(first)
    assert (closed.status, closed.closed_by) == (Status.COMPLETED, "superseded")


@both_stores
def test_a_failure_that_was_carried_and_then_moved_closes_with_its_last_successor(
    world: World,
) -> None:
    """C4, over three Sync Events and two Chains."""
    world.orders(ORDERS)
    first = world.run()
    child = world.retry(first)
    third = world.run()
    assert states(world, child) == {"7": "moved", "13": "moved"}
    assert [world.event(e).status for e in (first, child, third)] == [Status.FAILED] * 3
    again = world.retry(third)
    world.link("orders", definition(stages=[COLUMNS]))

    last = world.retry(third, definition=CURRENT)

    assert last.status is Status.COMPLETED
    for each in (first, child, third, again):
        assert world.event(each).status is Status.COMPLETED, each.id
    [carried] = world.failing(first, keys=("7",))
    journey = world.engine.record(f"s{carried.id}").history
    assert [entry.event for entry in journey] == [1, 2, 3, 4]
    assert [entry.state for entry in journey] == [
        "carried",
        "moved",
        "carried",
        "recovered",
    ]


@both_stores
def test_what_a_later_run_did_not_meet_stays_open_and_does_not_hold_the_mark(
    world: World,
) -> None:
    """M2: `unmet`; its Sync Event stays failed."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.put(7, email="")
        shop.put(9, email="")
        first = world.run()
        del shop.orders[7]
        shop.put(9, updated=now())

        second = world.run()

        assert states(world, first) == {"7": "unmet", "9": "superseded"}
        assert world.event(first).status is Status.FAILED
        assert second.status is Status.COMPLETED
        assert mark_of(world) == (second.window.until, second.id)


@both_stores
def test_a_position_is_never_a_key(world: World) -> None:
    """I4: records that could not be read supersede nothing."""
    world.orders(["{broken", *ORDERS])
    first = world.run()
    assert first.open.records == 3
    world.orders(["{broken", *[order(n) for n in range(1, 21)]])

    second = world.run()

    assert second.open.records == 1
    found = states(world, first)
    assert sorted(found.values()) == ["superseded", "superseded", "unmet"]


@both_stores
def test_a_retry_of_newer_data_closes_older_failures_of_the_key(world: World) -> None:
    """I4: across Chains, by the Snapshot that went."""
    with shop_of(world) as shop:
        shop.put(*range(1, 16))
        shop.put(7, email="")
        first = world.run(since="2025-01-01")
        shop.put(7, email="", updated=now(), amount=2)
        second = world.run(since="2025-01-01")
        assert states(world, first) == {"7": "moved"}
        mended = definition(
            source=pages(shop.url, changed_since="since", lookback="0s"), stages=[COLUMNS]
        )
        world.link("orders", mended)

        child = world.retry(second, definition=CURRENT)

    assert child.records.written == 1
    assert {row["id"]: row["amount"] for row in world.rows()}[7] == 2
    assert world.event(first).status is Status.COMPLETED


@both_stores
def test_a_fetched_page_that_brings_a_key_again_supersedes_its_waiting_snapshot(
    world: World,
) -> None:
    """I4, C1: within one retry, what is fetched fresh wins over what was kept."""
    records = list(ORDERS)
    source = Pages(records, faults={2: [Answered(503)] * 2})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url), parallel=1))
        first = world.run()
        assert (first.open.batches, first.open.records) == (1, 1)
        moved = [*ORDERS[:6], *ORDERS[7:11], order(7, amount=777), *ORDERS[11:]]
        records[:] = moved[: len(ORDERS)]

        child = world.retry(first)

    held = {row["id"]: row["amount"] for row in world.rows()}
    assert held[7] == 777
    assert states(world, first)["7"] == "superseded"
    assert child.open.records == 1
    assert child.records.residual == 0


def test_keys_that_maps_make_compare_as_they_are_made(world: World) -> None:
    """I4: a record that failed before its key was mapped goes through the key's maps alone."""
    stages = [
        {"name": "first", "check": [{"field": "email", "rule": "required"}]},
        {"name": "map", "map": {"id": {"from": "id", "cast": "int"}, "email": "email",
                                "amount": "amount"}},
    ]  # fmt: skip
    text = [{**each, "id": f" {each['id']} "} for each in ORDERS]
    world.orders(text)
    world.link("orders", definition(stages=stages))
    first = world.run()
    assert first.open.records == 2
    world.orders([order(n) for n in range(1, 21)])
    world.link("orders", definition(stages=stages))

    world.run()

    assert set(states(world, first).values()) == {"superseded"}
