"""Whatever a tap says: its stream comes to an end, every line is accounted for, nothing hangs."""

import json
import sys

from hypothesis import strategies as st

from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import json_bytes, json_texts
from tests.fuzz.sound import assert_ended
from tests.stories.world import World

TAP = """
import json, pathlib, sys
if "--discover" in sys.argv:
    print(json.dumps({"streams": [{"stream": "orders", "tap_stream_id": "orders",
          "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}]}))
else:
    data = pathlib.Path("said.bin").read_bytes()
    sys.stdout.buffer.write(data)
    sys.stderr.buffer.write(data[:500] * 9)
    sys.exit(pathlib.Path("code.txt").read_text() == "1")
"""
LINK = {
    "link": "orders",
    "key": "id",
    "batch_size": 2,
    "stages": [
        {"name": "columns", "map": {"id": {"from": "id", "cast": "int"}, "email": "email"}}
    ],
    "target": {
        "adapter": "sql",
        "url": "sqlite:///w.db",
        "table": "orders",
        "create": True,
    },
}
_kinds = st.sampled_from(
    ["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION", "BATCH", "", "record"]
)
_keys = st.sampled_from(["record", "schema", "value", "stream", "type", "version"])


def _message(parts: tuple[str, str, str]) -> bytes:
    kind, key, text = parts
    said = f'{{"type":"{kind}","stream":"orders","{key}":{text}}}'
    return said.encode("utf-8", "replace")


_words = st.sampled_from(
    [
        *("type", "properties", "items", "required", "pattern", "multipleOf", "maximum"),
        *("enum", "allOf", "anyOf", "oneOf", "not", "if", "then", "$ref", "$id", "const"),
        *("definitions", "patternProperties", "dependencies", "additionalProperties"),
    ]
)
_values = st.sampled_from(["object", "#", "#/definitions/a", "(", "a'\"b", "{variable}"])
_bent = st.dictionaries(
    _words,
    st.recursive(
        _values | st.none() | st.booleans() | st.integers(-3, 3),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3)
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)
_schemas = (
    _bent
    | st.sampled_from(
        [
            {"type": "object", "properties": {"id": {"type": "integer"}}},
            {"type": ["nope"]},
            {"$ref": "#"},
            {"$ref": "http://127.0.0.1:1/x"},
            {"properties": {"id": {"pattern": "(a+)+$"}}},
            {"allOf": [{"$ref": "#/x"}], "x": 1},
            [],
            True,
        ]
    )
).map(
    lambda each: json.dumps({"type": "SCHEMA", "stream": "orders", "schema": each}).encode()
)
_good = st.integers(0, 9).map(
    lambda n: json.dumps(
        {"type": "RECORD", "stream": "orders", "record": {"id": n}}
    ).encode()
)
_raw = st.sampled_from(
    [
        b'{"type":"STATE","value":"\xff"}',
        b'{"type":"STATE","value":1e999}',
        b'{"type":"SCHEMA","stream":"orders","schema":"\xed\xa0\x80"}',
        b'{"type":"STATE","value":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"type":"STATE","value":"\\ud800"}',
    ]
)
_said = st.lists(
    st.one_of(
        _good,
        _good,
        st.tuples(_kinds, _keys, json_texts).map(_message),
        _schemas,
        _raw,
        json_bytes,
    ),
    max_size=8,
)


def test_any_lines_of_a_tap_come_to_an_end(world: World, explore: Explore) -> None:
    (world.links / "tap.py").write_text(TAP)
    source = {
        "adapter": "singer",
        "command": f"{sys.executable} -I -S {world.links / 'tap.py'}",
        "stream": "orders",
    }
    world.link("orders", json.dumps({**LINK, "source": source}))

    def holds(asked: tuple[list[bytes], bool]) -> None:
        said, fails = asked
        (world.links / "said.bin").write_bytes(b"\n".join(said))
        (world.links / "code.txt").write_text("1" if fails else "0")
        assert_ended(world, world.run(full=True))

    explore(
        st.tuples(_said, st.booleans()),
        holds,
        few=20,
        also=[
            ([b'{"type":"STATE","value":"\xff"}', b'{"type":"STATE","value":1e999}'], False)
        ],
    )
