"""Whatever a sender delivers: one of the answers of the contract, with a sentence, and soon."""

import socket
from typing import Any

import httpx
from hypothesis import strategies as st

from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import json_bytes, lines, texts
from tests.stories.push_world import JSON, LINES, RECORDS, Door, a_door
from tests.stories.world import World

ANSWERS = frozenset({200, 202, 400, 401, 404, 405, 408, 409, 411, 413, 415, 429, 431, 503})
_FORMS = (JSON, LINES, "application/json; charset=utf-16", "text/csv", "", "a" * 3000)
_headers = st.dictionaries(
    st.sampled_from(
        ["Idempotency-Key", "Authorization", "Content-Encoding", "X-Any", "Content-Type"]
    ),
    texts.map(lambda each: each.encode("utf-8", "replace")[:9000])
    | st.sampled_from([b"Bearer ", b"Bearer x", b"Basic eA==", b"gzip", b"identity"]),
    max_size=2,
)


def assert_answered(answer: httpx.Response) -> None:
    assert answer.status_code in ANSWERS, (answer.status_code, answer.text[:500])
    said = answer.json()
    assert "Traceback" not in answer.text
    if answer.status_code >= 400:
        assert isinstance(said["error"], str), said
        assert "\n" not in said["error"]


def _posted(door: Door, asked: tuple[bytes, str, dict[str, bytes]]) -> None:
    body, form, headers = asked
    sent: list[tuple[bytes, bytes]] = [(b"Content-Type", form.encode())]
    sent += [(name.encode(), value) for name, value in headers.items()]
    if b"authorization" not in {name.lower() for name, _ in sent}:
        sent.append((b"Authorization", f"Bearer {door.token}".encode()))
    try:
        request = door.client.build_request("POST", RECORDS, content=body)
        for name in ("authorization", "content-type"):
            request.headers.pop(name, None)
        request.headers = httpx.Headers([*request.headers.raw, *sent])
        answer = door.client.send(request)
    except httpx.LocalProtocolError:
        return
    if "application/json" in answer.headers.get("content-type", ""):
        assert_answered(answer)
    else:
        # The server under ours refuses what is no HTTP, in words of its own.
        assert answer.status_code == 400, answer.text


def test_any_delivery_is_taken_or_turned_away_in_words(
    world: World, explore: Explore
) -> None:
    with a_door(world) as door:
        explore(
            st.tuples(json_bytes | lines, st.sampled_from(_FORMS), _headers),
            lambda asked: _posted(door, asked),
            few=60,
        )
        assert door.post([{"id": 1, "email": "a", "amount": 1}]).status_code == 202


def test_what_was_taken_in_runs_to_an_end(world: World, explore: Explore) -> None:
    with a_door(world) as door:

        def holds(body: bytes) -> None:
            answer = door.send(body, form=LINES)
            assert_answered(answer)
            if answer.status_code == 202:
                door.runs(answer.json()["event"])

        explore(lines, holds, few=20)


_POST = b"POST /links/orders/records HTTP/1.1\r\nHost: x\r\n"
_GET = b"GET /links/orders/events/1 HTTP/1.1\r\nHost: x\r\n\r\n"
_raw = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            _POST + b"Content-Length: -1\r\n\r\n",
            _POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
            _POST + b"Content-Length: 99999999999999999999\r\n\r\n",
            _POST + b"Content-Length: \xb2\r\n\r\n",
            _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"POST /links/%00%2e%2e/records HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
            b"GET /links/orders/events/" + b"9" * 6000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /links/orders/events/99999999999999999999 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9000 + b"\r\n",
            b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            _GET.replace(b"x", b"\xff"),
        ]
    ),
)


def test_bytes_that_are_no_request_hurt_nobody(world: World, explore: Explore) -> None:
    with a_door(world) as door:
        host, _, port = door.url.removeprefix("http://").partition(":")

        def holds(data: bytes) -> None:
            with socket.create_connection((host, int(port)), 5) as line:
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
                line.settimeout(10)
                said = _all(line)
            assert b"Traceback" not in said
            assert b" 500 " not in said.split(b"\r\n", 1)[0], said

        explore(_raw, holds, few=40)
        assert door.client.get("/health").status_code == 200


def _all(line: socket.socket) -> bytes:
    said = bytearray()
    try:
        while part := line.recv(65536):
            said += part
    except ConnectionResetError:
        pass
    return bytes(said)


def test_any_address_is_answered_in_words(world: World, explore: Explore) -> None:
    """Names of Links, numbers, parameters."""
    with a_door(world) as door:

        def holds(parts: tuple[str, str, Any]) -> None:
            name, number, wait = parts
            try:
                answers = [
                    door.client.get(httpx.URL(path=f"/links/{name}/events/{number}")),
                    door.client.post(
                        httpx.URL(path=f"/links/{name}/records"),
                        params={"wait": wait},
                        content=b"[]",
                    ),
                ]
            except (httpx.InvalidURL, httpx.LocalProtocolError, UnicodeEncodeError):
                return
            for answer in answers:
                assert answer.status_code in ANSWERS | {307, 414}, (
                    answer.status_code,
                    answer.text,
                )

        sound = texts.map(lambda each: each.replace("\x00", "0")[:3000])
        explore(st.tuples(sound | st.just("orders"), sound, sound), holds, few=40)
