"""One gate for all who ask a system: what a server sees of rates, pauses, outages and retries."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest

from engine.adapters.http.calling import HttpCaller, HttpCallOptions
from engine.adapters.http.gate import Gate, cell_of
from engine.adapters.http.options import Breaker
from engine.domain.adapter import Sleep, Stopped
from engine.domain.call import CallContext
from engine.domain.errors import BatchSyncError, ErrorClass
from engine.domain.pacing import Limits
from engine.domain.retry import Jitter, RetryPolicy
from engine.sync.board import Board
from tests.adapters.http_ends import Waits, a_source, a_target, push
from tests.servers.scripted import Answer, Json, ScriptedServer, Seen, Status, in_turn

GOOD = Json([{"id": 1}])
ONCE = RetryPolicy(max_attempts=1)
AT_ONCE = RetryPolicy(max_attempts=4, delay_ms=0, jitter=Jitter.NONE)
SHORT = Breaker(failures=5, pause=0.1, patience=0.35)  # type: ignore[arg-type]
EVERYTHING = {"what": "everything"}


def ask_all(url: str, times: int, *, threads: int = 4, **options: Any) -> list[str]:
    """Sources of their own in threads of their own, each asking in turn: what came of it all."""

    def asked(_: int) -> list[str]:
        with a_source(url, waits=time.sleep, **options) as source:  # type: ignore[arg-type]
            return [_outcome(source) for _ in range(times)]

    def _outcome(source: Any) -> str:
        try:
            source.fetch(EVERYTHING)
        except BatchSyncError as failure:
            return failure.code
        return "good"

    with a_source(url, waits=time.sleep, **options) as kept:  # type: ignore[arg-type]
        _outcome(kept)
        with ThreadPoolExecutor(threads) as pool:
            return [code for codes in pool.map(asked, range(threads)) for code in codes]


def a_gate(
    system: str, path: str | None, *, sleep: Sleep | None = None, rate: float | None = None
) -> Gate:
    """The gate before the orders of a system."""
    cells = (cell_of(system, path), cell_of(f"{system} orders", path))
    return Gate(*cells, Limits(rate=rate), sleep or Waits())


# rate


def test_threads_share_one_rate() -> None:
    with ScriptedServer(in_turn(GOOD)) as server:
        ask_all(server.url, 5, rate=100.0)

    took = server.seen[-1].at - server.seen[0].at
    assert len(server.seen) == 21
    assert took >= 20 / 100 - 0.01


def test_a_cancel_ends_the_wait_for_a_place_in_the_rate() -> None:
    slept = Waits(stop_at=1)
    with (
        ScriptedServer(in_turn(GOOD)) as server,
        a_source(server.url, waits=slept, rate=0.001) as source,
    ):
        source.fetch(EVERYTHING)
        with pytest.raises(Stopped):
            source.fetch(EVERYTHING)

    assert len(server.seen) == 1
    assert 999 < slept.slept[0] <= 1000


def _enter(path: str, times: int, line: Any) -> None:
    """A worker process that passes the gate so often, and tells when."""
    with closing(a_gate("shop.example", path, sleep=time.sleep, rate=200.0)) as gate:
        moments = []
        for _ in range(times):
            gate.enter()
            moments.append(time.monotonic())
    line.send(moments)
    line.close()


def _pause_and_die(path: str) -> None:
    """A worker process that pauses everybody, and is killed while it holds the lock."""
    import os
    import signal

    def killed(pace: Any) -> Any:
        os.kill(os.getpid(), signal.SIGKILL)
        return pace, None

    a_gate("shop.example", path).pause(60)
    cell_of("shop.example", path).change(killed)


def in_processes(*calls: tuple[Callable[..., None], tuple[Any, ...]]) -> None:
    """Each in a process of its own, all at once, to the end."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=call, args=args) for call, args in calls]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def test_worker_processes_share_one_rate() -> None:
    with closing(Board()) as board:
        lines = [multiprocessing.Pipe(duplex=False) for _ in range(2)]
        in_processes(*((_enter, (board.path, 40, theirs)) for _, theirs in lines))
        assert all(ours.poll(0) for ours, _ in lines)
        moments = sorted(moment for ours, _ in lines for moment in ours.recv())

    gaps = [after - before for before, after in pairwise(moments)]
    assert len(moments) == 80
    assert sum(gaps) >= 79 / 200 - 0.02 or max(gaps) > 0.1  # one was born much later
    assert all(
        sum(first <= other < first + 0.1 for other in moments) <= 23 for first in moments
    )


def test_a_worker_killed_in_the_midst_of_it_holds_up_nobody() -> None:
    """And what it said before stands: everybody is paused."""
    with closing(Board()) as board:
        in_processes((_pause_and_die, (board.path,)))
        slept = Waits()
        a_gate("shop.example", board.path, sleep=slept).enter()

    assert 50 < slept.slept[0] <= 60


def test_systems_do_not_share_a_row_and_a_board_that_is_full_is_done_without() -> None:
    with closing(Board()) as board:
        gates = [a_gate(f"shop{n}.example", board.path) for n in range(300)]
        gates[0].pause(60)

        assert gates[0].hold() > 50
        assert [gate.hold() for gate in gates[1:]] == [0.0] * 299


# Retry-After


def test_one_429_pauses_everybody_who_asks_that_system() -> None:
    """RELIABILITY (c) 8: as the server's clock saw it, threads with sources of their own."""
    busy = threading.Event()

    def script(seen: Seen) -> Answer:
        if not busy.is_set():
            busy.set()
            return Status(429, retry_after="0.5")
        return GOOD

    with ScriptedServer(script) as server:
        ask_all(server.url, 3, retry=AT_ONCE)

    first, *others = server.seen
    late = [seen.at - first.at for seen in others]
    assert len(others) == 13
    assert 0.49 <= min(late) <= 1.5


# outages


def test_an_outage_is_looked_into_now_and_then_and_not_stormed() -> None:
    """RELIABILITY (c) 2: five tries, then one every `pause`; then Batches fail at once."""
    with ScriptedServer(in_turn(Status(503))) as server:
        codes = ask_all(server.url, 50, retry=AT_ONCE, breaker=SHORT)

    took = server.seen[-1].at - server.seen[0].at
    looks = len(server.seen) - 5
    assert len(codes) == 200
    assert {"http_503", "out_of_order"} >= set(codes)
    assert codes.count("out_of_order") > 150
    # The threads that were under way when it began may each have had one more.
    assert looks <= took / 0.1 + 1 + 4


def test_an_outage_that_ends_in_time_costs_no_batch() -> None:
    """The others wait meanwhile; nothing is lost but time."""
    began = time.monotonic()

    def script(seen: Seen) -> Answer:
        return Status(503) if seen.at - began < 0.25 else GOOD

    patient = Breaker(failures=5, pause=0.1, patience=5.0)  # type: ignore[arg-type]
    with ScriptedServer(script) as server:
        codes = ask_all(server.url, 5, threads=8, retry=AT_ONCE, breaker=patient)

    assert codes == ["good"] * 40
    assert len(server.seen) <= 41 + 5 + 8 + 4


def test_what_was_not_sent_says_so_and_is_ephemeral() -> None:
    """T1, T2: availability; it counts towards `consecutive_refused` only where nobody listens."""
    slept = Waits()
    with (
        ScriptedServer(in_turn(Status(503))) as server,
        a_target(server.url + "/things/{id}", waits=slept, retry=ONCE) as target,
    ):
        receipts = [push(target, number) for number in range(20)]

    error = receipts[-1].error
    assert isinstance(error, BatchSyncError)
    assert (error.code, error.error_class) == ("out_of_order", ErrorClass.AVAILABILITY)
    assert (error.refused, error.attempts) == (False, ())
    assert error.message.endswith(
        "has been out of order for 120 s; requests go out again when it answers"
    )
    # Five begin the outage, four look into it, the others are not sent.
    assert [receipt.error is None for receipt in receipts] == [True] * 9 + [False] * 11
    assert len(server.seen) == 5 + 4
    assert slept.slept == pytest.approx([30.0] * 4, abs=0.5)


def test_an_endpoint_that_is_well_says_nothing_of_its_neighbour() -> None:
    """One host: orders are read, writes are not taken; no good page ends the writes' outage."""

    def script(seen: Seen) -> Answer:
        return GOOD if seen.method == "GET" else Status(503)

    slept = Waits()
    with (
        ScriptedServer(script) as server,
        a_source(server.url) as source,
        a_target(server.url + "/things/{id}", waits=slept, retry=ONCE) as target,
    ):
        for number in range(20):
            source.fetch(EVERYTHING)
            push(target, number)

    asked = [seen.method for seen in server.seen]
    assert (asked.count("GET"), asked.count("PUT")) == (20, 5 + 4)


def test_a_pause_is_the_whole_systems_and_a_place_waited_for_is_lost_to_it() -> None:
    slept, began = Waits(), time.monotonic()
    first = a_gate("shop.example", None, sleep=slept, rate=1.0)
    other = Gate(
        cell_of("shop.example", None), cell_of("shop.example things", None), Limits(), slept
    )

    def sleep(seconds: float) -> None:
        slept(seconds)
        if len(slept.slept) == 1:
            other.pause(60)

    late = a_gate("shop.example", None, sleep=sleep, rate=1.0)
    first.enter()
    late.enter()
    for gate in (first, other, late):
        gate.close()

    place, pause = slept.slept
    assert (0 < place <= 1, 58 < pause <= 60) == (True, True)
    assert time.monotonic() - began < 5


def test_a_call_is_held_to_it_as_well() -> None:
    """Four Batches of forty records; what is not asked fails with its record."""
    with ScriptedServer(in_turn(Status(503))) as server:
        options = HttpCallOptions(url=server.url + "/{id}", breaker=SHORT)
        context = CallContext(
            link="orders", stage="tier", parallel=4, folder=".", system="tiers",
            retry=ONCE, sleep=time.sleep,
        )  # fmt: skip
        with closing(HttpCaller(options, context)) as caller:
            replies = [
                reply
                for _ in range(4)
                for reply in caller.ask([{"id": number} for number in range(40)])
            ]

    took = server.seen[-1].at - server.seen[0].at
    assert {reply.error.error_class for reply in replies if reply.error} == {
        ErrorClass.AVAILABILITY
    }
    assert all(reply.error is not None for reply in replies)
    assert len(server.seen) <= 5 + 4 + took / 0.1 + 1


def test_statuses_that_speak_of_a_request_begin_no_outage() -> None:
    """429 and 500 are answers; neither says that the system is gone."""
    for status in (429, 500):
        with ScriptedServer(in_turn(Status(status))) as server:
            codes = ask_all(server.url, 5, retry=ONCE, breaker=SHORT)

        assert codes == [f"http_{status}"] * 20
        assert len(server.seen) == 21


# how much is tried again


def test_retries_are_held_to_a_tenth_of_the_requests() -> None:
    """RELIABILITY (a), (g): 500 for everything; four tries each would be 4,004 requests."""
    with ScriptedServer(in_turn(Status(500))) as server:
        codes = ask_all(server.url, 250, retry=AT_ONCE)

    took = server.seen[-1].at - server.seen[0].at
    assert codes == ["http_500"] * 1000
    assert len(server.seen) <= 1001 + 100 + took / 10 + 1


def test_a_try_that_was_not_made_is_told() -> None:
    with (
        ScriptedServer(in_turn(Status(500))) as server,
        a_source(server.url, retry=RetryPolicy(max_attempts=1000, delay_ms=0)) as source,
        pytest.raises(BatchSyncError, match="held to one in ten requests") as failure,
    ):
        source.fetch(EVERYTHING)

    assert len(failure.value.attempts) == len(server.seen) == 101


def test_a_wait_that_the_server_names_spends_nothing() -> None:
    many = RetryPolicy(max_attempts=300, delay_ms=0)
    with (
        ScriptedServer(in_turn(*[Status(429, retry_after="0")] * 200, GOOD)) as server,
        a_source(server.url, retry=many) as source,
    ):
        fetched = source.fetch(EVERYTHING)

    assert (fetched.count, len(server.seen)) == (1, 201)
