"""Records a target would not take, and what stops a Load altogether: tier, class, tries, waits."""

import json
from typing import Any

import pytest

from engine.adapters.http.options import (
    BearerAuth,
    Breaker,
    Timeouts,
)
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)
from tests.adapters.http_ends import Waits, a_target, load_of, push
from tests.servers.scripted import (
    Hang,
    Json,
    Redirect,
    Reset,
    ScriptedServer,
    Status,
    in_turn,
)
from tests.servers.systems import Shelf

OK = Json({"ok": True})
THINGS = "/things/{id}"
QUICK = Timeouts(connect=0.5, read=0.3, total=0.5)  # type: ignore[arg-type]
BACKOFF = [1.0, 2.0]


def classes(named: tuple[tuple[int, SyncError], ...]) -> dict[int, str]:
    return {row: error.code for row, error in named}


@pytest.mark.parametrize(
    ("answer", "error_class", "waits"),
    [
        (Status(400), ErrorClass.VALIDATION, []),
        (Status(403), ErrorClass.AUTHORIZATION, []),
        (Status(404), ErrorClass.REFERENCE, []),
        (Status(405), ErrorClass.SCHEMA, []),
        (Status(409), ErrorClass.DUPLICATE, []),
        (Status(410), ErrorClass.REFERENCE, []),
        (Status(412), ErrorClass.BUSINESS_RULE, []),
        (Status(413), ErrorClass.VALIDATION, []),
        (Status(422), ErrorClass.VALIDATION, []),
        (Status(501), ErrorClass.UNCLASSIFIED, []),
        (Status(408), ErrorClass.TRANSIENT, BACKOFF),
        (Status(429, retry_after="7"), ErrorClass.TRANSIENT, [7.0, 7.0]),
        (Status(500), ErrorClass.TRANSIENT, BACKOFF),
        (Status(502), ErrorClass.AVAILABILITY, BACKOFF),
        (Status(503), ErrorClass.AVAILABILITY, BACKOFF),
        (Status(504), ErrorClass.AVAILABILITY, BACKOFF),
    ],
)
def test_a_refused_record_fails_alone_with_its_class(
    answer: Any, error_class: ErrorClass, waits: list[float]
) -> None:
    """T3, T6."""
    slept = Waits()
    script = Shelf(faults={"2": [answer] * 3})
    with (
        ScriptedServer(script) as server,
        a_target(server.url + THINGS, waits=slept) as target,
    ):
        receipt = push(target, 1, 2, 3)

    ((row, error),) = receipt.refused
    assert (row, type(error), error.error_class) == (1, RecordSyncError, error_class)
    assert error.code == f"http_{answer.status}"
    assert (receipt.written, receipt.error, slept.slept) == (2, None, waits)
    assert len(error.attempts) == len(waits) + 1
    assert len(server.seen) == 3 + len(waits)


def test_a_record_written_at_the_second_try_is_written_and_its_first_try_is_on_record() -> (
    None
):
    slept = Waits()
    with (
        ScriptedServer(Shelf(faults={"2": [Status(503)]})) as server,
        a_target(server.url + THINGS, waits=slept) as target,
    ):
        receipt = push(target, 1, 2)

    assert (receipt.written, slept.slept) == (2, [1.0])
    assert [(each.number, each.wait) for each in receipt.attempts] == [(1, 1.0)]


@pytest.mark.parametrize(
    ("body", "words", "field"),
    [
        ({"message": "email is taken"}, "email is taken", None),
        ({"error": "no such country"}, "no such country", None),
        ({"error": {"message": "too long", "param": "note"}}, "too long", "note"),
        (
            {"title": "Invalid", "errors": [{"field": "email", "detail": "no at-sign"}]},
            "no at-sign",
            "email",
        ),
        ({"detail": "line one\n  line two"}, "line one line two", None),
        ({"errors": ["first", "second"]}, "first", None),
        ("plain words", "plain words", None),
        ({"message": "x" * 500}, "x" * 199 + "…", None),
        ({"code": 7}, None, None),
    ],
)
def test_the_servers_own_words_are_kept(
    body: Any, words: str | None, field: str | None
) -> None:
    with (
        ScriptedServer(in_turn(Json(body, 422))) as server,
        a_target(server.url + THINGS) as target,
    ):
        ((_, error),) = push(target, 1).refused

    said = error.message.partition(" answered 422 ")[2].partition(": ")[2]
    assert (said or None, error.field) == (words, field)


def test_bad_credentials_stop_the_run_and_refuse_what_is_left() -> None:
    """T1: 401 anywhere."""
    script = Shelf(faults={"2": [Status(401)]})
    with ScriptedServer(script) as server, a_target(server.url + THINGS) as target:
        first, second = target.push([load_of(1, 2, 3), load_of(4, 5, batch=2)])

    assert isinstance(first.error, SystemSyncError)
    assert first.error.error_class is ErrorClass.AUTHORIZATION
    assert (first.written, [row for row, _ in first.refused]) == (1, [1, 2])
    assert (second.written, [row for row, _ in second.refused]) == (0, [0, 1])
    assert second.error is first.error
    assert len(server.seen) == 2


def test_a_redirect_to_another_server_stops_the_run_and_nothing_goes_there() -> None:
    """Fault 19."""
    with (
        ScriptedServer(in_turn(OK)) as elsewhere,
        ScriptedServer(in_turn(Redirect(elsewhere.url, 307))) as server,
        a_target(server.url + THINGS, auth=BearerAuth(bearer="t0ken")) as target,
    ):
        receipt = push(target, 1, 2)

    assert isinstance(receipt.error, SystemSyncError)
    assert (elsewhere.seen, len(server.seen)) == ([], 1)


def test_a_write_is_not_turned_into_a_question_by_a_redirect() -> None:
    with (
        ScriptedServer(in_turn(Redirect("/elsewhere", 302))) as server,
        a_target(server.url + THINGS) as target,
    ):
        receipt = push(target, 1)

    assert receipt.written == 0
    assert [each.method for each in server.seen] == ["PUT"]


def test_a_refused_connection_fails_the_batch_as_refused() -> None:
    """T1: rows not known to be written are refused by it."""
    with ScriptedServer(Shelf()) as server:
        url = server.url
    slept = Waits()
    with a_target(url + THINGS, waits=slept) as target:
        receipt = push(target, 1, 2, 3)

    assert isinstance(receipt.error, BatchSyncError)
    assert (receipt.error.refused, receipt.error.code) == (True, "refused")
    assert [row for row, _ in receipt.refused] == [0, 1, 2]
    assert slept.slept == BACKOFF


def test_five_records_tried_in_vain_spare_the_target_the_others() -> None:
    """500 is about a request: it tells of no outage, however often it comes."""
    slept = Waits()
    with (
        ScriptedServer(in_turn(OK, Status(500))) as server,
        a_target(server.url + THINGS, waits=slept) as target,
    ):
        receipt = push(target, *range(20))

    assert isinstance(receipt.error, BatchSyncError)
    assert (receipt.written, len(receipt.refused)) == (1, 19)
    assert not receipt.error.refused
    assert len(server.seen) == 1 + 5 * 3


def test_a_cancel_ends_a_wait_at_once_and_keeps_what_is_written_on_the_books() -> None:
    waits = Waits(stop_at=1)
    with (
        ScriptedServer(Shelf(faults={"2": [Status(503, retry_after="250")]})) as server,
        a_target(server.url + THINGS, waits=waits) as target,
    ):
        receipt = push(target, 1, 2, 3)

    assert (receipt.written, waits.slept, len(server.seen)) == (1, [250], 2)
    assert classes(receipt.refused) == {1: "stopped", 2: "stopped"}
    assert receipt.error is not None
    assert receipt.error.error_class is ErrorClass.TRANSIENT


def test_the_books_balance_whatever_happens() -> None:
    """S3: written + refused + in doubt = rows."""
    script = Shelf(
        faults={"1": [Status(422)], "2": [Status(503)] * 9, "4": [Hang()] * 9},
        after={"3": [Reset()] * 9},
    )
    with (
        ScriptedServer(script) as server,
        a_target(
            server.url + THINGS, timeout=QUICK, breaker=Breaker(failures=100)
        ) as target,
    ):
        receipt = push(target, *range(8))

    named = [row for row, _ in (*receipt.refused, *receipt.in_doubt)]
    assert receipt.written + len(named) == 8
    assert sorted(named) == [1, 2, 3, 4]
    assert json.loads(server.seen[0].body)["id"] == 0
