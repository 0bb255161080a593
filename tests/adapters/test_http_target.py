"""What a target over HTTP sends, and what it says became of each record."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.adapters.http.options import (
    BearerAuth,
    LookupOptions,
    Timeouts,
    WrappedBody,
)
from engine.domain.adapter import Load, Lookup, Receipt, Writers
from engine.domain.adapter import Waits as WaitsFor
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)
from engine.domain.missing import MISSING
from engine.domain.retry import Responses, StatusRange
from tests.adapters.http_ends import Waits, a_target, load_of, push
from tests.servers.scripted import (
    Answer,
    Cut,
    Hang,
    Json,
    Redirect,
    Reset,
    ScriptedServer,
    Seen,
    Status,
    in_turn,
)
from tests.servers.systems import Shelf

OK = Json({"ok": True})
THINGS = "/things/{id}"
QUICK = Timeouts(connect=0.5, read=0.08, total=0.15)  # type: ignore[arg-type]
BACKOFF = [1.0, 2.0]


def classes(named: tuple[tuple[int, SyncError], ...]) -> dict[int, str]:
    return {row: error.code for row, error in named}


def sent(row: Mapping[str, Any], **options: Any) -> tuple[Seen, Receipt]:
    """The one request that writes this record, and its Receipt."""
    load = Load(1, [dict(row)], [(row.get("id"),)], None)
    url = options.pop("url", THINGS)
    with (
        ScriptedServer(in_turn(OK)) as server,
        a_target(server.url + url, **options) as target,
    ):
        (receipt,) = target.push([load])
    return server.seen[0], receipt


def test_each_record_is_put_to_its_own_address() -> None:
    with ScriptedServer(Shelf()) as server, a_target(server.url + THINGS) as target:
        receipt = push(target, 1, 2, 3)

    assert (receipt.written, receipt.refused, receipt.in_doubt) == (3, (), ())
    assert [(each.method, each.path) for each in server.seen] == [
        ("PUT", "/things/1"),
        ("PUT", "/things/2"),
        ("PUT", "/things/3"),
    ]
    assert server.seen[0].json == {"id": 1, "name": "name of 1"}
    assert server.seen[0].headers["content-type"] == "application/json"


def test_loads_get_a_receipt_each_in_order() -> None:
    with ScriptedServer(Shelf()) as server, a_target(server.url + THINGS) as target:
        receipts = target.push([load_of(1, 2, batch=7), load_of(3, batch=8)])

    assert [(each.batch, each.written) for each in receipts] == [(7, 2), (8, 1)]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("a/b?c#d", "/things/a%2Fb%3Fc%23d"),
        ("ä ö", "/things/%C3%A4%20%C3%B6"),
        ("100%", "/things/100%25"),
        ("..a", "/things/..a"),
        (True, "/things/true"),
        (Decimal("1.10"), "/things/1.10"),
        (date(2026, 1, 2), "/things/2026-01-02"),
    ],
)
def test_values_in_the_address_are_percent_encoded(value: Any, path: str) -> None:
    request, receipt = sent({"id": value})

    assert (request.target, receipt.written) == (path, 1)


@pytest.mark.parametrize("value", [None, "", "  ", ".", "..", MISSING, [1], "\ud800"])
def test_a_value_that_cannot_stand_in_the_address_is_a_record_error(value: Any) -> None:
    rows = [{"id": value}, {"id": 2}]
    with ScriptedServer(Shelf()) as server, a_target(server.url + THINGS) as target:
        (receipt,) = target.push([Load(1, rows, [(value,), (2,)], None)])

    ((row, error),) = receipt.refused
    assert (row, receipt.written, len(server.seen)) == (0, 1, 1)
    assert isinstance(error, RecordSyncError)
    assert error.error_class is ErrorClass.VALIDATION


def test_an_address_can_reach_inside_a_record() -> None:
    request, _ = sent(
        {"id": 1, "shop": {"code": "DE 1"}}, url="/shops/{shop.code}/orders/{id}"
    )

    assert request.target == "/shops/DE%201/orders/1"


def test_types_of_stages_arrive_as_json() -> None:
    """A Decimal keeps its own digits, a time says its zone, what is missing stays out."""
    request, _ = sent(
        {
            "id": 1,
            "amount": Decimal("1234567890.10"),
            "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            "day": date(2026, 1, 2),
            "none": None,
            "gone": MISSING,
        }
    )

    assert request.body == (
        b'{"id":1,"amount":1234567890.10,"at":"2026-01-02T03:04:05Z",'
        b'"day":"2026-01-02","none":null}'
    )


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        {"deep": [float("nan")]},
        "\ud800",
        object(),
    ],
)
def test_what_json_cannot_say_is_a_record_error_and_never_null(value: Any) -> None:
    rows = [{"id": 1, "x": value}, {"id": 2, "x": 1}]
    with ScriptedServer(Shelf()) as server, a_target(server.url + THINGS) as target:
        (receipt,) = target.push([Load(1, rows, [(1,), (2,)], None)])

    assert (classes(receipt.refused), receipt.written) == ({0: "unencodable"}, 1)


def test_a_record_can_be_wrapped() -> None:
    request, _ = sent({"id": 1}, body=WrappedBody(wrap="order"))

    assert request.json == {"order": {"id": 1}}


def test_every_write_carries_its_idempotency_key() -> None:
    """K1: HMAC over link, target, key and payload."""
    with ScriptedServer(Shelf()) as server:
        url = server.url + THINGS
        with a_target(url) as target:
            push(target, 1)
    text = b"\x1f".join((b"orders", url.encode(), b"[1]", b'{"id":1,"name":"name of 1"}'))

    key = hmac.digest(b"the installation's", text, "sha256").hex()
    assert server.seen[0].headers["idempotency-key"] == key


def test_the_same_write_has_the_same_key_in_every_try_batch_and_order() -> None:
    """K1."""
    with (
        ScriptedServer(Shelf(faults={"1": [Status(503)]})) as server,
        a_target(server.url + THINGS) as target,
    ):
        target.push([load_of(1, batch=1)])
        target.push([load_of(1, batch=9)])
        target.push([Load(3, [("name of 1", 1)], [(1,)], ("name", "id"))])

    assert len(server.seen) == 4
    assert len({each.headers["idempotency-key"] for each in server.seen}) == 1


def test_another_payload_key_or_link_has_another_key() -> None:
    """K1: an edit is another write."""
    keys = set()
    with ScriptedServer(Shelf()) as server:
        for link, row in (("a", {"id": 1}), ("b", {"id": 1}), ("a", {"id": 1, "x": 2})):
            with a_target(server.url + THINGS, link=link) as target:
                target.push([Load(1, [row], [(1,)], None)])
        keys = {each.headers["idempotency-key"] for each in server.seen}

    assert len(keys) == 3


RECORD, BATCH, SYSTEM = RecordSyncError, BatchSyncError, SystemSyncError


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
    slept = Waits()
    with (
        ScriptedServer(in_turn(OK, Status(503))) as server,
        a_target(server.url + THINGS, waits=slept) as target,
    ):
        receipt = push(target, *range(20))

    assert isinstance(receipt.error, BatchSyncError)
    assert (receipt.written, len(receipt.refused)) == (1, 19)
    assert not receipt.error.refused
    assert len(server.seen) == 1 + 5 * 3


LOST: list[Answer] = [Hang(), Reset(), Reset(OK, after=10)]


@pytest.mark.parametrize("answer", LOST, ids=["hang", "reset", "half a head"])
def test_a_lost_answer_of_a_harmless_write_is_sent_again_with_the_same_key(
    answer: Answer,
) -> None:
    """K3, fault 13: one effect."""
    shelf = Shelf(after={"1": [answer]})
    with (
        ScriptedServer(shelf) as server,
        a_target(server.url + THINGS, timeout=QUICK) as target,
    ):
        receipt = push(target, 1, 2)

    assert (receipt.written, receipt.in_doubt) == (2, ())
    assert shelf.effects == ["1", "2"]
    assert len({each.headers["idempotency-key"] for each in server.seen[:2]}) == 1


@pytest.mark.parametrize("answer", LOST, ids=["hang", "reset", "half a head"])
def test_a_lost_answer_of_any_other_write_is_in_doubt_and_never_sent_again(
    answer: Answer,
) -> None:
    """K3."""
    shelf, slept = Shelf(after={"1": [answer]}), Waits()
    with (
        ScriptedServer(shelf) as server,
        a_target(
            server.url + "/things/", method="POST", timeout=QUICK, waits=slept
        ) as target,
    ):
        receipt = push(target, 1, 2)

    ((row, error),) = receipt.in_doubt
    assert (row, error.code, receipt.written, slept.slept) == (0, "answer_lost", 1, [])
    assert error.error_class is ErrorClass.PARTIAL_LOAD
    assert shelf.effects == ["1", "2"]


def test_a_harmless_write_never_answered_is_in_doubt_in_the_end() -> None:
    """T2: its answer never came."""
    with (
        ScriptedServer(Shelf(after={"1": [Reset()] * 3})) as server,
        a_target(server.url + THINGS) as target,
    ):
        receipt = push(target, 1)

    assert (classes(receipt.in_doubt), receipt.refused) == ({0: "answer_lost"}, ())
    assert len(server.seen) == 3


def test_a_gateway_that_lost_the_answer_leaves_a_post_in_doubt_unless_told_otherwise() -> (
    None
):
    """K3: 502 and 504 come from between; whether the write happened is not known."""
    told = Responses(repeat=(StatusRange(504, 504),))
    receipts = {}
    for name, responses in (("by itself", Responses()), ("told", told)):
        with (
            ScriptedServer(in_turn(Status(504), OK)) as server,
            a_target(server.url, method="POST", responses=responses) as target,
        ):
            receipts[name] = push(target, 1)

    assert classes(receipts["by itself"].in_doubt) == {0: "answer_lost"}
    assert (receipts["told"].written, receipts["told"].in_doubt) == (1, ())


def test_a_post_that_is_declared_harmless_is_repeated() -> None:
    with (
        ScriptedServer(Shelf(after={"1": [Reset()]})) as server,
        a_target(server.url + "/things/", method="POST", idempotent=True) as target,
    ):
        receipt = push(target, 1)

    assert (receipt.written, len(server.seen)) == (1, 2)


def test_a_success_whose_body_is_cut_off_is_a_success() -> None:
    with (
        ScriptedServer(in_turn(Cut(Json({"ok": True}, 201), keep=2))) as server,
        a_target(server.url, method="POST") as target,
    ):
        receipt = push(target, 1)

    assert (receipt.written, receipt.in_doubt, len(server.seen)) == (1, (), 1)


def test_a_doubtful_write_is_looked_up_where_the_target_can_be_asked() -> None:
    """K3: there already → written; absent → sent again; something else → in doubt."""
    shelf = Shelf(
        after={"1": [Reset()], "3": [Reset()]}, faults={"2": [Reset()]}, remembers=False
    )

    def script(seen: Seen) -> Answer:
        if seen.method == "GET" and seen.path.endswith("/3"):
            return Json({"id": 3, "name": "somebody else's"})
        return shelf(seen)

    with (
        ScriptedServer(script) as server,
        a_target(
            server.url + "/things/",
            method="POST",
            lookup=LookupOptions(url=server.url + "/things/{id}"),
        ) as target,
    ):
        receipt = push(target, 1, 2, 3)

    assert (receipt.written, classes(receipt.in_doubt)) == (2, {2: "answer_lost"})
    assert shelf.effects == ["1", "2", "3"]


def test_an_uncertain_load_is_sent_again_where_that_is_harmless() -> None:
    """K4."""
    with ScriptedServer(Shelf()) as server, a_target(server.url + THINGS) as target:
        receipt = push(target, 1, 2, uncertain=True)

    assert receipt.written == 2


def test_an_uncertain_load_is_looked_up_before_anything_is_sent() -> None:
    """K4."""
    shelf = Shelf(remembers=False)
    shelf.held["1"] = {"id": 1, "name": "name of 1", "more": "of the target's own"}
    with (
        ScriptedServer(shelf) as server,
        a_target(
            server.url + "/things/",
            method="POST",
            lookup=LookupOptions(url=server.url + "/things/{id}"),
        ) as target,
    ):
        receipt = push(target, 1, 2, uncertain=True)

    assert (receipt.written, shelf.effects) == (2, ["2"])
    assert [each.method for each in server.seen] == ["GET", "GET", "POST"]


def test_an_uncertain_load_that_can_be_neither_is_in_doubt_as_a_whole() -> None:
    """K4."""
    with (
        ScriptedServer(Shelf()) as server,
        a_target(server.url + "/things/", method="POST") as target,
    ):
        receipt = push(target, 1, 2, uncertain=True)

    assert [*classes(receipt.in_doubt)] == [0, 1]
    assert server.seen == []


def test_a_lookup_answers_with_what_is_there_and_none_for_what_is_not() -> None:
    shelf = Shelf()
    shelf.held["a/b"] = {"id": "a/b", "name": "x"}
    with (
        ScriptedServer(shelf) as server,
        a_target(
            server.url + THINGS, lookup=LookupOptions(url=server.url + "/things/{key}")
        ) as target,
    ):
        found = target.lookup([("a/b",), ("c",)])

    assert found == {("a/b",): {"id": "a/b", "name": "x"}, ("c",): None}
    assert target.traits.lookup is Lookup.SINGLE


def test_a_lookup_that_fails_is_no_absence() -> None:
    with (
        ScriptedServer(in_turn(Status(500))) as server,
        a_target(
            server.url + THINGS, lookup=LookupOptions(url=server.url + "/{id}")
        ) as target,
        pytest.raises(BatchSyncError, match="500"),
    ):
        target.lookup([(1,)])


def test_a_lookup_must_name_the_key() -> None:
    with (
        pytest.raises(SystemSyncError, match="must name the key"),
        a_target(
            "http://crm.example/{id}", lookup=LookupOptions(url="http://crm.example/x")
        ),
    ):
        pass


def test_an_address_with_a_field_no_stage_makes_is_refused_before_the_run() -> None:
    with (
        a_target("http://crm.example/{order_id}") as target,
        pytest.raises(SystemSyncError, match=r"needs \{order_id\}") as failure,
    ):
        target.open()

    assert failure.value.field == "order_id"


def test_opening_asks_nothing_of_the_server() -> None:
    with ScriptedServer(in_turn(OK)) as server, a_target(server.url + THINGS) as target:
        target.open()

    assert server.seen == []


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


@pytest.mark.parametrize(
    ("method", "idempotent", "harmless"),
    [
        ("PUT", None, True),
        ("POST", None, False),
        ("PATCH", None, False),
        ("POST", True, True),
        ("PUT", False, False),
    ],
)
def test_put_is_harmless_twice_and_others_when_the_definition_says_so(
    *, method: str, idempotent: bool | None, harmless: bool
) -> None:
    with a_target(
        "http://crm.example/{id}", method=method, idempotent=idempotent
    ) as target:
        traits = target.traits

    assert traits.idempotent is harmless
    assert (traits.writers, traits.waits) == (Writers.MANY, WaitsFor.NETWORK)


def test_the_books_balance_whatever_happens() -> None:
    """S3: written + refused + in doubt = rows."""
    script = Shelf(
        faults={"1": [Status(422)], "2": [Status(503)] * 9, "4": [Hang()] * 9},
        after={"3": [Reset()] * 9},
    )
    with (
        ScriptedServer(script) as server,
        a_target(server.url + THINGS, timeout=QUICK) as target,
    ):
        receipt = push(target, *range(8))

    named = [row for row, _ in (*receipt.refused, *receipt.in_doubt)]
    assert receipt.written + len(named) == 8
    assert sorted(named) == [1, 2, 3, 4]
    assert json.loads(server.seen[0].body)["id"] == 0
