"""What the listener answers, to friends and to others (contract, section 4; RELIABILITY c 44)."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from engine.service import connections, openapi, routes_push
from tests.faults.observing import until
from tests.stories.command_line import linkdeck
from tests.stories.push_world import JSON, LINES, RECORDS, Door, a_door, push_link
from tests.stories.world import World, order


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    with a_door(world) as opened:
        yield opened


@pytest.mark.parametrize(
    ("body", "line", "says"),
    [
        (b"", None, "no record"),
        (b"  \n ", None, "no record"),
        (b"[]", None, "no record"),
        (b'{"id": 1', 1, "truncated"),
        (b'[{"id": 1},\n {"id": 2,}\n]', 2, "trailing comma"),
        (b'[\n{"id": 1},\n"x"]', 3, "a record is a JSON object"),
        (b'"x"', 1, "a record is a JSON object"),
        (b"[1, 2]", 1, "a record is a JSON object"),
        (b'{"id": NaN}', 1, "invalid"),
        (b'{"id": 1e400}', 1, "out of range"),
        (b'{"id": ' + b"9" * 5000 + b"}", 1, "out of range"),
        (b'{"a": "\xff"}', 1, "UTF-8"),
        (b"[" * 100_000, 1, "nested too deeply"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 1, "nested too deeply"),
        (b'{"id": 1} {"id": 2}', 1, "trailing characters"),
        (b'{"a": "\\ud800"}', 1, ""),
        (b"\xff\xfe{", 1, ""),
    ],
)
def test_a_body_that_is_not_understood_stores_nothing(
    door: Door, body: bytes, line: int | None, says: str
) -> None:
    """400, in words, with the line."""
    answer = door.send(body)

    said = answer.json()
    assert answer.status_code == 400
    assert said.get("line") == line
    assert says in said["error"]
    assert said["error"].endswith("nothing was stored")
    assert door.deliveries() == 0


def test_one_bad_line_of_many_is_named_and_stores_nothing(door: Door) -> None:
    lines = b'{"id": 1}\n\n{"id": 2}\nnot json\n{"id": 3}\n'

    answer = door.send(lines, form=LINES)

    assert (answer.status_code, answer.json()["line"]) == (400, 4)
    assert door.deliveries() == 0


def test_more_than_max_body_is_refused_however_it_is_sent(world: World) -> None:
    """413: by its length before it is read, in chunks as soon as it is too much."""
    with a_door(world, push_link(source={"max_body": "10KB"})) as door:
        told = door.send(b'{"a": "' + b"x" * 100_000_000 + b'"}')
        chunked = door.client.post(
            RECORDS, content=_chunks(50), headers={"Content-Type": JSON}
        )
        fits = door.send(b'{"id": 1, "email": "' + b"x" * 9_900 + b'"}')

        assert (told.status_code, chunked.status_code, fits.status_code) == (413, 413, 202)
        assert "at most 10000 bytes" in chunked.json()["error"]
        assert door.deliveries() == 1


def _chunks(times: int) -> Iterator[bytes]:
    for _ in range(times):
        yield b"x" * 1000


def test_other_media_types_charsets_and_encodings_are_refused(door: Door) -> None:
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": JSON, "Content-Encoding": "gzip"},
    ):
        answer = door.send(b'{"id": 1}', headers=headers)
        assert answer.status_code == 415, headers
    upper = {"Content-Type": "Application/JSON; charset=UTF-8"}
    assert door.send(b'{"id": 1}', headers=upper).status_code == 202


def test_without_a_token_that_holds_nothing_is_told(door: Door) -> None:
    """401 for every Link alike, so that nobody learns which there are."""
    shop = door.token
    wrong = ["", "Bearer", "Bearer x", f"Basic {shop}", f"Bearer {shop}x", "Bearer ü"]
    for said in wrong:
        for path in (RECORDS, "/links/nobody/records"):
            answer = httpx.post(
                door.url + path, json={}, headers={b"authorization": said.encode()}
            )
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
    assert httpx.get(f"{door.url}/links/orders/events/1").status_code == 401
    other = door.client.post("/links/prices/records", json={})
    assert other.status_code == 401


def test_the_variables_token_holds_for_all_links(tmp_path: Any) -> None:
    from tests.stories.world import a_world

    world = a_world(tmp_path, LINKDECK_PUSH_TOKEN="of-the-environment")
    world.link("pulled", push_link().replace('"orders"', '"pulled"', 1))
    orders = '{"adapter": "push", "rate": "1000/s"}'
    assert orders in (world.links / "pulled.yaml").read_text()
    world.link(
        "fetched", push_link().replace(orders, '{"adapter": "file", "path": "x.csv"}')
    )
    with a_door(world) as door:
        said = {"Authorization": "Bearer of-the-environment"}
        sent = door.client.post(RECORDS, json=order(1), headers=said)
        unknown = door.client.post("/links/nobody/records", json={}, headers=said)
        odd = door.client.post("/links/No.Body/records", json={}, headers=said)

        assert (sent.status_code, unknown.status_code, odd.status_code) == (202, 404, 404)
        event = world.event(sent.json()["event"])
        assert event.actor == "push:environment"
    world.engine.close()


def test_a_link_that_fetches_takes_no_deliveries(tmp_path: Any) -> None:
    from tests.stories.definitions import definition
    from tests.stories.world import a_world

    world = a_world(tmp_path, LINKDECK_PUSH_TOKEN="of-the-environment")
    with a_door(world) as door:
        world.link("pulled", definition().replace('"orders"', '"pulled"', 1))
        said = {"Authorization": "Bearer of-the-environment"}
        answer = door.client.post("/links/pulled/records", json={}, headers=said)

        assert answer.status_code == 404
        assert "fetches its records" in answer.json()["error"]
    world.engine.close()


def test_a_disabled_link_turns_deliveries_away(door: Door) -> None:
    door.world.engine.set_enabled("orders", enabled=False, reason="move", actor="ana@test")

    answer = door.post(order(1))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "disabled" in answer.json()["error"]
    assert door.deliveries() == 0


def test_a_broken_definition_turns_deliveries_away(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of the file is told to who delivers."""
    monkeypatch.setattr("engine.operations.push.FRESH", 0.0)
    door.world.link("orders", "link: orders\nsource: {adapter: push, oops: 1}\n")

    answer = door.post(order(1))

    assert answer.status_code == 503
    assert "linkdeck validate" in answer.json()["error"]
    assert "oops" not in answer.text


def test_more_than_the_rate_is_told_when_to_come_again(world: World) -> None:
    with a_door(world, push_link(source={"rate": "5/s"})) as door:
        answers = [door.post(order(n)) for n in range(30)]

        turned = [each for each in answers if each.status_code == 429]
        assert len(turned) > 10
        assert {each.headers["retry-after"] for each in turned} == {"1"}
        assert "5 deliveries a second" in turned[0].json()["error"]
        assert door.deliveries() == 30 - len(turned)


def test_neither_a_length_nor_chunks_is_411(door: Door) -> None:
    head = (
        f"POST {RECORDS} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"
        f"Authorization: Bearer {door.token}\r\n\r\n"
    )

    assert _said(door, head.encode()).startswith(b"HTTP/1.1 411 ")


def test_a_body_that_is_cut_short_stores_nothing(door: Door) -> None:
    head = _head(door, "Content-Length: 100") + b'{"id": 1}'

    with _connected(door) as client:
        client.sendall(head)
        client.shutdown(socket.SHUT_WR)
        client.recv(65536)

    assert door.deliveries() == 0
    assert door.post(order(1)).status_code == 202


def test_a_body_longer_than_it_says_is_not_taken_for_more(door: Door) -> None:
    head = _head(door, "Content-Length: 9") + b'{"id": 1}{"id": 2}\r\n\r\n'

    answer = _said(door, head)

    assert answer.startswith(b"HTTP/1.1 202 ")
    assert b"HTTP/1.1 400 " in answer
    assert door.deliveries() == 1


def test_lengths_that_make_no_sense_are_refused(door: Door) -> None:
    for said in ("Content-Length: -1", "Content-Length: 1, 2", "Content-Length: x"):
        assert _said(door, _head(door, said)).startswith(b"HTTP/1.1 400 ")
    twice = "Content-Length: 9\r\nContent-Length: 8"
    assert _said(door, _head(door, twice) + b'{"id": 1}').startswith(b"HTTP/1.1 400 ")
    assert door.deliveries() == 0


def test_chunks_without_end_are_refused_in_time(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """408: a total deadline, however slowly a body drips."""
    monkeypatch.setattr(routes_push, "READ", 0.3)
    head = _head(door, "Transfer-Encoding: chunked")

    with _connected(door) as client:
        client.sendall(head + b"1\r\n{\r\n")
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert door.deliveries() == 0


def test_headers_that_never_end_are_cut_off(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD", 0.2)

    with _connected(door) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 408 ")


def test_headers_without_measure_are_refused(door: Door) -> None:
    with _connected(door) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 100_000)
        answer = client.recv(65536)

    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_an_idempotency_key_has_a_measure(door: Door, key: str) -> None:
    assert door.post(order(1), key=key).status_code == 400
    assert door.post(order(1), key="k" * 255).status_code == 202


def test_the_event_is_shown_as_show_shows_it_to_its_own_link_only(door: Door) -> None:
    event = door.accepted([order(1), order(2, email="")])
    door.runs(event)

    shown = door.client.get(f"/links/orders/events/{event}")

    printed = linkdeck("show", str(event), "--json", home=door.world.folder)
    assert shown.json() == printed.document()
    assert door.client.get("/links/orders/events/99").status_code == 404
    door.world.link("prices", push_link().replace('"orders"', '"prices"', 1))
    _, theirs = door.world.engine.create_token("prices", actor="ana@test")
    other = {"Authorization": f"Bearer {theirs}"}
    foreign = door.client.get(f"/links/prices/events/{event}", headers=other)
    assert foreign.status_code == 404


def test_a_store_that_is_gone_is_told_without_its_address(door: Door) -> None:
    """503 and Retry-After; the path is nobody's business."""
    store = door.world.folder / "linkdeck.db"
    store.rename(store.with_suffix(".away"))

    answer = door.post(order(1))
    ready = door.client.get("/ready")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert str(door.world.folder) not in answer.text
    assert ready.status_code == 503
    assert ready.json()["why"] == ["the store cannot be reached"]
    store.with_suffix(".away").rename(store)
    assert door.post(order(1)).status_code == 202


def test_health_and_readiness(door: Door) -> None:
    health, ready = httpx.get(f"{door.url}/health"), httpx.get(f"{door.url}/ready")
    assert (health.status_code, health.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "why": []})

    door.listener.stop()

    stopping = httpx.get(f"{door.url}/ready")
    assert (stopping.status_code, stopping.json()["why"]) == (503, ["it is stopping"])


def test_what_is_served_is_what_openapi_says(door: Door) -> None:
    """Every route and method, and the shape of every answer met here."""
    said = door.client.get("/openapi.json").json()
    assert said == json.loads(json.dumps(openapi.document()))
    served = {
        (route.path.replace(":int}", "}"), method.lower())
        for route in _routes(door)
        for method in route.methods or ()
        if method != "HEAD"
    }
    described = {
        (path, method)
        for path, item in said["paths"].items()
        for method in item
        if method in {"get", "post"}
    }
    assert served == described

    taking = said["paths"]["/links/{name}/records"]["post"]["responses"]
    event = door.accepted(order(1))
    with door.running(event):
        waited = door.post([order(2), order(3, email="")], wait=True)
    answers = [
        door.post(order(4)),
        waited,
        door.send(b"x"),
        httpx.post(door.url + RECORDS, json={}),
        door.send(b"x", form="text/plain"),
    ]
    for answer in answers:
        response = taking[str(answer.status_code)]
        _assert_fits(said, response["content"][JSON]["schema"], answer.json())
        for name in response.get("headers", {}):
            assert name in answer.headers
    shown = said["paths"]["/links/{name}/events/{number}"]["get"]["responses"]["200"]
    document = door.client.get(f"/links/orders/events/{event}").json()
    _assert_fits(said, shown["content"][JSON]["schema"], document)


def _routes(door: Door) -> list[Route]:
    app = door.listener._server.config.app
    return [each for each in app.routes if isinstance(each, Route)]  # type: ignore[union-attr]


def _assert_fits(said: Any, schema: Any, value: Any) -> None:
    """The few words of JSON Schema that the document uses."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        _assert_fits(said, said["components"]["schemas"][name], value)
        return
    kinds = schema.get("type", [])
    fitting = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "boolean": bool,
        "null": type(None),
    }
    names = [kinds] if isinstance(kinds, str) else kinds
    assert not names or isinstance(value, tuple(fitting[name] for name in names)), value
    assert value in schema.get("enum", [value])
    for name in schema.get("required", ()):
        assert name in value
    for name, inner in schema.get("properties", {}).items():
        if name in value:
            _assert_fits(said, inner, value[name])
    for each in value if "items" in schema else ():
        _assert_fits(said, schema["items"], each)


def test_a_revoked_token_holds_no_longer(door: Door) -> None:
    assert door.post(order(1)).status_code == 202

    door.world.engine.revoke_token("orders", name="shop", reason="left", actor="ana@test")

    until(lambda: door.post(order(2)).status_code == 401, patience=5)
    acts = [(row.actor, row.action) for row in door.world.engine.audit_rows().items]
    assert acts[0] == ("ana@test", "token revoke")
    assert acts[-1] == ("ana@test", "token create")


def test_tokens_are_shown_once_and_kept_as_hashes(world: World) -> None:
    world.link("orders", push_link())
    home = world.folder

    made = linkdeck("token", "create", "orders", "--name", "shop", home=home)
    secret = made.out.split()[0]
    again = linkdeck("token", "create", "orders", "--name", "shop", home=home)
    listed = linkdeck("token", "list", "orders", "--json", home=home).document()
    revoked = linkdeck("token", "revoke", "orders", "--name", "shop", home=home)
    twice = linkdeck("token", "revoke", "orders", "--name", "shop", home=home)

    assert (made.code, again.code, revoked.code, twice.code) == (0, 3, 0, 3)
    assert [each["name"] for each in listed["tokens"]] == ["shop"]
    assert secret not in json.dumps(listed)
    assert len(secret) > 40
    kept = b"".join(path.read_bytes() for path in home.glob("linkdeck.db*"))
    assert secret.encode() not in kept
    unknown = linkdeck("token", "create", "nobody", home=home)
    assert (unknown.code, "there is no Link 'nobody'" in unknown.err) == (3, True)


def _head(door: Door, length: str) -> bytes:
    return (
        f"POST {RECORDS} HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\n"
        f"Authorization: Bearer {door.token}\r\n{length}\r\n\r\n"
    ).encode()


def _connected(door: Door) -> socket.socket:
    address = door.listener.address
    return socket.create_connection((address.host, address.port), timeout=15)


def _said(door: Door, request: bytes) -> bytes:
    """All that is answered until the connection ends."""
    answer = b""
    with _connected(door) as client:
        client.sendall(request)
        while part := client.recv(65536):
            answer += part
    return answer
