"""kill -9 by the clock and by the target, of runs and of what resumes them (X1, K3, K4)."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from engine.domain.requests import Selection
from tests.faults.forks import Forks, kill, over
from tests.faults.kills import Victim
from tests.faults.observing import PATIENCE
from tests.servers.scripted import Answer, Reset, ScriptedServer, Seen
from tests.servers.systems import Shelf

KILLS = 5
"""Of one Sync Event by the clock; four of those make twenty in the suite."""

BATCHES = 200
PUT = "{{adapter: http, url: '{url}/things/{{id}}'}}"
POST = "{{adapter: http, url: '{url}/things/', method: POST}}"
ASKED = (
    "{{adapter: http, url: '{url}/things/', method: POST,"
    " lookup: {{url: '{url}/things/{{id}}'}}}}"
)


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as forks:
        yield forks


@pytest.fixture(scope="module")
def life(forks: Forks, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long such a run takes here and now, when nobody kills it."""
    folder = tmp_path_factory.mktemp("life")
    Victim.made(folder, batches=BATCHES).world.engine.close()
    began = monotonic()
    assert over(forks.start(folder, "run", "orders"), within=PATIENCE)
    return monotonic() - began


# By the clock


@pytest.mark.parametrize("seed", range(4))
def test_five_kills_at_any_time_lose_and_double_nothing(
    tmp_path: Path, forks: Forks, life: float, seed: int
) -> None:
    _killed_by_the_clock(tmp_path, forks, life, seed)


@pytest.mark.storm
@pytest.mark.parametrize("seed", range(100, 300))
def test_a_thousand_kills_at_any_time(
    tmp_path: Path, forks: Forks, life: float, seed: int
) -> None:
    _killed_by_the_clock(tmp_path, forks, life, seed)


def _killed_by_the_clock(folder: Path, forks: Forks, life: float, seed: int) -> None:
    draw = random.Random(seed)
    victim = Victim.made(folder, batches=BATCHES)
    for _ in range(KILLS):
        group = forks.start(folder, "run", "orders")
        over(group, within=draw.uniform(0, life / 2))
        kill(group)
        assert over(group, within=PATIENCE)
        if _all_over(victim):
            break

    victim.check(victim.finish_here())


def _all_over(victim: Victim) -> bool:
    found = victim.world.engine.events().items
    return bool(found) and found[0].status.over


# By the target: at a write, before it has an effect or after, and never answered


@dataclass
class Deadly:
    """A shelf that kills who writes to it, at one of the writes."""

    shelf: Shelf
    at: int
    after: bool
    group: "Future[int]" = field(default_factory=Future)
    _writes: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    def __call__(self, seen: Seen) -> Answer:
        if seen.method == "GET":
            return self.shelf(seen)
        if len(seen.body) < int(seen.headers["content-length"]):
            # Cut off in the middle by the kill: no server acts on that.
            return Reset()
        with self._lock:
            self._writes += 1
            fatal = self._writes == self.at
        answer = self.shelf(seen) if self.after or not fatal else Reset()
        if not fatal:
            return answer
        kill(self.group.result(PATIENCE))
        return Reset()

    @property
    def effects(self) -> Counter[int]:
        """How often each order was kept."""
        return Counter(map(int, self.shelf.effects))


@contextmanager
def _killed_at_a_write(
    folder: Path, forks: Forks, seed: int, *, target: str, remembers: bool, extra: str = ""
) -> Iterator[tuple[Victim, Deadly]]:
    """A run and a resume killed at writes; who remembers a key gives it no second effect."""
    draw = random.Random(seed)
    deadly = Deadly(Shelf(remembers=remembers), draw.randrange(1, 120), draw.random() < 0.5)
    with ScriptedServer(deadly) as server:
        victim = Victim.made(folder, target=target.format(url=server.url), extra=extra)
        victim.elsewhere = lambda: deadly.effects
        group = forks.start(folder, "run", "orders")
        deadly.group.set_result(group)
        assert over(group, within=PATIENCE)
        yield victim, deadly


def _idempotent(folder: Path, forks: Forks, seed: int, extra: str = "") -> None:
    with _killed_at_a_write(
        folder, forks, seed, target=PUT, remembers=True, extra=extra
    ) as (victim, _):
        victim.check(victim.finish_here())


def _looked_up(folder: Path, forks: Forks, seed: int, extra: str = "") -> None:
    with _killed_at_a_write(
        folder, forks, seed, target=ASKED, remembers=False, extra=extra
    ) as (victim, _):
        victim.check(victim.finish_here())


def _in_doubt(folder: Path, forks: Forks, seed: int, extra: str = "") -> None:
    with _killed_at_a_write(
        folder, forks, seed, target=POST, remembers=False, extra=extra
    ) as (victim, deadly):
        event = victim.finish_here()
        doubtful = _doubtful(victim)
        victim.world.engine.close()

    records = event["records"]
    good = set(range(1, victim.records + 1)) - victim.bad
    assert max(deadly.effects.values()) == 1
    assert good - doubtful <= set(deadly.effects) <= good
    assert (records["in_doubt"], records["failed"]) == (len(doubtful), len(victim.bad))
    assert records["written"] == len(good - doubtful)
    assert (records["fetched"], records["residual"]) == (victim.records, 0)
    assert doubtful


def _doubtful(victim: Victim) -> set[int]:
    found = victim.world.engine.failures("1", Selection(), limit=victim.records).records
    return {int(each.label) for each in found if each.state == "in_doubt"}


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_while_records_are_put_loses_and_doubles_nothing(
    tmp_path: Path, forks: Forks, seed: int
) -> None:
    """K1: what is sent again has the same key."""
    _idempotent(tmp_path, forks, seed)


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_while_records_are_posted_is_looked_up(
    tmp_path: Path, forks: Forks, seed: int
) -> None:
    """K4: each once, though the target would take each twice."""
    _looked_up(tmp_path, forks, seed)


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_while_records_are_posted_blindly_leaves_them_in_doubt(
    tmp_path: Path, forks: Forks, seed: int
) -> None:
    """K4: nothing is sent twice, and nobody pretends to know."""
    _in_doubt(tmp_path, forks, seed)


@pytest.mark.storm
@pytest.mark.parametrize("workers", ["threads", "processes"])
@pytest.mark.parametrize("proof", [_idempotent, _looked_up, _in_doubt])
@pytest.mark.parametrize("seed", range(100, 140))
def test_kills_at_any_write(
    tmp_path: Path, forks: Forks, seed: int, proof: Any, workers: str
) -> None:
    proof(tmp_path, forks, seed, f"workers: {workers}\nparallel: 2")
