"""How a Sync Event stands, and that its books balance at every moment (S1-S3)."""

import threading
import time
from collections.abc import Callable

import pytest

from engine.domain.errors import LinkdeckError, Refused
from engine.domain.outcome import Ending, Status
from engine.domain.requests import Glimpse, RunOptions, Stop
from engine.engine import Engine
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.definitions import COLUMNS, both_stores, definition, pages
from tests.stories.records import audited
from tests.stories.world import World, assert_identity, order

LATE = {
    "name": "late",
    "check": [{"field": "email", "rule": "required", "severity": "warning"}],
}


def beside(world: World) -> Engine:
    """Another process's way into the same store."""
    return Engine(world.engine._context.settings)


@both_stores
@pytest.mark.parametrize(
    ("emails", "stages", "status"),
    [
        (("a@x.example", "b@x.example"), [COLUMNS, LATE], Status.COMPLETED),
        (("a@x.example", ""), [COLUMNS, LATE], Status.COMPLETED_WITH_WARNINGS),
        (("a@x.example", ""), [COLUMNS, {**LATE, "name": "strict",
          "check": [{"field": "email", "rule": "required"}]}], Status.FAILED),
        (("", ""), [{"ignore": "email == ''", "reason": "no address", "name": "few"}, COLUMNS],
         Status.COMPLETED),
    ],
    ids=["completed", "with warnings", "failed", "all ignored"],
)  # fmt: skip
def test_the_status_follows_from_what_is_open(
    world: World, emails: tuple[str, str], stages: list[object], status: Status
) -> None:
    """S1."""
    world.orders(order(n, email=email) for n, email in enumerate(emails, 1))
    world.link("orders", definition(stages=stages))

    event = world.run()

    assert event.status is status
    assert event.outcome is status
    assert world.engine.event("1") == event


@both_stores
def test_the_books_balance_at_every_moment_of_a_run(world: World) -> None:
    """S3: seen from another process at every page, and in every glimpse of this one."""
    records = [order(n, email="" if n % 7 == 0 else "a@x.example") for n in range(1, 121)]
    source = Pages(records, faults={4: [Answered(503)] * 2, 9: [Answered(503)] * 2})
    seen: list[int] = []
    glimpses: list[Glimpse] = []
    with beside(world) as other:

        def script(request: Seen) -> Answer:
            # A reader of the store, from a thread of the server's.
            with lock:
                event = other.event("latest:orders")
                assert_identity(event)
                seen.append(event.batches.planned)
            return source(request)

        lock = threading.Lock()
        with ScriptedServer(script) as server:
            world.link("orders", definition(source=pages(server.url)))
            event = world.run(watch=glimpses.append)

    assert event.batches.planned == 12
    assert (event.batches.completed, event.batches.failed) == (10, 2)
    assert len(seen) >= 14
    assert {0, 12} <= set(seen)
    assert {(g.batches.residual, g.records.residual) for g in glimpses} == {(0, 0)}
    last = glimpses[-1]
    assert (last.batches, last.records) == (event.batches, event.records)


def test_a_plan_that_grows_is_balanced_too(world: World) -> None:
    """S3: pages without a total, read until one comes short."""
    records = [order(n) for n in range(1, 46)]
    paginate = {"style": "cursor", "next": "next", "size": 10, "size_param": "limit"}
    with ScriptedServer(Pages(records, total=False)) as server:
        world.link("orders", definition(source=pages(server.url, paginate=paginate)))

        event = world.run()

    assert (event.batches.planned, event.records.written) == (5, 45)


def test_a_chain_that_breaks_keeps_the_rest_of_itself_as_one_scope(world: World) -> None:
    """T2, contract: size unknown, one item."""
    records = [order(n) for n in range(1, 46)]
    paginate = {"style": "cursor", "next": "next", "size": 10, "size_param": "limit"}
    source = Pages(records, total=False, faults={20: [Answered(503)] * 2})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url, paginate=paginate)))

        event = world.run()

    assert (event.batches.completed, event.batches.failed) == (2, 1)
    assert (event.records.written, event.open.batches) == (20, 1)


def test_a_failed_page_without_a_total_does_not_end_the_reading_of_later_ones(
    world: World,
) -> None:
    """T2, contract."""
    records = [order(n) for n in range(1, 96)]
    source = Pages(records, total=False, faults={3: [Answered(503)] * 2})
    paginate = {"style": "page", "size": 10}
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url, paginate=paginate)))

        event = world.run()

    assert event.batches.failed == 1
    assert event.records.written == 85


def stopped_at(
    page: str, act: Callable[[], None], source: Pages
) -> Callable[[Seen], Answer]:
    """A source that acts when this page is asked for, and takes its time from then on."""
    acted = threading.Event()

    def script(seen: Seen) -> Answer:
        if seen.query.get("page") == page:
            act()
            acted.set()
        elif acted.is_set():
            threading.Event().wait(0.05)
        return source(seen)

    return script


def test_a_stop_lets_what_is_in_flight_finish_and_the_rest_is_not_attempted(
    world: World,
) -> None:
    """S1, T1: cancelled is the outcome; what was not attempted stays open."""
    stop = Stop()
    source = Pages([order(n) for n in range(1, 1001)])
    script = stopped_at("3", lambda: stop.now("interrupted by ctrl+c"), source)
    with ScriptedServer(script) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run(stop=stop)

    assert (event.status, event.ending) == (Status.CANCELLED, Ending.CANCELLED)
    assert event.reason == "interrupted by ctrl+c"
    assert event.batches.not_attempted > 90
    assert event.open.batches == event.batches.not_attempted
    assert event.records.written == event.batches.completed * 10
    assert len(world.rows()) == event.records.written


def test_a_stop_ends_a_long_wait_between_two_attempts_at_once(world: World) -> None:
    """The page that waited is failed, its scope kept; nobody waits a minute for it."""
    stop = Stop()
    source = Pages([order(n) for n in range(1, 31)])
    source.faults = {2: [Answered(429, retry_after="60")]}
    began = time.monotonic()
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))

        def watch(glimpse: Glimpse) -> None:
            del glimpse
            # From its answer on, everybody who asks this server waits.
            if any(seen.query.get("page") == "2" for seen in server.seen):
                stop.now("enough")

        event = world.run(stop=stop, watch=watch)

    assert time.monotonic() - began < 30
    assert event.status is Status.CANCELLED
    left = event.batches.failed + event.batches.not_attempted
    assert event.open.batches == left >= 1


@both_stores
def test_a_cancel_from_elsewhere_ends_the_run_and_is_audited(world: World) -> None:
    """P7: actor and reason."""
    source = Pages([order(n) for n in range(1, 1001)])
    with beside(world) as other:

        def cancel() -> None:
            other.cancel("#1", reason="wrong prices", actor="ben@test")

        with ScriptedServer(stopped_at("3", cancel, source)) as server:
            world.link("orders", definition(source=pages(server.url)))
            event = world.run()

    assert event.status is Status.CANCELLED
    assert event.batches.not_attempted > 0
    assert ("ben@test", "cancel", "#1", "wrong prices") in audited(world)
    assert event.reason is not None
    assert "wrong prices" in event.reason
    with pytest.raises(Refused, match="over"):
        world.engine.cancel("1", reason="again", actor="ben@test")


def test_a_cancel_needs_a_reason(world: World) -> None:
    """P7."""
    world.orders([order(1)])
    world.run()

    with pytest.raises(LinkdeckError, match="a reason is needed"):
        world.engine.cancel("1", reason="  ", actor="ben@test")


@both_stores
def test_one_active_run_a_link_and_the_second_is_told_who_runs_what(world: World) -> None:
    """C5: held by the store."""
    refusals: list[str] = []
    source = Pages([order(n) for n in range(1, 31)])
    with beside(world) as other:

        def second() -> None:
            try:
                other.run("orders", RunOptions(actor="ben@test"), stop=Stop())
            except Refused as refused:
                refusals.append(str(refused))

        with ScriptedServer(stopped_at("2", second, source)) as server:
            world.link("orders", definition(source=pages(server.url)))
            event = world.run()

    [sentence] = refusals
    assert "#1" in sentence
    assert "ana@test" in sentence
    assert "since" in sentence
    assert event.status is Status.COMPLETED
    assert len(world.engine.events().items) == 1


def test_a_disabled_link_does_not_run_until_it_is_enabled(world: World) -> None:
    """P7: each with a reason, into the audit."""
    world.orders([order(1)])
    world.engine.set_enabled("orders", enabled=False, reason="migration", actor="ana@test")

    with pytest.raises(Refused, match="'orders' is disabled"):
        world.run()
    assert world.engine.events().items == ()
    world.engine.set_enabled("orders", enabled=True, reason="done", actor="ana@test")

    assert world.run().status is Status.COMPLETED
    assert audited(world) == [
        ("ana@test", "disable", "orders", "migration"),
        ("ana@test", "enable", "orders", "done"),
    ]


def test_a_link_whose_file_disables_it_does_not_run(world: World) -> None:
    world.orders([order(1)])
    world.link("orders", definition(enabled=False))

    with pytest.raises(Refused, match="disabled"):
        world.run()


def test_a_test_run_reads_and_stages_and_touches_nothing(world: World) -> None:
    """S3: would write; no open failure, no write, no table."""
    source = Pages([order(n, email="" if n == 3 else "a@x.example") for n in range(1, 26)])
    source.faults = {2: [Answered(503)] * 2}
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run(test=True)

    assert event.kind == "test"
    records = event.records
    assert (records.would_write, records.written, records.failed) == (14, 0, 1)
    assert event.batches.failed == 1
    assert (event.open.batches, event.open.records) == (0, 0)
    assert not (world.links / "warehouse.db").exists()
    listed = {link.name: link.open for link in world.engine.links()}
    assert (listed["orders"].batches, listed["orders"].records) == (0, 0)
