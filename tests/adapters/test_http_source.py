"""What a source over HTTP asks, and what it makes of the answers."""

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.adapters.http.options import (
    BasicAuth,
    BearerAuth,
    Credentials,
    HeaderAuth,
    HeaderCredential,
    NumberedPages,
)
from engine.domain.adapter import Stopped
from engine.domain.adapter import Waits as WaitsFor
from engine.domain.batch import Fetched
from engine.domain.delta import ChangeFilter, Window
from engine.domain.errors import BatchSyncError, ErrorClass
from engine.domain.missing import MISSING
from tests.adapters.http_ends import Waits, a_source, first_page
from tests.servers.scripted import (
    Body,
    Json,
    Packed,
    Redirect,
    ScriptedServer,
    Seen,
    Status,
    by_path,
    in_turn,
)

SINCE = datetime(2026, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)


def asked(window: Window | None = None, **options: Any) -> Seen:
    """The one request a source makes."""
    with (
        ScriptedServer(in_turn(Json([]))) as server,
        a_source(server.url + "/orders", **options) as source,
    ):
        source.fetch(source.plan_fetch(window or Window()).scopes[0])
    (request,) = server.seen
    return request


def first_page_of(url: str, **options: Any) -> Fetched:
    """The first Batch of the source at this address."""
    with a_source(url, **options) as source:
        return first_page(source)


def test_rows_are_structs_of_the_wanted_fields_alone() -> None:
    records = [{"id": 1, "note": "x", "customer": {"email": "a@b.example"}}, {"id": None}]
    with (
        ScriptedServer(in_turn(Json({"page": {"items": records}}))) as server,
        a_source(server.url, records="page.items", wanted=("customer", "id")) as source,
    ):
        fetched = first_page(source)

    assert fetched.struct
    assert [(row.f0, row.f1) for row in fetched.rows] == [
        ({"email": "a@b.example"}, 1),
        (MISSING, None),
    ]


def test_numbers_survive_as_the_server_wrote_them() -> None:
    """Big integers whole; the raw bytes to the digit."""
    body = b'[{"id": 12345678901234567890123, "amount": 1.10}]'
    with (
        ScriptedServer(in_turn(Body(body))) as server,
        a_source(server.url, wanted=("id",)) as source,
    ):
        fetched = first_page(source)

    assert fetched.rows[0].f0 == 12345678901234567890123
    assert fetched.raw.at(0) == body[1:-1]


def test_everything_comes_as_dicts_where_nothing_is_wanted_in_particular() -> None:
    with (
        ScriptedServer(in_turn(Json([{"id": 1}]))) as server,
        a_source(server.url) as source,
    ):
        fetched = first_page(source)

    assert (fetched.struct, fetched.rows) == (False, [{"id": 1}])


def test_a_field_name_no_struct_can_have_means_dicts() -> None:
    with (
        ScriptedServer(in_turn(Json([{'say "hi"': 1}]))) as server,
        a_source(server.url, wanted=('say "hi"',)) as source,
    ):
        fetched = first_page(source)

    assert (fetched.struct, fetched.rows) == (False, [{'say "hi"': 1}])


BAD_NEIGHBOURS = (
    b'{"zz": "\\ud800", "data" : [ {"id":1} , {"id":"\\ud800"}, {"id":NaN}, 7, '
    b'{"id":"\xff"}, {"id":1e999}, {"id":%s}, {"id":8} ], "meta": {"total": 8}}'
    % (b"9" * 5000)
)


def test_a_record_that_cannot_be_read_does_not_take_its_neighbours_along() -> None:
    """T3; bad inputs 41-46."""
    with (
        ScriptedServer(in_turn(Body(BAD_NEIGHBOURS))) as server,
        a_source(
            server.url,
            records="data",
            wanted=("id",),
            paginate=NumberedPages(style="page", total="meta.total"),
        ) as source,
    ):
        fetched = first_page(source)

    assert [row.f0 for row in fetched.rows] == [1, 8]
    assert fetched.places == [0, 7]
    assert {each.place: each.raw[:12] for each in fetched.broken} == {
        1: b'{"id":"\\ud80',
        2: b'{"id":NaN}',
        3: b"7",
        4: b'{"id":"\xff"}',
        5: b'{"id":1e999}',
        6: b'{"id":999999',
    }
    assert all(each.message.startswith("the record ") for each in fetched.broken)
    assert fetched.count == 8
    assert fetched.raw.at(3) == b"7"
    assert fetched.position(7) == "page 1 item 8"


def test_raw_records_survive_pickling() -> None:
    with (
        ScriptedServer(in_turn(Json({"data": [{"id": 1}, {"id": 2}]}))) as server,
        a_source(server.url, records="data", wanted=("id",)) as source,
    ):
        fetched = first_page(source)

    assert pickle.loads(pickle.dumps(fetched.raw)).at(1) == b'{"id": 2}'


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            Json({"data": {"rows": []}}),
            "expected a list of records at 'data', found an object at",
        ),
        (
            Json({"rows": []}),
            "expected a list of records at 'data', found an object; check",
        ),
        (Json({"data": None}), "found nothing at 'data'"),
        (Json([]), "found a list; check records"),
        (Body(b'{"data": [1 2]}'), "expected JSON, got damaged JSON"),
        (Body(b"ok", kind=None), "got something without a type"),
        (Body(b""), "expected JSON, got an empty answer"),
    ],
)
def test_a_wrong_shape_is_described(answer: Body, message: str) -> None:
    with (
        ScriptedServer(in_turn(answer)) as server,
        a_source(server.url, records="data") as source,
        pytest.raises(BatchSyncError) as failure,
    ):
        first_page(source)

    assert message in failure.value.message
    assert failure.value.error_class is ErrorClass.SCHEMA


def test_no_content_is_no_records() -> None:
    with ScriptedServer(in_turn(Body(b"", 204))) as server, a_source(server.url) as source:
        assert list(first_page(source).rows) == []


def test_gzip_and_a_byte_order_mark_are_taken_off() -> None:
    answer = Packed(Body(b'\xef\xbb\xbf[{"id": 1}]'))
    with ScriptedServer(in_turn(answer)) as server, a_source(server.url) as source:
        fetched = first_page(source)

    assert fetched.rows == [{"id": 1}]
    assert server.seen[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("style", "value"),
    [
        ("iso", "2026-03-01T12:30:00.250000Z"),
        ("epoch", "1772368200"),
        ("epoch_ms", "1772368200250"),
    ],
)
def test_the_change_filter_asks_from_the_window_on(style: str, value: str) -> None:
    """M3: inclusive, so a moment is rounded down to whole units."""
    elsewhere = SINCE.astimezone(datetime.now().astimezone().tzinfo)

    request = asked(Window(since=elsewhere), changed_since="after", changed_format=style)

    assert request.query == {"after": value}


def test_a_scope_says_from_when_so_that_it_can_be_fetched_again_alone() -> None:
    until = SINCE + timedelta(days=1)
    with (
        ScriptedServer(in_turn(Json([]))) as server,
        a_source(server.url, changed_since="after") as source,
    ):
        plan = source.plan_fetch(Window(since=SINCE, until=until))

    assert plan.scopes[0]["since"] == "2026-03-01T12:30:00.250000Z"
    assert plan.bound == until
    assert source.traits.change_filter is ChangeFilter.TIME
    assert source.traits.default_lookback == 60


def test_without_a_mark_everything_is_asked_for() -> None:
    assert asked(changed_since="after").query == {}
    assert asked(Window(since=SINCE)).query == {}


def test_without_a_change_filter_the_source_says_so() -> None:
    with (
        ScriptedServer(in_turn(Json([]))) as server,
        a_source(server.url) as source,
    ):
        plan = source.plan_fetch(Window(until=SINCE))

    assert plan.bound is None
    assert source.traits.change_filter is ChangeFilter.NONE
    assert source.traits.waits is WaitsFor.NETWORK


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (BearerAuth(bearer="t0ken"), "authorization", "Bearer t0ken"),
        (
            BasicAuth(basic=Credentials(user="ana", password="pä:ss")),
            "authorization",
            "Basic YW5hOnDDpDpzcw==",
        ),
        (
            HeaderAuth(header=HeaderCredential(name="X-Api-Key", value="k1")),
            "x-api-key",
            "k1",
        ),
    ],
)
def test_each_kind_of_auth_is_sent_as_it_is_written(
    auth: Any, header: str, value: str
) -> None:
    assert asked(auth=auth).headers[header] == value


def test_a_user_in_the_address_is_sent_as_basic_auth_and_not_in_the_address() -> None:
    with ScriptedServer(in_turn(Json([]))) as server:
        first_page_of(server.url.replace("http://", "http://ana:p%40ss@"))

    assert server.seen[0].headers["authorization"] == "Basic YW5hOnBAc3M="
    assert "ana" not in server.seen[0].headers["host"]


def test_headers_and_parameters_go_along_and_auth_stands_over_them() -> None:
    request = asked(
        headers={"X-Shop": "7", "accept": "text/json", "Authorization": "none"},
        params={"open": True, "shop": "a&b", "n": 3},
        auth=BearerAuth(bearer="t"),
        method="POST",
    )

    assert request.method == "POST"
    assert request.query == {"open": "true", "shop": "a&b", "n": "3"}
    assert request.headers["x-shop"] == "7"
    assert request.headers["accept"] == "text/json"
    assert request.headers["authorization"] == "Bearer t"


def test_a_query_in_the_address_is_kept() -> None:
    with ScriptedServer(in_turn(Json([]))) as server:
        first_page_of(server.url + "/orders?shop=7", params={"open": 1})

    assert server.seen[0].target == "/orders?shop=7&open=1"


def test_a_redirect_within_the_server_is_followed_with_credentials() -> None:
    script = by_path(
        {
            "/old": in_turn(Redirect("/new?x=1", 308)),
            "/new": in_turn(Json([{"id": 1}])),
        }
    )
    with (
        ScriptedServer(script) as server,
        a_source(server.url + "/old", auth=BearerAuth(bearer="t0ken")) as source,
    ):
        assert first_page(source).rows == [{"id": 1}]

    assert [request.target for request in server.seen] == ["/old", "/new?x=1"]
    assert server.seen[1].headers["authorization"] == "Bearer t0ken"


def test_a_redirect_in_a_circle_ends() -> None:
    with (
        ScriptedServer(in_turn(Redirect("/"))) as server,
        a_source(server.url) as source,
        pytest.raises(Exception, match="in a circle"),
    ):
        first_page(source)

    assert len(server.seen) == 5


def test_a_cancel_ends_the_wait_between_tries() -> None:
    waits = Waits(stop_at=1)
    with (
        ScriptedServer(in_turn(Status(503, retry_after="250"))) as server,
        a_source(server.url, waits=waits) as source,
        pytest.raises(Stopped),
    ):
        source.plan_fetch(Window())

    assert (len(server.seen), waits.slept) == (1, [250])


def test_connections_are_kept_from_request_to_request_and_source_to_source() -> None:
    with (
        ScriptedServer(in_turn(Json([]))) as server,
        a_source(server.url) as one,
        a_source(server.url) as another,
    ):
        one.fetch({"what": "everything"})
        another.fetch({"what": "everything"})

    assert (len(server.seen), len(server.connections)) == (2, 1)
