"""Retry Failures: only what failed goes again, and the original turns completed (C1-C6)."""

import threading
from typing import Any

import pytest

from engine.domain.errors import Refused
from engine.domain.outcome import Ending, Status
from engine.domain.requests import Selection, Stop
from engine.domain.retry_plan import Choice
from engine.domain.sync_event import Kind
from tests.servers.scripted import ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import (
    COLUMNS,
    EMAIL,
    both_stores,
    definition,
    pages,
    shelf,
)
from tests.stories.world import World, order

AS_RUN, CURRENT = Choice.AS_RUN, Choice.CURRENT

BLANK = {7, 13, 14, 28}
ORDERS = [order(n, email="" if n in BLANK else f"o{n}@x.de") for n in range(1, 41)]
"""Four batches of ten; four records without an email."""


def mend(world: World) -> None:
    """The rule that blocks them goes."""
    world.link("orders", definition(stages=[COLUMNS]))


@both_stores
def test_a_retry_sends_only_the_failing_records_and_the_original_turns_completed(
    world: World,
) -> None:
    """C1, C2, C3, C4."""
    world.orders(ORDERS)
    first = world.run()
    assert (first.status, first.open.records) == (Status.FAILED, 4)
    mend(world)

    child = world.retry(first, definition=CURRENT)

    assert (child.kind, child.parent, child.root) == (Kind.RETRY, first.id, first.id)
    assert child.status is Status.COMPLETED
    assert (child.records.fetched, child.records.from_snapshots) == (0, 4)
    assert (child.records.written, child.batches.planned) == (4, 1)
    original = world.event(first)
    assert original.status is Status.COMPLETED
    assert original.outcome is Status.FAILED
    assert (original.recovered_by, original.closed_by) == (child.id, "retry")
    assert original.label == "recovered"
    assert (original.children, original.descendants) == ((child.id,), (child.id,))
    assert {row["id"] for row in world.rows()} == set(range(1, 41))
    assert {each.state for each in world.failing(first)} == {"recovered"}


@both_stores
def test_what_fails_again_is_carried_into_the_child_and_chains_as_often_as_needed(
    world: World,
) -> None:
    """C3: an open failure lives in exactly one place; attempts are never overwritten."""
    world.orders(ORDERS)
    first = world.run()

    second = world.retry(first)
    third = world.retry(second)

    assert (second.status, third.status) == (Status.FAILED, Status.FAILED)
    assert [world.event(each).open.records for each in (first, second, third)] == [0, 0, 4]
    assert world.event(first).status is Status.FAILED
    assert {each.state for each in world.failing(first)} == {"carried"}
    assert {each.state for each in world.failing(second)} == {"carried"}
    mend(world)
    fourth = world.retry(first, definition=CURRENT)
    assert (fourth.parent, fourth.root) == (first.id, first.id)
    assert (fourth.records.from_snapshots, fourth.records.written) == (4, 4)
    for each in (first, second, third):
        assert world.event(each).status is Status.COMPLETED
        assert world.event(each).recovered_by == fourth.id
    [carried] = world.failing(first, keys=("7",))
    history = world.engine.record(f"s{carried.id}").history
    assert [entry.event for entry in history] == [1, 2, 3]
    assert [entry.state for entry in history] == ["carried", "carried", "recovered"]


@both_stores
def test_failed_batches_are_fetched_again_and_nothing_else_is(world: World) -> None:
    """C1: batches in the retry = failed + ceil(loose records / batch size)."""
    source = Pages(ORDERS, faults={3: [Answered(503)] * 2})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))
        first = world.run()
        assert (first.open.batches, first.open.records) == (1, 3)
        before = len(server.seen)
        mended = definition(source=pages(server.url), stages=[COLUMNS])
        world.link("orders", mended)

        child = world.retry(first, definition=CURRENT)

        asked = [seen.query["page"] for seen in server.seen[before:]]
    assert asked == ["3"]
    assert (child.batches.planned, child.batches.completed) == (2, 2)
    assert (child.records.fetched, child.records.from_snapshots) == (10, 3)
    assert child.records.written == 13
    assert world.event(first).status is Status.COMPLETED
    assert len(world.rows()) == 40


@both_stores
def test_a_page_that_fails_again_waits_in_the_child(world: World) -> None:
    """C3, for scopes."""
    source = Pages(ORDERS, faults={3: [Answered(503)] * 4})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url), stages=[COLUMNS]))
        first = world.run()

        second = world.retry(first)
        assert [world.event(e).open.batches for e in (first, second)] == [0, 1]
        assert world.event(first).status is Status.FAILED
        third = world.retry(second)

    assert third.status is Status.COMPLETED
    assert third.parent == second.id
    assert world.event(first).recovered_by == third.id
    assert world.event(second).recovered_by == third.id


@both_stores
def test_batches_not_attempted_go_in_the_retry_of_a_stopped_run(world: World) -> None:
    """C1, T1."""
    source = Pages(ORDERS, faults={2: [Answered(401)]})
    with ScriptedServer(source) as server:
        text = definition(source=pages(server.url), stages=[COLUMNS], parallel=1)
        world.link("orders", text)
        first = world.run()
        assert first.ending is Ending.STOPPED
        left = first.batches.failed + first.batches.not_attempted

        child = world.retry(first)

    assert child.batches.planned == left
    assert child.status is Status.COMPLETED
    assert world.event(first).status is Status.COMPLETED
    assert len(world.rows()) == 40


@both_stores
def test_a_retry_that_is_stopped_leaves_what_it_did_not_attempt_where_it_was(
    world: World,
) -> None:
    """C3, C4: the child's own unattempted batches are counted but not open."""
    orders = [order(n, email="" if n > 20 else "a@x.de") for n in range(1, 41)]
    with ScriptedServer(Pages(orders, faults={2: [Answered(503)] * 2})) as server:
        world.link("orders", definition(source=pages(server.url)))
        first = world.run()
    assert (first.open.batches, first.open.records) == (1, 20)
    with ScriptedServer(Pages(orders, faults={2: [Answered(401)]})) as server:
        one_by_one = definition(source=pages(server.url), parallel=1, batch_size=1)
        world.link("orders", one_by_one)

        child = world.retry(first, definition=CURRENT)

        assert (child.status, child.ending) == (Status.FAILED, Ending.STOPPED)
        assert (child.batches.planned, child.batches.failed) == (21, 1)
        assert child.batches.not_attempted > 0
        left, taken = world.event(first).open, child.open
        assert (left.batches, taken.batches) == (0, 1)
        assert left.records == child.batches.not_attempted
        assert left.records + taken.records == 20
        world.link("orders", definition(source=pages(server.url), stages=[COLUMNS]))
        last = world.retry(first, definition=CURRENT)

    assert last.status is Status.COMPLETED
    assert last.records.from_snapshots == 20
    assert world.event(first).status is Status.COMPLETED
    assert world.event(child).status is Status.COMPLETED
    assert len(world.rows()) == 40


@both_stores
def test_a_cancelled_retry_reads_cancelled_until_what_it_left_is_recovered(
    world: World,
) -> None:
    """C4, S2."""
    world.orders(ORDERS)
    first = world.run()
    mend(world)
    stop = Stop()
    stop.now("changed my mind")

    child = world.retry(first, definition=CURRENT, stop=stop)

    assert (child.status, child.ending) == (Status.CANCELLED, Ending.CANCELLED)
    assert (child.batches.not_attempted, child.open.records) == (1, 0)
    assert world.event(first).open.records == 4
    last = world.retry(first, definition=CURRENT)
    assert last.status is Status.COMPLETED
    assert world.event(first).recovered_by == last.id
    assert world.event(child).status is Status.COMPLETED
    assert world.event(child).outcome is Status.CANCELLED


def test_a_completed_event_has_nothing_to_retry(world: World) -> None:
    """C1; a refused retry leaves no Sync Event."""
    world.orders([order(1)])
    first = world.run()

    with pytest.raises(Refused, match="nothing is open in #1"):
        world.retry(first)

    assert len(world.engine.events().items) == 1


def test_a_run_that_planned_nothing_offers_a_new_run_instead(world: World) -> None:
    """C6."""
    with ScriptedServer(Shelf()) as server:
        gone = server.url
    world.link("orders", definition(source=pages(gone)))
    first = world.run()

    with pytest.raises(Refused, match=r"before anything was planned.*linkdeck run orders"):
        world.retry(first)


def test_a_test_run_has_nothing_to_retry(world: World) -> None:
    """S3."""
    world.orders(ORDERS)
    first = world.run(test=True)

    with pytest.raises(Refused, match="test run"):
        world.retry(first)


def test_records_without_values_cannot_be_retried_and_the_plan_says_why(
    world: World,
) -> None:
    """C7."""
    world.orders(ORDERS, extra="snapshots: none")
    first = world.run()

    plan = world.plan(first)

    assert plan.empty
    assert {each.value: n for each, n in plan.counts.items()} == {"no_snapshot": 4}
    with pytest.raises(Refused, match="no value was kept"):
        world.retry(first)


@both_stores
def test_of_two_operators_in_the_same_second_one_retries_and_one_is_told(
    world: World,
) -> None:
    """C5."""
    begun, go_on = threading.Event(), threading.Event()
    things = Shelf()

    def slow(seen: Seen) -> Any:
        begun.set()
        go_on.wait(20)
        return things(seen)

    world.orders(ORDERS)
    with ScriptedServer(things) as server:
        target = shelf(server.url)
        world.link("orders", definition(target=target))
        first = world.run()
    with ScriptedServer(slow) as server:
        text = definition(target=shelf(server.url), stages=[COLUMNS])
        world.link("orders", text)
        ended: list[Any] = []
        one = threading.Thread(
            target=lambda: ended.append(world.retry(first, definition=CURRENT))
        )
        one.start()
        assert begun.wait(20)

        with pytest.raises(Refused, match=r"#2 .*ana@test|ana@test.*#2"):
            world.retry(first, definition=CURRENT, actor="bea@test")

        go_on.set()
        one.join(30)
    assert ended[0].status is Status.COMPLETED
    assert [each.id for each in world.engine.events().items] == [2, 1]


@both_stores
def test_a_run_that_still_goes_is_not_retried(world: World) -> None:
    """C1: only what is over."""
    things = Shelf()
    seen_refusals: list[object] = []

    def meddling(seen: Seen) -> Any:
        if not seen_refusals:
            with pytest.raises(Refused, match="still runs") as refused:
                world.engine.plan("1", Selection(), actor="bea@test")
            seen_refusals.append(refused)
        return things(seen)

    world.orders(ORDERS)
    with ScriptedServer(meddling) as server:
        world.link("orders", definition(target=shelf(server.url), stages=[COLUMNS, EMAIL]))
        world.run()

    assert seen_refusals


@both_stores
def test_what_a_sibling_carried_on_keeps_its_retry_open_until_it_closes_there(
    world: World,
) -> None:
    """C4: also where the retry that met it again is no descendant."""
    source = Pages(ORDERS, faults={3: [Answered(503)] * 6})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))
        first = world.run()
        second = world.retry(first)
        assert (second.open.batches, second.open.records) == (1, 3)

        third = world.retry(first)

        assert (third.open.batches, third.open.records) == (1, 3)
        assert [world.event(e).status for e in (first, second, third)] == [
            Status.FAILED
        ] * 3
        assert world.event(second).recovered_by is None
        world.link("orders", definition(source=pages(server.url), stages=[COLUMNS]))
        last = world.retry(third, definition=CURRENT)

    assert last.status is Status.COMPLETED
    for each in (first, second, third):
        assert world.event(each).status is Status.COMPLETED, each.id


def test_a_where_that_nothing_matches_is_an_empty_selection(world: World) -> None:
    """P3."""
    world.orders(ORDERS)
    first = world.run()

    with pytest.raises(Refused, match="matches the selection"):
        world.plan(first, where="id == 999")


@both_stores
def test_doctor_finds_nothing_wrong_with_a_store_that_holds_retries(world: World) -> None:
    """S3: the counters are what the batches add up to, Snapshots included."""
    world.orders(ORDERS)
    world.retry(world.run())

    assert [each.subject for each in world.engine.doctor() if "#" in each.subject] == []
