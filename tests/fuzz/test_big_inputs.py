"""What is too large or too deep: cut off in words, in a child that may take so much memory."""

import gzip
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.fuzz.hostile import HUGE
from tests.stories.command_line import ROOT, Answer, environment
from tests.stories.definitions import COLUMNS, FILE, definition
from tests.stories.world import World

MEMORY = 1500 << 20
"""Bytes of address space; what is imported takes about a third of it."""

SECONDS = 60


def bounded(world: World, *words: str) -> Answer:
    """A command in a process that dies beyond MEMORY."""

    def hold() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    done = subprocess.run(
        [sys.executable, "-m", "console", *words],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment(world.folder, {}),
        timeout=SECONDS * 3,
        preexec_fn=hold,
    )
    answer = Answer(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert answer.code in {0, 1, 2, 3}, answer.err[-1000:]
    assert "Traceback" not in answer.err
    assert "MemoryError" not in answer.err + answer.out
    return answer


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def _laughs(levels: int) -> str:
    lines = ['a0: &a0 ["lol","lol"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


BAD_DEFINITIONS = {
    "laughs": _laughs(12),
    "recursive": "link: &a [*a]",
    "deep flow": "link: " + _nested(5000),
    "deep block": "\n".join(f"{' ' * n}a:" for n in range(1200)),
    "large": "link: " + "x" * (2 << 20),
    "one key twice": "link: a\nlink: b",
    "many keys": "\n".join(f"k{n}: {n}" for n in range(4_000)),
    "an object": "link: !!python/object/apply:os.system [id]",
    "nul": "link: a\0b",
    "huge number": f"link: a\nbatch_size: {HUGE}",
    "deep expression": definition(
        stages=[{"ignore": "(" * 3000 + "id" + ")" * 3000, "reason": "r"}]
    ),
    "long expression": definition(
        stages=[{"ignore": " + ".join(["id"] * 20_000), "reason": "r"}]
    ),
    "huge power": definition(
        stages=[{"ignore": f"{'9' * 4000} * {'9' * 4000} > 1", "reason": "r"}]
    ),
}


@pytest.fixture
def file(world: World) -> Callable[[str, str], str]:
    def made(name: str, text: str) -> str:
        path = world.folder / f"{name.replace(' ', '-')}.yaml"
        path.write_text(text)
        return str(path)

    return made


def test_definitions_that_swell_are_refused_before_they_do(
    world: World, file: Callable[[str, str], str]
) -> None:
    """RELIABILITY (d) 5 to 18; all of them in one process, which must stay small."""
    paths = [file(name, text) for name, text in BAD_DEFINITIONS.items()]
    latin = world.folder / "latin.yaml"
    latin.write_bytes(b"link: caf\xe9\n")
    wide = world.folder / "wide.yaml"
    wide.write_bytes("link: a\n".encode("utf-16"))

    answer = bounded(world, "validate", *paths, str(latin), str(wide), "--json")

    reports = json.loads(answer.out)["files"]
    assert {Path(each["path"]).stem for each in reports if each["ok"]} == set()
    assert len(reports) == len(paths) + 2


LONG = 100 << 20


def _written(path: Path, parts: Iterable[bytes], *, packed: bool = False) -> None:
    with gzip.open(path, "wb", 1) if packed else path.open("wb") as file:
        for part in parts:
            file.write(part)


def _long_line() -> Iterable[bytes]:
    yield b'{"id":1,"email":"a","amount":1}\n{"id":2,"email":"'
    for _ in range(LONG >> 20):
        yield b"x" * (1 << 20)
    yield b'","amount":1}\n{"id":3,"email":"a","amount":1}\n'


@pytest.mark.parametrize(
    "name", ["orders.ndjson", "orders.ndjson.gz", "orders.csv", "orders.json"]
)
def test_a_line_of_100_mb_fails_alone_or_its_file_does(world: World, name: str) -> None:
    """RELIABILITY (d) 59."""
    _written(world.links / name, _long_line(), packed=name.endswith(".gz"))
    world.link("orders", definition(source={**FILE, "path": name}, stages=[COLUMNS]))

    answer = bounded(world, "run", "orders", "--json")

    event = json.loads(answer.out)
    assert answer.code == 3
    assert event["records"]["residual"] == 0
    assert event["errors"]
    assert all("does not declare" not in each["message"] for each in event["errors"])


DEEP = (
    _nested(100_000),
    '{"id":1,"email":' + _nested(100_000) + "}",
    '{"id":1,"email":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
    f'{{"id":{HUGE},"email":"a","amount":{HUGE}}}',
    '{"id":1,"email":"a","amount":1e400}',
    '{"id":1,"email":"a","amount":NaN}',
    '{"id":1,"id":2,"email":"","amount":1}',
    '{"id":1,"email":"' + "9" * 5000 + '","amount":' + "9" * 5000 + "}",
    "{" + ",".join(f'"k{n}":{n}' for n in range(100_000)) + "}",
)


def test_what_is_too_deep_or_too_large_fails_its_record_alone(world: World) -> None:
    """RELIABILITY (d) 41 to 46 and 60; what stands beside them is written."""
    good = '{"id":7,"email":"a","amount":7}'
    (world.links / "orders.ndjson").write_text(
        "\n".join([good, *DEEP, good.replace("7", "8")])
    )
    world.link("orders", definition(stages=[COLUMNS]))

    event = json.loads(bounded(world, "run", "orders", "--json").out)

    assert event["records"]["residual"] == 0
    assert event["records"]["written"] >= 2
    assert all("does not declare" not in each["message"] for each in event["errors"])
    for words in (("failures", "1"), ("record", "s1"), ("record", "s2"), ("plan", "1")):
        bounded(world, *words)


def test_a_gzip_file_that_unpacks_to_a_gigabyte_is_read_in_parts(world: World) -> None:
    blanks = (b" " * (1 << 20) for _ in range(1024))
    _written(world.links / "orders.ndjson.gz", blanks, packed=True)
    world.link("orders", definition(source={**FILE, "path": "orders.ndjson.gz"}))

    answer = bounded(world, "run", "orders", "--json")

    assert json.loads(answer.out)["records"]["residual"] == 0
