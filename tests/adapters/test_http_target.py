"""What a target over HTTP sends, and what it says became of each record."""

import hmac
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from engine.adapters.http.options import (
    WrappedBody,
)
from engine.domain.adapter import Load, Receipt, Writers
from engine.domain.adapter import Waits as WaitsFor
from engine.domain.errors import (
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)
from engine.domain.missing import MISSING
from tests.adapters.http_ends import a_target, load_of, push
from tests.servers.scripted import (
    Json,
    ScriptedServer,
    Seen,
    Status,
    in_turn,
)
from tests.servers.systems import Shelf

OK = Json({"ok": True})
THINGS = "/things/{id}"


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


def test_an_address_with_a_field_no_stage_makes_is_refused_before_the_run() -> None:
    with (
        a_target("http://crm.example/{order_id}") as target,
        pytest.raises(SystemSyncError, match=r"needs \{order_id\}") as failure,
    ):
        target.open()

    assert failure.value.field == "order_id"


def test_records_cannot_choose_who_gets_the_credentials() -> None:
    with (
        pytest.raises(SystemSyncError, match="cannot name the host"),
        a_target("http://{shop}.example/{id}"),
    ):
        pass


def test_opening_asks_nothing_of_the_server() -> None:
    with ScriptedServer(in_turn(OK)) as server, a_target(server.url + THINGS) as target:
        target.open()

    assert server.seen == []


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
