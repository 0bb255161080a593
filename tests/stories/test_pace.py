"""How a run treats the systems it asks: their rates, their pauses, their outages, their drift."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.domain.errors import Misused
from engine.domain.outcome import Ending, Status
from engine.domain.requests import RunOptions, Selection, Stop
from engine.domain.retry_plan import RetryOptions
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import Answer, Json, ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import COLUMNS, definition, pages, shelf
from tests.stories.world import World, order

CREWS = pytest.mark.parametrize("workers", ["threads", "processes"])
ORDERS = [order(n) for n in range(1, 101)]
"""Ten pages of ten."""


def retried(world: World, event: SyncEvent) -> SyncEvent:
    """Retry Failures over everything that is open."""
    options = RetryOptions(reason="the page is well again", actor="ana@test")
    return world.engine.retry(str(event.id), Selection(), options, stop=Stop())


def span(server: ScriptedServer) -> float:
    """Seconds between the first request and the last, by the server's clock."""
    return server.seen[-1].at - server.seen[0].at


@CREWS
def test_all_workers_of_a_run_keep_the_rate_of_its_source(
    world: World, workers: str
) -> None:
    with ScriptedServer(Pages(ORDERS)) as server:
        source = pages(server.url, rate="20/s")
        world.link("orders", definition(source=source, workers=workers, parallel=4))

        event = world.run()

    by_workers = server.seen[1:]  # the plan's page is asked before there are any
    assert (event.status, event.records.written) == (Status.COMPLETED, 100)
    assert by_workers[-1].at - by_workers[0].at >= 8 / 20 - 0.1


@CREWS
def test_a_wait_one_worker_is_told_to_keep_is_kept_by_all(
    world: World, workers: str
) -> None:
    """One Retry-After: nobody asks before it is over."""
    told: list[float] = []
    lock = threading.Lock()

    def script(seen: Seen) -> Answer:
        with lock:
            if seen.query.get("page") != "1" and not told:
                told.append(seen.at)
                return Answered(429, retry_after="1.5")
        return source(seen)

    source = Pages(ORDERS)
    with ScriptedServer(script) as server:
        text = definition(source=pages(server.url), workers=workers, parallel=2)
        world.link("orders", text)

        event = world.run()

    after = [seen.at - told[0] for seen in server.seen if seen.at > told[0]]
    assert event.status is Status.COMPLETED
    # Until the answer is heard others may still arrive; then nobody before its end.
    assert [each for each in after if 0.7 < each < 1.45] == []
    assert max(after) >= 1.5


def test_a_call_keeps_its_rate_though_many_ask(world: World) -> None:
    """Batches in threads, and requests of a Batch in threads of their own."""
    world.orders(ORDERS[:20])
    with ScriptedServer(lambda seen: Json({"tier": "gold"})) as server:
        call = {
            "adapter": "http",
            "url": f"{server.url}/{{id}}",
            "into": "tier",
            "rate": "50/s",
        }
        stages = [COLUMNS, {"name": "loyalty", "call": call}]
        world.link("orders", definition(stages=stages, workers="threads"))

        event = world.run()

    assert (event.records.written, len(server.seen)) == (20, 20)
    assert span(server) >= 19 / 50 - 0.1


def test_a_target_that_restarts_costs_no_record(world: World) -> None:
    """RELIABILITY (c) 2: 503 for a while; the run waits for it and goes on."""
    gone = threading.Event()

    def script(seen: Seen) -> Answer:
        if len(server.seen) == 30:
            gone.set()
            threading.Timer(0.3, gone.clear).start()
        return Answered(503) if gone.is_set() else kept(seen)

    kept = Shelf()
    world.orders(ORDERS)
    with ScriptedServer(script) as server:
        patient = {"failures": 3, "pause": "100ms", "patience": "30s"}
        target = shelf(server.url, breaker=patient)
        retry = {"max_attempts": 10, "delay_ms": 1}
        world.link("orders", definition(target=target, retry=retry))

        event = world.run()

    assert (event.status, event.records.written) == (Status.COMPLETED, 100)
    assert len(server.seen) <= 100 + 3 + 2 + 8


def test_a_target_that_stays_away_is_not_stormed_and_what_was_not_sent_stays_open(
    world: World,
) -> None:
    """T2: availability, ephemeral; each record has its Snapshot, nothing was sent twice."""
    world.orders(ORDERS)
    with ScriptedServer(lambda seen: Answered(503)) as server:
        target = shelf(server.url, breaker={"pause": "50ms", "patience": "150ms"})
        world.link("orders", definition(target=target, parallel=1))

        event = world.run()

    assert (event.ending, event.status) == (Ending.DONE, Status.FAILED)
    assert (event.open.records, event.records.failed) == (100, 100)
    assert {group.error_class for group in event.errors} == {"availability"}
    assert "out_of_order" in {group.code for group in event.errors}
    assert len(server.seen) <= 5 + span(server) / 0.05 + 1


def test_a_cancel_ends_the_wait_for_an_outage_at_once(world: World) -> None:
    stop, asked = Stop(), threading.Event()

    def script(seen: Seen) -> Answer:
        if len(server.seen) == 5:
            asked.set()
        return Answered(503)

    def cancel() -> None:
        asked.wait()
        stop.now("enough")

    world.orders(ORDERS)
    with ScriptedServer(script) as server:
        world.link("orders", definition(target=shelf(server.url), parallel=1))
        threading.Thread(target=cancel).start()

        event = world.run(stop=stop)

    assert event.ending is Ending.CANCELLED
    assert len(server.seen) == 5


# Scopes that a retry takes up


def test_a_failed_page_whose_followers_were_read_is_read_again_alone(world: World) -> None:
    """Pages without a total: page 3 fails, the reading goes on; its scope reveals nothing more."""
    source = Pages(ORDERS, total=False, faults={3: [Answered(400)]})
    with ScriptedServer(source) as server:
        paginate = {"style": "page", "size": 10}
        text = definition(source=pages(server.url, paginate=paginate))
        world.link("orders", text)

        event = world.run()
        (failed,) = world.engine.batches(str(event.id), state="failed").items
        asked = len(server.seen)
        child = retried(world, event)

    assert (event.records.written, event.batches.failed) == (90, 1)
    assert {"page": 3, "alone": True}.items() <= dict(failed.scope).items()
    assert (child.batches.planned, child.records.written) == (1, 10)
    assert len(server.seen) == asked + 1
    assert len(world.rows()) == 100


def test_a_chain_that_broke_keeps_its_cursor_and_goes_on_from_there(world: World) -> None:
    source = Pages(ORDERS, faults={30: [Answered(400)]})
    with ScriptedServer(source) as server:
        paginate = {"style": "cursor", "next": "next", "size_param": "limit", "size": 10}
        world.link("orders", definition(source=pages(server.url, paginate=paginate)))

        event = world.run()
        (failed,) = world.engine.batches(str(event.id), state="failed").items
        child = retried(world, event)

    assert event.records.written == 30
    assert (child.batches.planned, child.records.written) == (7, 70)
    assert failed.scope["cursor"] == "30"
    assert "alone" not in failed.scope


# Windows


CHANGES = {"changed_since": "since", "changed_format": "iso"}


def test_a_source_that_knows_no_upper_bound_refuses_until_in_words(world: World) -> None:
    """M4."""
    with ScriptedServer(Pages(ORDERS)) as server:
        world.link("orders", definition(source=pages(server.url, **CHANGES)))
        options = RunOptions(actor="ana", since="2026-01-01", until="2026-02-01")

        with pytest.raises(Misused, match="leave --until away, or name its parameter"):
            world.engine.run("orders", options, stop=Stop())

    assert server.seen == []


def test_a_window_with_both_ends_is_asked_for_on_every_page(world: World) -> None:
    """M3, M4: fixed before the first fetch."""
    with ScriptedServer(Pages(ORDERS, since="never asked")) as server:
        source = pages(server.url, **CHANGES, changed_until="before")
        world.link("orders", definition(source=source))

        world.run(since="2026-01-01", until="2026-02-01T12:00:00Z")
        asked = len(server.seen)
        world.run()

    ends = [(seen.query.get("since"), seen.query.get("before")) for seen in server.seen]
    assert set(ends[:asked]) == {("2026-01-01T00:00:00Z", "2026-02-01T12:00:00Z")}
    (whole,) = set(ends[asked:])
    assert whole[0] is None
    assert datetime.now(UTC) - datetime.fromisoformat(str(whole[1])) < timedelta(minutes=1)


def test_a_question_with_a_body_is_posted_on_every_page(world: World) -> None:
    body: dict[str, Any] = {"status": ["open", "held"], "deep": {"yes": True, "n": 3}}
    with ScriptedServer(Pages(ORDERS[:30])) as server:
        source = pages(server.url, method="POST", body=body)
        world.link("orders", definition(source=source))

        event = world.run()

    assert event.records.written == 30
    assert {seen.method for seen in server.seen} == {"POST"}
    assert {seen.headers["content-type"] for seen in server.seen} == {"application/json"}
    assert all(seen.json == body for seen in server.seen)
