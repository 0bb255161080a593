"""Whatever a file holds: every record is accounted for, and what fails says why."""

import gzip
import json

from hypothesis import strategies as st

from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import HUGE, WEAPONS, lines
from tests.fuzz.sound import assert_ended
from tests.stories.definitions import definition
from tests.stories.world import World

CASTS = (
    "str",
    "int",
    "float",
    "decimal",
    "bool",
    "date",
    "datetime",
    "epoch",
    "cents",
    "json",
)
EVERYTHING = {
    "name": "columns",
    "map": {
        "id": {"from": "id", "cast": "str", "default": "none"},
        **{f"as_{cast}": {"from": "amount", "cast": cast} for cast in CASTS},
        "email": {"from": "email", "do": ["strip", "lower", "title", "collapse"]},
        "inner": {"from": "nested.id", "default": 0, "cast": "int"},
        "both": {"concat": ["id", "-", "email"]},
        "lines": "lines",
    },
}
LENIENT = {
    "name": "lenient",
    "map": {"id": "id", "email": "email", "lines": "lines", "amount": "amount"},
}
RULES = {
    "name": "rules",
    "check": [
        {"field": "email", "rule": "email", "severity": "warning"},
        {"field": "email", "rule": "length", "max": 50},
        {
            "field": "email",
            "rule": "regex",
            "pattern": "(a|b)*c?.{0,9}",
            "severity": "warning",
        },
        {"field": "id", "rule": "unique"},
        {"when": "len(email) > 3 and email + 1 > id * 2", "code": "odd", "message": "odd"},
        {"when": "lines[0] == id % 7", "code": "seven", "message": "seven"},
    ],
}
csv_bytes = st.lists(
    st.sampled_from([*WEAPONS, *'",;\n\r', '""', "1", "id", HUGE]), max_size=25
).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))


def _runs(world: World, name: str, data: bytes, stage: object) -> None:
    (world.links / name).write_bytes(data)
    source = {"adapter": "file", "path": name}
    world.link("orders", definition(source=source, stages=(stage, RULES)))
    assert_ended(world, world.run(full=True))


def test_any_lines_run_to_an_end(world: World, explore: Explore) -> None:
    explore(lines, lambda data: _runs(world, "orders.ndjson", data, LENIENT), few=40)


def test_any_lines_are_cast_to_anything_or_refused(world: World, explore: Explore) -> None:
    """Each weapon stands in every field once, in the short form too."""
    explore(
        lines,
        lambda data: _runs(world, "orders.ndjson", data, EVERYTHING),
        few=30,
        also=[
            "\n".join(
                json.dumps({"id": n, "amount": each, "email": each, "lines": [each]})
                for n, each in enumerate(WEAPONS)
            ).encode()
        ],
    )


def test_any_document_runs_to_an_end(world: World, explore: Explore) -> None:
    explore(
        lines.map(lambda data: b"[" + data.replace(b"\n", b",") + b"]"),
        lambda data: _runs(world, "orders.json", data, LENIENT),
        few=25,
    )


def test_any_table_runs_to_an_end(world: World, explore: Explore) -> None:
    explore(
        csv_bytes,
        lambda data: _runs(world, "orders.csv", b"id,email,amount\n" + data, EVERYTHING),
        few=30,
    )


def test_any_damage_to_a_packed_file_runs_to_an_end(world: World, explore: Explore) -> None:
    sound = gzip.compress(b'{"id":1,"email":"a"}\n' * 200, mtime=0)

    def damaged(change: tuple[int, bytes]) -> None:
        at, piece = change
        data = sound[:at] + piece + sound[at + len(piece) :]
        _runs(world, "orders.ndjson.gz", data, LENIENT)

    places = st.integers(0, len(sound))
    explore(st.tuples(places, st.binary(max_size=6)), damaged, few=20)
