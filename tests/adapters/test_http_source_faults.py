"""Faults between a source and its server: tier, class, tries and waits, as the server sees them.

The rows follow the fault catalogue: 1-6, 8-10, 14-16, 19, 20.
"""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from engine.adapters.http.options import NumberedPages, Timeouts
from engine.domain.delta import Window
from engine.domain.errors import (
    BatchSyncError,
    Durability,
    ErrorClass,
    SyncError,
    SystemSyncError,
    durability_of,
)
from engine.domain.retry import PROFILES, Jitter, Responses, RetryPolicy, StatusRange
from tests.adapters.http_ends import STEADY, Waits, a_source, first_page, read_all
from tests.servers.scripted import (
    Answer,
    Body,
    Bomb,
    Cut,
    Dripped,
    Garbage,
    Hang,
    Json,
    Misstated,
    Packed,
    Redirect,
    Reset,
    ScriptedServer,
    Status,
    Unframed,
    in_turn,
)
from tests.servers.systems import Pages

GOOD = Json([{"id": 1}])
HTML = Body(b"<html><body>Sign in</body></html>", kind="text/html; charset=utf-8")
QUICK = Timeouts(connect=0.5, read=0.08, total=0.15)  # type: ignore[arg-type]
BACKOFF = [1.0, 2.0]
IN_AN_HOUR = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


def failure_of(
    script_answer: Answer, waits: Waits, **options: object
) -> tuple[SyncError, int]:
    """How a source that gets nothing but this answer fails, and how often it asked."""
    retry = options.pop("retry", STEADY)
    responses = options.pop("responses", Responses())
    with (
        ScriptedServer(in_turn(script_answer)) as server,
        a_source(
            server.url,
            waits=waits,
            timeout=QUICK if isinstance(script_answer, Hang | Dripped) else Timeouts(),
            max_body=10_000,
            retry=retry,  # type: ignore[arg-type]
            responses=responses,  # type: ignore[arg-type]
        ) as source,
        pytest.raises(SyncError) as failure,
    ):
        first_page(source)
    return failure.value, len(server.seen)


BATCH, SYSTEM = BatchSyncError, SystemSyncError
TRANSIENT, AVAILABILITY = ErrorClass.TRANSIENT, ErrorClass.AVAILABILITY
SCHEMA, AUTHORIZATION = ErrorClass.SCHEMA, ErrorClass.AUTHORIZATION
UNCLASSIFIED = ErrorClass.UNCLASSIFIED


@pytest.mark.parametrize(
    ("answer", "tier", "code", "error_class", "waits"),
    [
        # Worth another try: statuses of the profile, and all that cuts an answer short.
        (Status(408), BATCH, "http_408", TRANSIENT, BACKOFF),
        (Status(425), BATCH, "http_425", TRANSIENT, BACKOFF),
        (Status(429), BATCH, "http_429", TRANSIENT, BACKOFF),
        (Status(500), BATCH, "http_500", TRANSIENT, BACKOFF),
        (Status(502), BATCH, "http_502", AVAILABILITY, BACKOFF),
        (Status(503), BATCH, "http_503", AVAILABILITY, BACKOFF),
        (Status(504), BATCH, "http_504", AVAILABILITY, BACKOFF),
        (Hang(), BATCH, "timeout", TRANSIENT, BACKOFF),
        (Dripped(GOOD), BATCH, "timeout", TRANSIENT, BACKOFF),
        (Dripped(GOOD, head=True), BATCH, "timeout", TRANSIENT, BACKOFF),
        (Cut(GOOD, keep=5), BATCH, "connection_lost", TRANSIENT, BACKOFF),
        (Misstated(GOOD, length=500), BATCH, "connection_lost", TRANSIENT, BACKOFF),
        (Reset(), BATCH, "connection_lost", TRANSIENT, BACKOFF),
        (Reset(GOOD, after=70), BATCH, "connection_lost", TRANSIENT, BACKOFF),
        (Garbage(), BATCH, "connection_lost", TRANSIENT, BACKOFF),
        (Unframed(Body(b'[{"id": 1}, {"id"')), BATCH, "cut_short", TRANSIENT, BACKOFF),
        (
            Unframed(Body(Packed(GOOD).content[:-9], headers={"Content-Encoding": "gzip"})),
            BATCH,
            "cut_short",
            TRANSIENT,
            BACKOFF,
        ),
        # The server says when.
        (Status(429, retry_after="7"), BATCH, "http_429", TRANSIENT, [7.0, 7.0]),
        (Status(503, retry_after="1.5"), BATCH, "http_503", AVAILABILITY, [1.5, 1.5]),
        (Status(503, retry_after="-5"), BATCH, "http_503", AVAILABILITY, [0.0, 0.0]),
        (Status(503, retry_after="1m0s"), BATCH, "http_503", AVAILABILITY, BACKOFF),
        (Status(503, retry_after="120, 60"), BATCH, "http_503", AVAILABILITY, BACKOFF),
        (Status(503, retry_after=""), BATCH, "http_503", AVAILABILITY, BACKOFF),
        (Status(429, retry_after=str(10**20)), BATCH, "http_429", TRANSIENT, []),
        (Status(429, retry_after=IN_AN_HOUR), BATCH, "http_429", TRANSIENT, []),
        # Complete, but not what was asked for.
        (HTML, BATCH, "not_json", SCHEMA, []),
        (Body(b""), BATCH, "not_json", SCHEMA, []),
        (Body(b'{"data": ['), BATCH, "not_json", SCHEMA, []),
        (Body(b"[" * 100_000), BATCH, "too_large", SCHEMA, []),
        (Json({"data": []}), BATCH, "wrong_shape", SCHEMA, []),
        (Json("none"), BATCH, "wrong_shape", SCHEMA, []),
        (Bomb(50_000_000), BATCH, "too_large", SCHEMA, []),
        (Misstated(GOOD, length=10**18), BATCH, "too_large", SCHEMA, []),
        (
            Body(b"junk", headers={"Content-Encoding": "gzip"}),
            BATCH,
            "unreadable",
            SCHEMA,
            [],
        ),
        (Body(b"x", headers={"Content-Encoding": "br"}), BATCH, "unreadable", SCHEMA, []),
        (Status(400), BATCH, "http_400", SCHEMA, []),
        (Status(422), BATCH, "http_422", SCHEMA, []),
        (Status(501), BATCH, "http_501", UNCLASSIFIED, []),
        # Nothing can be read at all.
        (Status(401), SYSTEM, "http_401", AUTHORIZATION, []),
        (Status(403), SYSTEM, "http_403", AUTHORIZATION, []),
        (Status(404), SYSTEM, "http_404", SCHEMA, []),
        (Redirect("http://elsewhere.example/"), SYSTEM, "redirected", UNCLASSIFIED, []),
        (Redirect("ftp://elsewhere.example/"), SYSTEM, "redirected", UNCLASSIFIED, []),
        (Redirect("http://["), SYSTEM, "redirected", UNCLASSIFIED, []),
        (Redirect("http://127.0.0.1:99999/"), SYSTEM, "redirected", UNCLASSIFIED, []),
    ],
)
def test_each_fault_has_its_tier_class_tries_and_waits(
    answer: Answer,
    tier: type[SyncError],
    code: str,
    error_class: ErrorClass,
    waits: list[float],
) -> None:
    """T6, and the fault catalogue."""
    slept = Waits()

    failure, requests = failure_of(answer, slept)

    assert (type(failure), failure.code, failure.error_class) == (tier, code, error_class)
    assert slept.slept == waits
    assert requests == len(waits) + 1
    assert [attempt.number for attempt in failure.attempts] == [*range(1, requests + 1)]
    assert [attempt.wait for attempt in failure.attempts] == [*waits, 0.0]
    assert durability_of(error_class) is (
        Durability.EPHEMERAL
        if error_class in {TRANSIENT, AVAILABILITY}
        else Durability.DURABLE
    )


def test_an_html_page_is_named_as_what_it_is() -> None:
    failure, _ = failure_of(HTML, Waits())

    assert failure.message.endswith("expected JSON, got text/html")


def test_a_fault_that_passes_leaves_its_tries_on_record() -> None:
    answers = (Status(503, "down for a moment"), Reset(), GOOD)
    with ScriptedServer(in_turn(*answers)) as server, a_source(server.url) as source:
        fetched = first_page(source)

    assert fetched.rows == [{"id": 1}]
    assert [(attempt.number, attempt.wait) for attempt in fetched.attempts] == [
        (1, 1),
        (2, 2),
    ]
    assert "503 Service Unavailable: down for a moment" in fetched.attempts[0].message


def test_401_stops_the_run_on_a_later_page_too() -> None:
    """T1; 403 as well, while fetching."""
    for status in (401, 403):
        script = Pages([{"id": n} for n in range(30)], faults={2: [Status(status)]})
        with (
            ScriptedServer(script) as server,
            a_source(
                server.url,
                records="data",
                paginate=NumberedPages(style="page", size=10, total="meta.total"),
            ) as source,
            pytest.raises(SystemSyncError) as failure,
        ):
            read_all(source)

        assert failure.value.error_class is ErrorClass.AUTHORIZATION


def test_a_list_that_names_401_wins_over_the_rule() -> None:
    """Explicit lists win, and so does profile orchesty."""
    repeat = Responses(repeat=(StatusRange(401, 401),))
    stop = Responses(stop=(StatusRange(400, 428),))
    orchesty = PROFILES["orchesty"]

    repeated, asked = failure_of(Status(401), Waits(), responses=repeat)
    stopped, once = failure_of(Status(401), Waits(), responses=stop)
    of_profile, _ = failure_of(Status(401), Waits(), retry=orchesty)

    assert (asked, once) == (3, 1)
    assert {type(each) for each in (repeated, stopped, of_profile)} == {BatchSyncError}
    assert repeated.error_class is ErrorClass.AUTHORIZATION


def test_interval_and_hops_say_how_often_and_how_far_apart() -> None:
    slept = Waits()

    failure_of(Status(503), slept, responses=Responses(interval_s=60, hops=2))

    assert slept.slept == [60, 60]


def test_cannectors_tries_once() -> None:
    _, requests = failure_of(Reset(), Waits(), retry=PROFILES["cannectors"])

    assert requests == 1


def test_jitter_keeps_a_throttled_client_away_for_half_the_wait() -> None:
    slept = Waits()

    failure_of(Status(429), slept, retry=RetryPolicy(max_attempts=3, jitter=Jitter.FULL))

    assert 0.5 <= slept.slept[0] <= 1
    assert 1 <= slept.slept[1] <= 2


def test_a_date_in_retry_after_is_waited_for() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    slept = Waits()

    failure_of(Status(429, retry_after=soon), slept)

    assert all(27 < wait <= 30 for wait in slept.slept)


def closed_port() -> str:
    """An address on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_refused_connection_while_planning_stops_the_run() -> None:
    """T1: a source that cannot be reached while planning."""
    slept = Waits()
    with (
        a_source(closed_port(), waits=slept) as source,
        pytest.raises(SystemSyncError) as failure,
    ):
        source.plan_fetch(Window())

    assert (failure.value.code, failure.value.refused) == ("refused", True)
    assert failure.value.error_class is ErrorClass.AVAILABILITY
    assert slept.slept == BACKOFF
    assert "refused the connection" in failure.value.message


def test_a_refused_connection_later_fails_the_batch_and_says_so() -> None:
    """T1: so that the runner can count refusals in a row."""
    with a_source(closed_port()) as source, pytest.raises(BatchSyncError) as failure:
        source.fetch({"what": "everything"})

    assert failure.value.refused
    assert len(failure.value.attempts) == 3


def test_a_name_nobody_knows_is_refused_by_name() -> None:
    with (
        a_source("http://nobody.invalid/orders") as source,
        pytest.raises(SystemSyncError) as failure,
    ):
        source.plan_fetch(Window())

    assert (failure.value.code, failure.value.refused) == ("dns", True)
    assert "nobody.invalid" in failure.value.message


def test_a_server_without_tls_is_told_apart_and_not_tried_again() -> None:
    slept = Waits()
    with (
        ScriptedServer(in_turn(GOOD)) as server,
        a_source(server.url.replace("http", "https"), waits=slept) as source,
        pytest.raises(SystemSyncError) as failure,
    ):
        source.plan_fetch(Window())

    assert (failure.value.code, failure.value.refused) == ("tls", True)
    assert slept.slept == []


def test_a_timeout_never_counts_as_refused() -> None:
    """T1: timeouts and statuses are no sign of a system that is down."""
    failure, _ = failure_of(Hang(), Waits())

    assert not failure.refused


def test_the_total_time_ends_a_silence_that_the_read_timeout_would_sit_out() -> None:
    """Fault 15."""
    patient = Timeouts(connect=5, read=300, total=0.1)  # type: ignore[arg-type]
    with (
        ScriptedServer(in_turn(Hang())) as server,
        a_source(server.url, timeout=patient) as source,
        pytest.raises(
            BatchSyncError, match=r"did not finish its answer within 0.1 s in all"
        ),
    ):
        first_page(source)

    assert len(server.seen) == 3


def test_the_status_stands_though_the_words_behind_it_are_cut_off() -> None:
    slept = Waits()

    failure, _ = failure_of(Cut(Status(503, "busy", retry_after="9"), keep=3), slept)

    assert failure.code == "http_503"
    assert slept.slept == [9, 9]


def test_a_huge_refusal_is_not_read_to_its_end() -> None:
    failure, _ = failure_of(Body(b"x" * 5_000_000, 500, "text/plain"), Waits())

    assert (failure.code, len(failure.message) < 300) == ("http_500", True)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("shop.example/orders", {}),
        ("ftp://shop.example", {}),
        ("http://shop.example:99999/", {}),
        ("http://[::1", {}),
    ],
)
def test_an_address_that_is_none_is_refused_in_words(
    url: str, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(SystemSyncError, match="correct url"),
        a_source(url, headers=headers),
    ):
        pass


def test_a_header_that_cannot_be_sent_stops_the_run_at_once() -> None:
    slept = Waits()
    with (
        ScriptedServer(in_turn(GOOD)) as server,
        a_source(server.url, waits=slept, headers={"X-A": "a\r\nX-B: b"}) as source,
        pytest.raises(SystemSyncError, match="cannot be sent"),
    ):
        source.plan_fetch(Window())

    assert (server.seen, slept.slept) == ([], [])
