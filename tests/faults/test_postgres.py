"""PostgreSQL shot in the middle of a run, and cut off while it commits (catalogue 39)."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.adapters.sql_wire import Wire
from tests.databases import Postgres
from tests.faults.restarted import Restartable, a_server
from tests.servers.scripted import Answer, ScriptedServer, Seen
from tests.servers.systems import Pages
from tests.stories.command_line import ROOT, environment, linkdeck
from tests.stories.command_line import Answer as Said
from tests.stories.definitions import COLUMNS, SQLITE, definition, pages
from tests.stories.world import a_world, order

ALL = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Restartable]:
    with a_server() as started:
        yield started


def in_the_middle(happens: Callable[[], object]) -> Callable[[Seen], Answer]:
    """A shop with six pages; the fourth brings something about before it is answered."""
    shop = Pages([order(number) for number in range(1, ALL + 1)])
    left = [happens]

    def script(seen: Seen) -> Answer:
        if seen.query.get("page") == "4" and left:
            left.pop()()
        return shop(seen)

    return script


def run(folder: Path, url: str, *, store: str | None, target: Any) -> Said:
    """`linkdeck run`, in a process of its own."""
    world = a_world(folder)
    world.link(
        "orders",
        definition(
            source=pages(url), target=target, stages=[COLUMNS], parallel=1, workers="threads",
            retry={"max_attempts": 4, "delay_ms": 300, "jitter": "none"},
        ),
    )  # fmt: skip
    world.engine.close()
    done = subprocess.run(
        [sys.executable, "-m", "console", "run", "orders"],
        cwd=ROOT,
        env=environment(folder, {"LINKDECK_STORE": store} if store else {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def assert_whole(folder: Path, store: str) -> None:
    """Every page counted once, every record there once."""
    event = linkdeck("show", "1", "--json", home=folder, LINKDECK_STORE=store).document()
    assert event["status"] == "completed"
    assert event["batches"]["completed"] == event["batches"]["planned"] == ALL // 10
    records = event["records"]
    assert (records["fetched"], records["written"], records["residual"]) == (ALL, ALL, 0)


def test_39_a_store_that_is_shot_stops_the_run_and_resume_finishes_it(
    tmp_path: Path, server: Restartable
) -> None:
    """SYS E: one sentence; what was acknowledged is there after its recovery."""
    with ScriptedServer(in_the_middle(server.shot)) as shop:
        said = run(tmp_path, shop.url, store=server.url, target=SQLITE)
        server.started()
        resumed = linkdeck("resume", "1", home=tmp_path, LINKDECK_STORE=server.url)

    assert said.code == 3
    assert "Traceback" not in said.err
    assert "unforeseen" not in said.err
    assert said.err.splitlines()[-1].endswith(
        ("check its address, and that it runs", "start it again, then go on")
    )
    assert resumed.code == 0, resumed.err
    assert_whole(tmp_path, server.url)


def test_39_a_target_that_is_shot_and_comes_back_costs_an_attempt(
    tmp_path: Path, server: Restartable
) -> None:
    """No failure at all: the connection is made anew."""

    def restarted() -> None:
        server.shot()
        server.started()

    table = {"adapter": "sql", "url": server.url, "table": "shot", "create": True}
    with ScriptedServer(in_the_middle(restarted)) as shop:
        said = run(tmp_path, shop.url, store=None, target=table)

    assert said.code == 0, said.err + said.out
    assert_whole(tmp_path, f"sqlite:///{tmp_path}/linkdeck.db")


def test_39_a_commit_of_the_store_whose_answer_is_lost_counts_once(
    tmp_path: Path, postgres: Postgres
) -> None:
    """X1, I19: what the journal holds is asked of the store, never guessed."""
    direct = unquote(postgres.database("cut_off_store"))
    wire = Wire(direct)

    def cut() -> None:
        wire.cuts = 1

    with ScriptedServer(in_the_middle(cut)) as shop:
        said = run(tmp_path, shop.url, store=wire.url, target=SQLITE)
        assert wire.cuts == 0
        if said.code != 0:
            resumed = linkdeck("resume", "1", home=tmp_path, LINKDECK_STORE=direct)
            assert resumed.code == 0, resumed.err + said.err
    wire.close()

    assert "Traceback" not in said.err
    assert "unforeseen" not in said.err
    assert_whole(tmp_path, direct)
    rows = a_row_for_each(tmp_path)
    assert rows == ALL


def a_row_for_each(folder: Path) -> int:
    """How many the warehouse holds."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(folder / "links" / "warehouse.db")) as warehouse:
        (count,) = warehouse.execute("SELECT count(*) FROM orders").fetchone()
    return int(count)
