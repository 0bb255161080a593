"""kill -9 of engines, runs and workers at random: nothing lost, nothing doubled, all exact (X1)."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres
from tests.faults.kills import UPSERT, Victim
from tests.servers.scripted import Answer, Reset, ScriptedServer, Seen
from tests.servers.systems import Shelf
from tests.service.conftest import StartEngine
from tests.service.storm import Storm

PUT = "{{adapter: http, url: '{url}/things/{{id}}'}}"
PROCESSES = "workers: processes\nparallel: 2"
RESUMED_WITHIN = 2.0
"""Seconds from the start of an engine, on a machine that has them to give."""


@pytest.fixture
def shelf() -> Iterator[tuple[Shelf, str]]:
    """A system over HTTP that gives a key it knows no second effect."""
    shelf = Shelf(remembers=True)

    def whole(seen: Seen) -> Answer:
        # Cut off in the middle by a kill: no server acts on that.
        cut = len(seen.body) < int(seen.headers.get("content-length", 0))
        return Reset() if cut else shelf(seen)

    with ScriptedServer(whole) as server:
        yield shelf, PUT.format(url=server.url)


def _a_store(request: pytest.FixtureRequest, kind: str, folder: Path) -> str | None:
    if kind == "sqlite":
        return None
    server: Postgres = request.getfixturevalue("postgres")
    return server.database(f"storm_{abs(hash(folder))}")


def _storm(
    folder: Path,
    start: StartEngine,
    store: str | None,
    seed: int,
    shelf: tuple[Shelf, str] | None,
) -> Storm:
    victim = Victim.made(
        folder,
        batches=300 if shelf else 1500,
        target=shelf[1] if shelf else UPSERT,
        extra="" if seed % 2 else PROCESSES,
        store=store,
    )
    if shelf is not None:
        victim.elsewhere = lambda: Counter(map(int, shelf[0].effects))
    return Storm(victim, lambda: start(LINKDECK_STORE=store or ""), seed)


def test_six_kills_at_any_time_into_a_database(tmp_path: Path, start: StartEngine) -> None:
    storm = _storm(tmp_path, start, None, 1, None)

    storm.goes_on(6)

    storm.victim.world.engine.close()


def test_six_kills_at_any_time_over_http_with_a_shared_store(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    start: StartEngine,
    shelf: tuple[Shelf, str],
) -> None:
    """K1: what is sent again has no second effect."""
    store = _a_store(request, "postgresql", tmp_path)
    storm = _storm(tmp_path, start, store, 2, shelf)

    storm.goes_on(6)

    assert max(storm.victim.written().values()) == 1
    storm.victim.world.engine.close()


@pytest.mark.storm
def test_a_run_goes_on_within_two_seconds_of_an_engines_start(
    tmp_path: Path, start: StartEngine
) -> None:
    """X1, where nobody else wants the machine: two processes are made, each in half a second."""
    if os.getloadavg()[0] > (os.cpu_count() or 1):
        pytest.skip("the machine is busy; its seconds say nothing")
    storm = _storm(tmp_path, start, None, 1, None)

    storm.goes_on(12)

    assert min(storm.resumed) < RESUMED_WITHIN, storm.resumed
    storm.victim.world.engine.close()


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(10, 14))
@pytest.mark.parametrize("over", ["sql", "http"])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_hundreds_of_kills_at_any_time(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    start: StartEngine,
    kind: str,
    over: str,
    seed: int,
) -> None:
    """RELIABILITY g."""
    shelf = request.getfixturevalue("shelf") if over == "http" else None
    storm = _storm(tmp_path, start, _a_store(request, kind, tmp_path), seed, shelf)

    storm.goes_on(30)

    assert storm.killed.total() == 30
    storm.victim.world.engine.close()
