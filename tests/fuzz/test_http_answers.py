"""Whatever a server answers: the run ends, its books balance, and every error was foreseen."""

import gzip
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import HUGE, json_bytes, json_texts
from tests.fuzz.sound import assert_ended
from tests.servers.scripted import (
    Answer,
    Body,
    Chunks,
    Cut,
    Garbage,
    Misstated,
    Packed,
    Redirect,
    Reset,
    ScriptedServer,
    Unframed,
)
from tests.stories.definitions import COLUMNS, FILE, definition
from tests.stories.world import World, order

_QUICK = {"max_attempts": 2, "delay_ms": 1, "max_retry_after_ms": 5, "jitter": "none"}
_TIMES = {"connect": "2s", "read": "2s", "total": "5s"}
_AFTER = (
    "",
    "0",
    "-5",
    "1.5",
    "1m0s",
    "120, 60",
    HUGE,
    "Wed, 21 Oct 99999 07:28:00 GMT",
    "Wed, 21 Oct 2015 07:28:00 -0000",
    "nan",
    "inf",
    "\xff",
)
_LINKS = (
    '<?page=2>; rel="next"',
    "<http://[::1>; rel=next",
    "<>;rel=next",
    ";;,,<<",
    "<x" * 50,
    '<http://elsewhere.invalid/>; rel="next"',
    '<file:///etc/passwd>; rel="next"',
)
_TO = (
    "/",
    "//",
    "http://[",
    "file:///etc/passwd",
    "http://elsewhere.invalid/",
    "\xff",
    "?a=b",
    "gopher://x",
    "http://127.0.0.1:99999/",
    "javascript:1",
)
_KINDS = (
    "application/json",
    "text/html",
    "application/json; charset=utf-16",
    "\xff",
    "",
    None,
    "application/json; charset=no-such",
    "multipart/x",
)
_statuses = st.sampled_from(
    [200, 200, 200, 204, 206, 304, 400, 404, 413, 422, 429, 500, 503, 599]
)


def _page(text: str) -> str:
    return f'{{"data":[{text},{{"id":1,"email":"a"}}],"meta":{{"total":{text},"next":{text}}}}}'


_contents = st.one_of(
    json_bytes, json_texts.map(_page).map(lambda each: each.encode("utf-8", "replace"))
)
_headers = st.dictionaries(
    st.sampled_from(
        ["Retry-After", "Link", "X-Request-Id", "Set-Cookie", "Content-Encoding"]
    ),
    st.sampled_from([*_AFTER, *_LINKS, "gzip", "br", "deflate", "identity", "x" * 5000]),
    max_size=2,
)
_bodies = st.builds(Body, _contents, _statuses, st.sampled_from(_KINDS), _headers)
_answers: st.SearchStrategy[Any] = st.one_of(
    _bodies,
    _bodies,
    _bodies,
    _bodies.map(Packed),
    _bodies.map(Unframed),
    st.builds(Cut, _bodies, st.integers(0, 20)),
    st.builds(Misstated, _bodies, st.integers(0, 3)),
    st.builds(Reset, _bodies, st.integers(0, 90)),
    st.builds(
        Chunks,
        st.sampled_from(
            [
                b"",
                b"0\r\n\r\n",
                b"-1\r\n",
                b"FFFFFFFFFFFFFFFFFF\r\na",
                b"2\r\n[]\r\n0\r\n\r\n",
                b"zz",
            ]
        ),
    ),
    st.builds(Garbage, st.binary(max_size=30) | st.just(b"HTTP/1.1 999999 x\r\n\r\n")),
    st.builds(Redirect, st.sampled_from(_TO), st.sampled_from([301, 302, 303, 307, 308])),
)
_STYLES: tuple[dict[str, Any], ...] = (
    {"style": "page", "size": 2, "total": "meta.total"},
    {"style": "page", "size": 2},
    {"style": "offset", "size": 2, "total": "meta.total"},
    {"style": "cursor", "param": "after", "next": "meta.next"},
    {"style": "link_header"},
    {"style": "none"},
)


def _scripted(server: ScriptedServer, answers: list[Answer]) -> None:
    left = list(answers)
    server.script = lambda seen: left.pop(0) if left else Body(b'{"data":[]}')
    server.seen.clear()


def test_any_answer_of_a_source_ends_in_a_result_or_a_sentence(
    world: World, explore: Explore
) -> None:
    with ScriptedServer(lambda seen: Body()) as server:

        def holds(asked: tuple[list[Answer], dict[str, Any]]) -> None:
            answers, style = asked
            _scripted(server, answers)
            source = {
                "adapter": "http",
                "url": f"{server.url}/orders",
                "records": "data",
                "paginate": style,
                "max_pages": 5,
                "timeout": _TIMES,
            }
            if style["style"] == "none":
                del source["max_pages"]
            world.link(
                "orders",
                definition(source=source, stages=(COLUMNS,), retry=_QUICK, key="id"),
            )
            assert_ended(world, world.run(full=True))

        explore(
            st.tuples(st.lists(_answers, min_size=1, max_size=4), st.sampled_from(_STYLES)),
            holds,
            few=50,
        )


def _results(text: str) -> bytes:
    return (
        f'{{"items":[{{"id":1,"status":{text},"error":{text}}},{{"id":{text}}}]}}'.encode(
            "utf-8", "replace"
        )
    )


def test_any_answer_of_a_target_ends_in_a_result_or_a_sentence(
    world: World, explore: Explore
) -> None:
    """One by one and in bulk, to a target that may be sent things twice."""
    bulk = {
        "size": 3,
        "wrap": "items",
        "results": "items",
        "id": "id",
        "status": "status",
        "error": "error",
    }
    (world.links / "orders.ndjson").write_text(
        "".join(
            f'{{"id":{n},"email":"a","amount":{order(n)["amount"]}}}\n' for n in range(3)
        )
    )
    answers = st.one_of(
        _answers,
        st.builds(Body, json_texts.map(_results), st.sampled_from([200, 207, 400])),
    )
    with ScriptedServer(lambda seen: Body()) as server:

        def holds(asked: tuple[list[Answer], bool]) -> None:
            said, bulky = asked
            _scripted(server, said)
            target = {
                "adapter": "http",
                "url": f"{server.url}/things/{{id}}",
                "timeout": _TIMES,
                **({"bulk": {**bulk, "url": f"{server.url}/bulk"}} if bulky else {}),
            }
            world.link(
                "orders",
                definition(source=FILE, stages=(COLUMNS,), target=target, retry=_QUICK),
            )
            event = world.run(full=True)
            assert_ended(world, event)

        explore(
            st.tuples(st.lists(answers, min_size=1, max_size=4), st.booleans()),
            holds,
            few=40,
        )


def test_a_gzip_bomb_within_a_gzip_bomb_is_cut_at_the_cap(
    world: World, explore: Explore
) -> None:
    """Faults 20: 200 MB of blanks in 200 kB; what is held of them is no more than the cap."""
    packed = gzip.compress(b" " * (200 << 20), 9)
    body = Body(packed, headers={"Content-Encoding": "gzip"})

    def holds(answer: Body) -> None:
        with ScriptedServer(lambda seen: answer) as server:
            source = {"adapter": "http", "url": server.url, "timeout": _TIMES}
            world.link("orders", definition(source=source, stages=(COLUMNS,), retry=_QUICK))
            event = world.run()
        assert_ended(world, event)
        assert event.records.written == 0
        assert event.errors

    holds(body)
    explore(st.just(body), holds, few=1)
