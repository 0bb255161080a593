"""Push Links: what is delivered is stored, acknowledged, gathered, written (C9)."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.domain.errors import Refused
from engine.domain.inbox import InboxFilter
from engine.domain.outcome import Status
from engine.domain.requests import Selection, Stop
from engine.domain.retry_plan import Choice, RetryOptions
from engine.domain.sync_event import Kind
from engine.engine import Engine
from engine.operations import queueing
from engine.service.addresses import Address
from engine.service.listener import Listener
from tests.faults.observing import until
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.scripted import Status as Said
from tests.store.world import a_dead_process
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, shelf
from tests.stories.push_world import LINES, RECORDS, Door, a_door, push_link
from tests.stories.world import World, order


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    with a_door(world) as opened:
        yield opened


@both_stores
def test_deliveries_gather_into_one_sync_event_and_few_batches(door: Door) -> None:
    """C9: arrays, single objects and lines; each record written once."""
    events = {door.accepted(order(n)) for n in range(1, 26)}
    events.add(door.accepted([order(n) for n in range(26, 41)]))
    lines = b"\r\n".join(b'{"id": %d, "email": "x@y.z", "amount": 1}' % n for n in (41, 42))
    answer = door.send(lines + b"\n\n", form=LINES)

    (event,) = events | {answer.json()["event"]}
    ended = door.runs(event)

    assert (ended.kind, ended.status, ended.actor) == (
        Kind.PUSH,
        Status.COMPLETED,
        "push:shop",
    )
    assert (ended.records.fetched, ended.records.written) == (42, 42)
    assert ended.batches.planned == ended.batches.completed == 5
    assert sorted(row["id"] for row in door.world.rows()) == list(range(1, 43))


def test_what_comes_while_it_runs_joins_and_after_its_end_opens_the_next(
    door: Door,
) -> None:
    first = door.accepted(order(1))
    with door.running(first):
        until(lambda: door.world.event(first).records.written)
        joined = door.accepted(order(2))
    second = door.accepted(order(3))

    assert (joined, second) == (first, first + 1)
    assert door.world.event(first).records.written == 2
    assert door.world.event(second).status is Status.QUEUED
    assert door.runs(second).records.written == 1


@both_stores
def test_two_engines_that_listen_take_in_for_one_sync_event(door: Door) -> None:
    """Each stores what it hears; the first opens it, and every record has a place of its own."""
    other = Engine(door.world.engine._context.settings)
    with (
        other,
        Listener(other._context, Address.parsed("127.0.0.1:0"), late=lambda: ()) as second,
    ):
        here, there = door.url, f"http://{second.address}"
        numbers = iter(range(1, 41))
        events: set[int] = set()

        def sends(url: str) -> None:
            for number in numbers:
                answer = door.client.post(f"{url}{RECORDS}", json=order(number))
                events.add(answer.json()["event"])

        threads = [threading.Thread(target=sends, args=(url,)) for url in (here, there) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    (event,) = events
    assert door.runs(event).records.written == 40
    assert {row["id"] for row in door.world.rows()} == set(range(1, 41))


@both_stores
def test_a_sender_who_waits_is_told_of_each_record(door: Door) -> None:
    """Contract 4: results in order, in a Batch of their own."""
    text = push_link(
        stages=(
            {"ignore": "status == 'old'", "reason": "old orders stay where they are"},
            {
                "map": {
                    "id": {"from": "id", "cast": "int"},
                    "email": "email",
                    "amount": "amount",
                }
            },
            {"name": "rules", "check": [{"field": "email", "rule": "required"}]},
        )
    )
    door.world.link("orders", text)
    event = door.accepted([order(n) for n in range(1, 4)])
    with door.running(event):
        answer = door.post(
            [order(11), order(12, email=""), order(13, status="old"), {"x": 1}], wait=True
        )

    assert answer.status_code == 200
    said = answer.json()
    told = [(each["key"], each["outcome"]) for each in said["results"]]
    assert said["event"] == event
    assert told == [
        ("11", "written"),
        ("12", "failed"),
        (None, "ignored"),
        (None, "failed"),
    ]
    assert said["results"][1]["errors"] == [
        {
            "class": "validation",
            "code": "required",
            "field": "email",
            "stage": "rules",
            "message": "email is blank",
        }
    ]
    assert said["results"][2]["reason"] == "old orders stay where they are"


def test_the_same_delivery_twice_is_one(door: Door) -> None:
    """The first answer comes again; the same key with another body is refused."""
    first = door.post([order(1)], key="delivery-1")
    again = door.post([order(1)], key="delivery-1")
    other = door.post([order(2)], key="delivery-1")

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert other.status_code == 409
    assert other.json()["event"] == first.json()["event"]
    assert door.runs(first.json()["event"]).records.written == 1
    assert door.post([order(1)], key="delivery-1").json() == first.json()
    assert len(door.world.engine.events().items) == 1


def test_equal_deliveries_at_one_moment_are_one(door: Door) -> None:
    """They meet in one transaction."""
    answers: list[int] = []

    def send() -> None:
        answers.append(door.post([order(1)], key="at once").json()["event"])

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert (len(answers), set(answers), door.deliveries()) == (8, {1}, 1)
    assert door.runs(1).records.fetched == 1


def test_a_sender_who_waited_hears_the_same_again(door: Door) -> None:
    event = door.accepted(order(1))
    with door.running(event):
        first = door.post([order(2), order(3, email="")], key="waited", wait=True)
    again = door.post([order(2), order(3, email="")], key="waited", wait=True)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()


def test_failures_go_to_the_inbox_and_are_retried_from_what_was_stored(door: Door) -> None:
    """C9: there is no source to go back to; the definition is mended, the record passes."""
    event = door.accepted([order(1), order(2, email=""), {"id": "x", "email": "a"}])
    ended = door.runs(event)
    assert (ended.status, ended.open.records) == (Status.FAILED, 2)
    kept = {each.key: each.before for each in door.world.failing(ended)}
    assert b'{"id": 2, "email": "", "amount": 20}' in kept.values()
    assert len(door.world.engine.inbox(InboxFilter()).items) == 2

    stages = [
        {
            "map": {
                "id": {"from": "id", "cast": "int"},
                "email": {"from": "email", "default": "none"},
                "amount": {"from": "amount", "default": 0},
            }
        }
    ]
    door.world.link("orders", push_link(stages=stages))

    retried = door.world.retry(event, definition=Choice.CURRENT)

    assert retried.records.from_snapshots == 2
    assert retried.records.written == 1
    assert retried.records.fetched == 0


def test_a_retry_goes_first_and_deliveries_wait_for_it(door: Door, tmp_path: Path) -> None:
    """C5: intake stores and acknowledges while a retry of its Link runs; nothing is begun."""
    failed = door.runs(door.accepted([order(1, email="")]))

    options = RetryOptions(actor="ana@test", reason="mended")
    context = door.world.engine._context

    retry = queueing.queue_retry(context, str(failed.id), Selection(), options)
    event = door.accepted(order(2))
    with door.running(event):
        until(lambda: door.world.event(event).status is Status.RUNNING)
        waited = door.world.event(event)
        assert (waited.batches.planned, waited.records.fetched) == (0, 0)
        door.runs(retry.id)
    assert door.world.event(event).records.written == 1


def test_a_retry_waits_until_what_is_on_its_way_is_written(world: World) -> None:
    """C5, I8: what a retry sends is older than what is being pushed."""
    go, written = threading.Event(), list[str]()

    def shop(seen: Seen) -> Answer:
        if seen.json["amount"] == 2:
            go.wait(20)
        written.append(f"{seen.path} {seen.json['amount']}")
        return Said(204)

    with (
        ScriptedServer(shop) as server,
        a_door(world, push_link(target=shelf(server.url), stages=())) as door,
    ):
        world.link("orders", push_link(target=shelf(server.url), stages=(COLUMNS, EMAIL)))
        failed = door.runs(door.accepted(order(1, email="", amount=1)))
        world.link("orders", push_link(target=shelf(server.url), stages=(COLUMNS,)))
        event = door.accepted(order(9, amount=2))
        context = world.engine._context
        with door.running(event):
            until(lambda: world.event(event).batches.in_flight)
            options = RetryOptions(
                actor="ana@test", reason="mended", definition=Choice.CURRENT
            )
            retry = queueing.queue_retry(context, str(failed.id), Selection(), options)
            with door.running(retry.id):
                until(lambda: context.store.push.under_way("orders"))
                assert world.event(retry.id).status is Status.QUEUED
                assert written == []
                go.set()

    assert written == ["/things/9 2", "/things/1 1"]


@both_stores
def test_a_system_error_keeps_what_was_delivered_for_a_retry(door: Door) -> None:
    """C6, T1: stored deliveries count as planned, also those that came too late."""
    text = push_link(target={"adapter": "sql", "url": "sqlite:///none.db", "table": "t"})
    door.world.link("orders", text)
    event = door.accepted([order(n) for n in range(1, 6)])

    ended = door.runs(event)

    assert (ended.status, ended.batches.not_attempted) == (Status.FAILED, 1)
    assert ended.open.batches == 1
    assert door.accepted(order(6)) == event + 1
    door.world.link("orders", push_link())

    retried = door.world.retry(event, definition=Choice.CURRENT)
    assert (retried.records.fetched, retried.records.written) == (5, 5)
    assert door.world.event(event).status is Status.COMPLETED
    assert door.world.event(event).recovered_by == retried.id


def test_what_was_delivered_later_is_what_stands_in_the_end(world: World) -> None:
    """I4, I8: a batch that was never attempted is newer than what failed before it."""
    text = push_link(budget={"failed_records": 1}, parallel=1)
    with a_door(world, text) as door:
        first = [order(n, email="") for n in range(1, 11)]
        event = door.accepted([*first, *(order(n, amount=n + 1000) for n in range(1, 11))])
        ended = door.runs(event)
        assert (ended.batches.not_attempted, ended.open.records) == (1, 10)

        retried = world.retry(event)

        assert retried.records.written == 10
        assert {row["amount"] for row in world.rows()} == set(range(1001, 1011))
        assert world.event(event).status is Status.COMPLETED


def test_a_plan_says_that_newer_deliveries_would_be_overwritten(door: Door) -> None:
    event = door.accepted([order(n) for n in range(1, 6)])
    door.world.engine.cancel(str(event), reason="not now", actor="ana@test")
    if not door.world.event(event).status.over:
        door.runs(event)
    before = door.world.plan(event)
    door.runs(door.accepted(order(1, amount=7)))

    after = door.world.plan(event)

    assert not any("delivered before later" in note for note in before.notes)
    assert any("delivered before later" in note for note in after.notes)


def test_a_cancelled_one_takes_no_more_and_keeps_what_it_has(door: Door) -> None:
    event = door.accepted([order(n) for n in range(1, 6)])
    door.world.engine.cancel(str(event), reason="not now", actor="ana@test")

    assert door.accepted(order(9)) == event + 1
    ended = door.world.event(event)
    if not ended.status.over:
        ended = door.runs(event)
    assert (ended.status, ended.records.fetched) == (Status.CANCELLED, 0)
    assert ended.open.batches == 1
    assert door.world.retry(event).records.written == 5


def test_what_only_a_schedule_would_begin_is_refused_of_a_push_link(world: World) -> None:
    """C9: in its file at its place, and as an operator's word."""
    world.link(
        "orders",
        "link: orders\nkey: id\nsource: {adapter: push}\nschedule: {every: 15m}\n"
        "target: {adapter: sql, url: 'sqlite:///warehouse.db', table: orders}\n",
    )

    answer = linkdeck("validate", home=world.folder)

    assert answer.code == 1
    assert "orders.yaml:4:11: 'schedule' never begins a run" in answer.err
    world.link("orders", push_link())
    said = ("override", "orders", "--set", "schedule.every=15m", "--reason", "often")
    refused = linkdeck(*said, home=world.folder)
    assert refused.code == 2
    assert "'schedule' never begins a run" in refused.err


@both_stores
def test_a_push_whose_process_died_is_listed_as_interrupted(door: Door) -> None:
    """RELIABILITY: a vanished engine shows as such, after kill -9 too."""
    event = door.accepted(order(1))
    waits = door.world.event(event)
    store = door.world.engine._context.store
    assert store.queue.claim(a_dead_process()) is not None

    lost = door.world.event(event)
    (listed,) = door.world.engine.events().items
    (link,) = door.world.engine.links()

    assert not waits.abandoned
    assert lost.abandoned
    assert listed.abandoned
    assert link.last is not None
    assert link.last.abandoned
    assert not door.runs(event).abandoned


def test_nothing_can_be_fetched_for_a_push_link(door: Door) -> None:

    with pytest.raises(Refused, match="POST /links/orders/records"):
        door.world.run()

    checks = door.world.engine.check("orders")
    assert all(check.ok for check in checks.checks)
    assert door.world.engine.events().items == ()


def test_a_stream_without_a_pause_comes_to_an_end_too(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or its failures could never be retried."""
    monkeypatch.setattr("engine.operations.arrivals.LONGEST", 0.5)
    seen = {door.accepted(order(1))}
    with door.running(1):
        number = 2
        while len(seen) == 1:
            seen.add(door.accepted(order(number)))
            number += 1

    assert door.world.event(1).status is Status.COMPLETED
    assert seen == {1, 2}
    assert door.runs(2).records.written >= 1
    assert len(door.world.rows()) == number - 1


def test_an_interrupted_one_goes_on_with_what_was_delivered(door: Door) -> None:
    """X1: left in the middle; the rest, and what came since, is run by the next."""
    stop = Stop()
    event = door.accepted([order(n) for n in range(1, 31)])
    with door.running(event, stop):
        stop.leave()
    door.accepted([order(n) for n in range(31, 41)])

    ended = door.runs(event)

    assert (ended.status, ended.records.fetched, ended.records.written) == (
        Status.COMPLETED,
        40,
        40,
    )


def test_a_delivery_is_split_into_batches_of_the_links_size(door: Door) -> None:
    event = door.accepted([order(n) for n in range(1, 36)])

    ended = door.runs(event)

    assert (ended.batches.planned, ended.records.written) == (4, 35)
    shown = door.world.engine.batch(str(event), 2).batch
    assert shown.scope["what"] == "delivered records 11-20"
