"""Paths are the operator's own, wherever they lead; what is at their end is a file, or refused.

A definition is trusted as a program is: it may name any file its owner may read. So a path needs no
fence around it; but a device never ends, a pipe waits for ever, and a folder is none of it. Data is
not trusted: nothing that a record, a server or a tap says becomes part of a path.
"""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import LinkdeckError
from tests.fuzz.exploring import patience
from tests.fuzz.sound import assert_ended
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, FILE, SQLITE, definition
from tests.stories.world import World, order

PLACES = (
    "/dev/zero",
    "/dev/random",
    "pipe",
    ".",
    "/proc/self/mem",
    "missing",
    "loop",
    "\x00",
)


MAY = frozenset({"target", "database", "config", "catalog"})
"""What writes makes what is missing; what a tap is given, the tap itself reads."""


@pytest.fixture
def placed(world: World) -> World:
    """A world with a pipe and a link to itself beside its definitions."""
    os.mkfifo(world.links / "pipe")
    (world.links / "loop").symlink_to("loop")
    world.orders([order(1)])
    return world


def _parts(place: str) -> dict[str, dict[str, Any]]:
    """Every place in a definition where a path is read."""
    source = {
        "adapter": "singer",
        "command": "/bin/true",
        "stream": "s",
        "config": {"a": 1},
    }
    reference = {"field": "email", "rule": "reference", "file": place, "column": "id"}
    return {
        "source": {"source": {**FILE, "path": place}},
        "gzip": {"source": {**FILE, "path": place, "format": "csv"}},
        "lookup": {
            "stages": [{"lookup": {"file": place, "on": "id", "into": "x"}}, COLUMNS]
        },
        "reference": {"stages": [COLUMNS, {"name": "r", "check": [reference]}]},
        "config": {"source": {**source, "config": place}},
        "catalog": {"source": {**source, "catalog": place}},
        "command": {"source": {**source, "command": f"./{place}"}},
        "secret": {"owner": f"${{file:{place}}}"},
        "target": {"target": {"adapter": "file", "path": place, "format": "ndjson"}},
        "database": {"target": {**SQLITE, "url": f"sqlite:///{place}"}},
    }


@pytest.mark.parametrize("place", PLACES, ids=[repr(each) for each in PLACES])
def test_what_is_no_file_is_refused_and_never_read_for_ever(
    placed: World, place: str
) -> None:
    """RELIABILITY (d) 30."""
    for part, said in _parts(place).items():
        placed.link("orders", definition(**said))
        with patience(10):
            try:
                event = placed.run(full=True)
            except LinkdeckError:
                continue
        assert_ended(placed, event)
        assert event.errors or part in MAY, (part, event)


@pytest.mark.parametrize("place", PLACES[:6])
def test_no_command_reads_a_path_for_ever(placed: World, place: str) -> None:
    where = str(Path(placed.links, place))
    for words in (
        ("validate", where),
        ("run", where),
        ("check", where),
        ("explain", where),
    ):
        with patience(10):
            answer = linkdeck(*words, home=placed.folder)
        assert answer.code in {1, 2, 3}, answer


NAMES = ("../../escaped", "/tmp/escaped", "a/b", "..", ".", "a\x00b", "~root", "a" * 300)


def test_nothing_that_data_says_becomes_part_of_a_path(world: World) -> None:
    """Keys and fields of records, at a target that makes files."""
    before = set(world.folder.parent.iterdir())
    target = {"adapter": "file", "path": "out", "format": "ndjson"}
    text = "".join(json.dumps({"id": each, "email": each}) + "\n" for each in NAMES)
    (world.links / "orders.ndjson").write_text(text)
    stages = [{"name": "as they are", "map": {"id": "id", "email": "email"}}]
    world.link("orders", definition(target=target, stages=stages))

    event = world.run()

    assert event.records.written == len(NAMES)
    made = [path for path in (world.links / "out").rglob("*") if path.is_file()]
    assert {path.suffix for path in made} == {".ndjson"}
    assert set(world.folder.parent.iterdir()) == before


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_link_leads_out_of_its_folder(world: World, name: str) -> None:
    world.orders([order(1)])
    before = {path for path in world.folder.rglob("*") if "linkdeck" not in path.name}

    answer = linkdeck("new", name.replace("\x00", "\x01"), home=world.folder)

    assert answer.code in {2, 3}, answer
    after = {path for path in world.folder.rglob("*") if "linkdeck" not in path.name}
    assert after - before <= {world.folder / "logs"}


def test_all_that_is_made_is_private_whatever_the_umask(world: World) -> None:
    """Files 0600, folders 0700: store, exports, evidence, part files, spool, logs, the lock."""
    before = os.umask(0)
    try:
        target = {"adapter": "file", "path": "../out", "format": "csv"}
        world.orders(
            [order(1), order(2, email="")], extra="alerts: [{when: 'failed_runs > 0'}]"
        )
        world.link("parts", definition(link="parts", target=target, stages=[COLUMNS]))
        home = world.folder
        for words in (
            ("run", "orders"),
            ("run", "parts"),
            ("export", "1", "--format", "csv", "--output", str(home / "x.csv")),
            ("export", "1", "--format", "ndjson", "--output", str(home / "x.ndjson")),
            ("evidence", "1", "--output", str(home / "x.json")),
            ("backup", str(home / "x.backup")),
        ):
            linkdeck(*words, home=home)
    finally:
        os.umask(before)

    ours = [
        path
        for path in world.folder.rglob("*")
        if path.name not in {"orders.ndjson", "orders.yaml", "parts.yaml", "warehouse.db"}
        and not path.name.startswith("warehouse.db")
    ]
    wide = [
        f"{path.relative_to(world.folder)} {stat.S_IMODE(path.stat().st_mode):o}"
        for path in ours
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]
    assert {"x.csv", "x.ndjson", "x.json", "out"} <= {path.name for path in ours}
    assert wide == []
