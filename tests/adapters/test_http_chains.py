"""Pages that name the next one: cursors, Link headers, and chains that lead nowhere."""

from collections.abc import Sequence
from typing import Any

import pytest

from engine.adapters.http.options import (
    BearerAuth,
    CursorPages,
    LinkedPages,
)
from engine.domain.delta import Window
from tests.adapters.http_ends import a_source, read_all
from tests.servers.scripted import (
    Answer,
    Json,
    ScriptedServer,
    Seen,
    Status,
    in_turn,
)
from tests.servers.systems import Pages

CURSORS = CursorPages(style="cursor", next="next", size_param="limit", size=10)
LINKS = LinkedPages(style="link_header", size_param="limit", size=10)


def records(count: int) -> list[dict[str, int]]:
    return [{"id": number} for number in range(count)]


def ids(rows: Sequence[Any]) -> list[int]:
    return sorted(row["id"] for row in rows)


def test_a_failed_cursor_page_keeps_its_cursor_and_the_chain_ends_there() -> None:
    with (
        ScriptedServer(Pages(records(47), faults={20: [Status(400)]})) as server,
        a_source(server.url, records="data", paginate=CURSORS) as source,
    ):
        read = read_all(source)
        scope = {"what": "page 3 and the rest", "page": 3, "cursor": "20"}
        rest = source.fetch(scope)

    assert ids(read.rows) == [*range(20)]
    assert [*read.failed] == ["page 3 and the rest"]
    assert read.failed["page 3 and the rest"].follow == ()
    assert [each["cursor"] for each in rest.follow] == ["30"]
    assert not source.traits.parallel


@pytest.mark.parametrize("loop", [1, 2, 3, 7])
def test_a_chain_that_comes_back_to_itself_is_a_batch_error(loop: int) -> None:
    """Fault 18: told within two rounds of the loop, or soon after a long way into it."""

    def script(seen: Seen) -> Answer:
        here = int(seen.query.get("cursor", "0"))
        return Json({"data": [{"id": here}], "next": here + 1 if here < 4 + loop else 5})

    with (
        ScriptedServer(script) as server,
        a_source(server.url, records="data", paginate=CURSORS) as source,
    ):
        read = read_all(source)

    (failure,) = read.failed.values()
    assert failure.code == "chain_broken"
    assert "was there before" in failure.message
    assert len(server.seen) <= 5 + 3 * loop + 8


@pytest.mark.parametrize("cursor", [{"a": 1}, [1], True, 1.5, "\ud800"])
def test_a_cursor_that_cannot_be_sent_back_is_a_batch_error(cursor: Any) -> None:
    answer = Json({"data": [], "next": cursor})
    with (
        ScriptedServer(in_turn(answer)) as server,
        a_source(server.url, records="data", paginate=CURSORS) as source,
    ):
        read = read_all(source)

    assert [failure.code for failure in read.failed.values()] == ["chain_broken"]


def test_a_link_to_another_server_is_not_followed() -> None:
    """Fault 19: credentials never leave their origin."""
    link = '<http://elsewhere.example/orders?page=2>; rel="next"'
    with (
        ScriptedServer(in_turn(Json([], link=link))) as server,
        a_source(server.url, paginate=LINKS, auth=BearerAuth(bearer="t0ken")) as source,
    ):
        read = read_all(source)

    (failure,) = read.failed.values()
    assert "where credentials do not go" in failure.message
    assert len(server.seen) == 1


@pytest.mark.parametrize("place", ["http://[", "http://127.0.0.1:99999/"])
def test_a_link_that_is_no_address_ends_its_chain_and_not_the_run(place: str) -> None:
    """T2: a server that cannot say where its next page is has failed one Batch."""
    with (
        ScriptedServer(in_turn(Json([], link=f'<{place}>; rel="next"'))) as server,
        a_source(server.url, paginate=LINKS) as source,
    ):
        read = read_all(source)

    (failure,) = read.failed.values()
    assert failure.code == "chain_broken"
    assert "an address that cannot be read" in failure.message
    assert len(server.seen) == 1


def test_a_link_keeps_no_secret_parameter_in_its_scope() -> None:
    link = '</orders?api_key=s3cret&page=2>; rel="prev last next"; title="x"'
    answers = (Json([], link=f'</first>; rel="first", {link}'), Json([]))
    with (
        ScriptedServer(in_turn(*answers)) as server,
        a_source(server.url, paginate=LINKS, params={"api_key": "s3cret"}) as source,
    ):
        plan = source.plan_fetch(Window())
        (following,) = source.fetch(plan.scopes[0]).follow
        source.fetch(following)

    assert "s3cret" not in str(following)
    assert server.seen[1].path == "/orders"
    assert server.seen[1].query == {"page": "2", "api_key": "s3cret"}
