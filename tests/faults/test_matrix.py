"""Every fault a server can do, by source, call, target: RELIABILITY's catalogue, 1 to 22.

A row says what each end takes the fault for: tier, class, durability (E or D), the requests that
the server saw, and the waits between them. `None`: nothing failed. The policy is three tries with
waits of 1 and 2 seconds.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from engine.domain.delta import Window
from engine.domain.errors import SyncError, SystemSyncError
from engine.domain.retry import Responses, StatusRange
from tests.adapters.http_ends import Waits, a_source, first_page
from tests.faults.matrix import (
    CAP,
    RETRY,
    D,
    E,
    Meeting,
    Met,
    at_call,
    at_post,
    at_source,
    at_target,
)
from tests.servers.scripted import (
    Answer,
    Body,
    Bomb,
    Chunks,
    Cut,
    Dripped,
    Garbage,
    Hang,
    Json,
    Misstated,
    Redirect,
    Reset,
    ScriptedServer,
    Status,
    Unframed,
    in_turn,
)

GOOD = Json({"data": [{"id": 2}], "total": 3})
LONG = Json({"data": [{"id": 2, "note": "x" * 200}], "total": 3})
HTML = Body(b"<html>Sign in</html>", kind="text/html")
ELSEWHERE = Redirect("http://elsewhere.example/", 307)
UNENDED = Unframed(Body(b'{"data": [{"id"'))
DRIPPED_HEAD = Dripped(LONG, every=0.02, head=True)
LONG_PAST = "Thu, 01 Jan 1970 00:00:00 GMT"
FAR_FUTURE = "Fri, 31 Dec 99999 23:59:59 GMT"
BACKOFF = (1.0, 2.0)


def after(seconds: float) -> str:
    """An HTTP date that is so many seconds away."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def stop(tier: str, error_class: str, durability: str = "D") -> Met:
    """One request, and no more."""
    return Met(tier, error_class, D if durability == "D" else E, 1)


def again(tier: str, error_class: str, waits: tuple[float, ...] = BACKOFF) -> Met:
    """Three tries, all in vain; ephemeral."""
    return Met(tier, error_class, E, 1 + len(waits), waits)


# What the three tries, with waits of 1 and 2 seconds, come to.
B_TRANSIENT, R_TRANSIENT = again("batch", "transient"), again("record", "transient")
B_DOWN, R_DOWN = again("batch", "availability"), again("record", "availability")
DOUBT = again("in doubt", "partial_load")
# What is not tried again.
B_SCHEMA, R_SCHEMA = stop("batch", "schema"), stop("record", "schema")
R_INVALID, R_ABSENT = stop("record", "validation"), stop("record", "reference")
S_ACCESS, R_ACCESS = stop("system", "authorization"), stop("record", "authorization")
R_UNKNOWN, R_TWICE = stop("record", "unclassified"), stop("record", "duplicate")
S_ELSEWHERE = stop("system", "unclassified")
CIRCLE = Met("system", "unclassified", D, 5)

Row = tuple[str, Answer, Met | None, Met | None, Met | None]


def waited(fault: str, answer: Answer, error_class: str, *waits: float) -> Row:
    """A row whose waits the server names."""
    record = again("record", error_class, waits)
    return (fault, answer, again("batch", error_class, waits), record, record)


TABLE: list[Row] = [
    # fault, answer, source, call, target
    ("4 401", Status(401), S_ACCESS, S_ACCESS, S_ACCESS),
    ("4 403", Status(403), S_ACCESS, R_ACCESS, R_ACCESS),
    ("5 404", Status(404), B_SCHEMA, R_ABSENT, R_ABSENT),
    ("5 410", Status(410), B_SCHEMA, R_ABSENT, R_ABSENT),
    ("6 400", Status(400), B_SCHEMA, R_INVALID, R_INVALID),
    ("7 422", Status(422), B_SCHEMA, R_INVALID, R_INVALID),
    waited("8 429, wait 7 s", Status(429, retry_after="7"), "transient", 7, 7),
    waited("8 503, wait 1.5 s", Status(503, retry_after="1.5"), "availability", 1.5, 1.5),
    (
        "8 429, wait beyond the most",
        Status(429, retry_after="301"),
        stop("batch", "transient", "E"),
        stop("record", "transient", "E"),
        stop("record", "transient", "E"),
    ),
    waited("9 503, negative", Status(503, retry_after="-5"), "availability", 0, 0),
    waited("9 503, past", Status(503, retry_after=LONG_PAST), "availability", 0, 0),
    ("9 429, none named", Status(429), B_TRANSIENT, R_TRANSIENT, R_TRANSIENT),
    ("9 503, 1m0s", Status(503, retry_after="1m0s"), B_DOWN, R_DOWN, R_DOWN),
    ("9 503, a list", Status(503, retry_after="120, 60"), B_DOWN, R_DOWN, R_DOWN),
    ("9 503, empty", Status(503, retry_after=""), B_DOWN, R_DOWN, R_DOWN),
    ("9 503, year 99999", Status(503, retry_after=FAR_FUTURE), B_DOWN, R_DOWN, R_DOWN),
    ("10 408", Status(408), B_TRANSIENT, R_TRANSIENT, R_TRANSIENT),
    ("10 425", Status(425), B_TRANSIENT, R_TRANSIENT, R_TRANSIENT),
    ("10 500", Status(500), B_TRANSIENT, R_TRANSIENT, R_TRANSIENT),
    ("10 501", Status(501), stop("batch", "unclassified"), R_UNKNOWN, R_UNKNOWN),
    ("10 502", Status(502), B_DOWN, R_DOWN, R_DOWN),
    ("10 504", Status(504), B_DOWN, R_DOWN, R_DOWN),
    ("11 409", Status(409), B_SCHEMA, R_TWICE, R_TWICE),
    ("12 413", Status(413), B_SCHEMA, R_INVALID, R_INVALID),
    ("13 acted on, then reset", Reset(LONG, after=60), B_TRANSIENT, R_TRANSIENT, DOUBT),
    ("14 reset", Reset(), B_TRANSIENT, R_TRANSIENT, DOUBT),
    ("14 body cut short", Cut(LONG, keep=20), B_TRANSIENT, R_TRANSIENT, None),
    ("14 early end", Misstated(GOOD, length=999), B_TRANSIENT, R_TRANSIENT, None),
    ("14 no length, no end", UNENDED, B_TRANSIENT, R_TRANSIENT, None),
    (
        "14 broken chunks",
        Chunks(b"5\r\nhello\r\nno size\r\n"),
        B_TRANSIENT,
        R_TRANSIENT,
        None,
    ),
    ("14 no HTTP at all", Garbage(), B_TRANSIENT, R_TRANSIENT, DOUBT),
    ("15 silence", Hang(), B_TRANSIENT, R_TRANSIENT, DOUBT),
    ("15 a head in drips", DRIPPED_HEAD, B_TRANSIENT, R_TRANSIENT, DOUBT),
    ("15 a body in drips", Dripped(LONG), B_TRANSIENT, R_TRANSIENT, None),
    ("16 a login page", HTML, B_SCHEMA, R_SCHEMA, None),
    ("16 another shape", Json({"rows": []}), B_SCHEMA, None, None),
    ("19 elsewhere", ELSEWHERE, S_ELSEWHERE, S_ELSEWHERE, S_ELSEWHERE),
    ("19 in a circle", Redirect("/things/2?page=2", 307), CIRCLE, CIRCLE, CIRCLE),
    ("20 a bomb", Bomb(50_000_000), B_SCHEMA, R_SCHEMA, None),
    ("20 too large", Body(b" " * (CAP + 1)), B_SCHEMA, R_SCHEMA, None),
]
"""Faults that an answer makes. A target needs no more of a success than its status."""


@pytest.mark.parametrize(
    ("answer", "source", "call", "target"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_every_fault_is_taken_for_what_it_is(
    answer: Answer, source: Met | None, call: Met | None, target: Met | None
) -> None:
    """T1, T2, T3, T6."""
    assert at_source(answer) == source
    assert at_call(answer) == call
    assert at_target(answer) == target


def test_8_a_date_in_retry_after_is_waited_for() -> None:
    for meet in (at_source, at_call, at_target):
        met = meet(Status(429, retry_after=after(30)))

        assert met is not None
        assert met.requests == 3
        assert all(27 < wait <= 30 for wait in met.waits)


@pytest.mark.parametrize("answer", [Reset(), Hang(), Garbage(), DRIPPED_HEAD], ids=repr)
def test_13_what_may_not_be_sent_twice_is_sent_once_and_in_doubt(answer: Answer) -> None:
    """K3: a POST without a lookup waits for a person."""
    assert at_post(answer) == Met("in doubt", "partial_load", E, 1)


@pytest.mark.parametrize("meet", [at_source, at_call, at_target])
def test_interval_and_hops_stand_for_the_profiles_waits(meet: Meeting) -> None:
    """`responses: {interval_s: 60, hops: 2}`: two repeats, a minute apart."""
    met = meet(Status(503), responses=Responses(interval_s=60, hops=2))

    assert met is not None
    assert (met.requests, met.waits) == (3, (60, 60))


@pytest.mark.parametrize("meet", [at_source, at_call, at_target])
def test_lists_of_a_definition_decide_over_the_catalogue(meet: Meeting) -> None:
    """409 is repeated, 503 stops at once, 404 is success."""
    lists = Responses(
        success=(StatusRange(200, 299), StatusRange(404, 404)),
        repeat=(StatusRange(409, 409),),
        stop=(StatusRange(500, 599),),
    )
    repeated = meet(Status(409), responses=lists)
    stopped = meet(Status(503), responses=lists)

    assert repeated is not None
    assert stopped is not None
    assert (repeated.requests, stopped.requests) == (3, 1)


# 1-3: what happens before there is an answer


@contextmanager
def nobody() -> Iterator[str]:
    """An address on loopback where nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def a_full_queue() -> Iterator[str]:
    """A listener that accepts nothing more, so that connecting takes for ever."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        place = listener.getsockname()
        waiting = [socket.socket() for _ in range(2)]
        for each in waiting:
            each.setblocking(False)  # noqa: FBT003 - as the standard library has it
            each.connect_ex(place)
        yield f"http://127.0.0.1:{place[1]}"
        for each in waiting:
            each.close()


@contextmanager
def no_such_name() -> Iterator[str]:
    """A name that no resolver knows."""
    yield "http://nobody.invalid"


@pytest.mark.parametrize("nowhere", [nobody, a_full_queue, no_such_name])
def test_1_2_where_no_connection_stands_nothing_is_sent(nowhere: object) -> None:
    """T1: in the middle of a run it fails a Batch, or a Record of a call; ephemeral."""
    down = Met("batch", "availability", E, 0, BACKOFF)
    with nowhere() as url:  # type: ignore[operator]
        assert at_source(None, url) == down
        assert at_call(None, url) == replace(down, tier="record")
        written = at_target(None, url)

    # A target that is not there is spared the Batch's other records; one that is slow is not.
    assert written == replace(down, tier="record" if nowhere is a_full_queue else "batch")


def test_1_a_source_that_cannot_be_reached_at_the_start_stops_the_run() -> None:
    slept = Waits()
    with (
        nobody() as url,
        a_source(url, waits=slept, retry=RETRY) as source,
        pytest.raises(
            SystemSyncError, match=r"127\.0\.0\.1.*refused the connection"
        ) as failure,
    ):
        source.plan_fetch(Window())

    assert (failure.value.refused, tuple(slept.slept)) == (True, BACKOFF)


# 5: the endpoint itself


def test_5_an_endpoint_that_is_not_there_stops_the_run_while_planning() -> None:
    with (
        ScriptedServer(in_turn(Status(404))) as server,
        a_source(server.url, retry=RETRY) as source,
        pytest.raises(SystemSyncError, match="check url"),
    ):
        source.plan_fetch(Window())

    assert len(server.seen) == 1


def test_6_the_servers_name_of_the_request_is_told() -> None:
    """For whoever asks its owner about it."""
    answer = Status(400, "no such field", x_request_id="req-7f3")
    with (
        ScriptedServer(in_turn(answer)) as server,
        a_source(server.url, retry=RETRY) as source,
        pytest.raises(SyncError) as failure,
    ):
        first_page(source)

    assert failure.value.message.endswith(": no such field (request 'req-7f3')")
