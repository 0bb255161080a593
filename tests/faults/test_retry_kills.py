"""kill -9 of a retry: what it did is counted once, and the Chain still closes (X1, C3, C4)."""

import random
from pathlib import Path
from typing import Any

import pytest

from engine.domain.outcome import Status
from engine.domain.requests import RunOptions, Stop
from engine.domain.sync_event import SyncEvent
from tests.faults.kills import INSERT, STRACE, UPSERT, Victim
from tests.stories.world import World

needs_strace = pytest.mark.skipif(
    STRACE is None, reason="kills at a system call need strace"
)

WORDS = ("retry", "1", "--definition", "current", "--reason", "mended")
RULE = "      - {field: email, rule: required}"
MILDER = "      - {field: id, rule: required}"
WRITES_OF_A_RETRY = 220
"""More than any of these retries makes."""


class Blocked(Victim):
    """Every record but four of each Batch is blocked by a rule, which is then mended."""

    @property
    def bad(self) -> frozenset[int]:
        """The orders without an e-mail."""
        return frozenset(n for n in range(1, self.records + 1) if n % 5)


def blocked(folder: Path, target: str) -> tuple[Blocked, SyncEvent]:
    """A run with failing records in every Batch, and the definition mended after it."""
    victim = Blocked.made(folder, batches=30, target=target)
    assert isinstance(victim, Blocked)
    first = victim.world.run()
    assert first.open.records == len(victim.bad) == 120
    path = victim.world.links / "orders.yaml"
    path.write_text(path.read_text().replace(RULE, MILDER), encoding="utf-8")
    victim.world.engine.close()
    return victim, first


def recovered(world: World) -> None:
    """Whatever was interrupted is finished, and what is left is retried."""
    interrupted = [e for e in world.engine.events().items if not e.status.over]
    if interrupted:
        found = world.engine.resume(str(interrupted[0].id), actor="ana@test", stop=Stop())
        assert found.status is Status.COMPLETED
    elif world.event(1).status is Status.FAILED:
        world.retry(1, definition=_current())


def _current() -> Any:
    from engine.domain.retry_plan import Choice

    return Choice.CURRENT


def check(victim: Blocked) -> None:
    """Nothing lost, nothing doubled, every Sync Event settled, the books balanced."""
    world = victim.world
    events = [world.event(each.id) for each in world.engine.events().items]
    assert [each.status for each in events] == [Status.COMPLETED] * len(events)
    assert all(each.open.records == 0 for each in events)
    child, first = events[0], events[-1]
    assert (child.records.from_snapshots, child.records.written) == (120, 120)
    assert first.recovered_by == child.id
    assert set(victim.written().values()) == {1}
    assert len(victim.written()) == victim.records
    world.engine.close()


def _sampled(points: int, *, seed: int) -> list[int]:
    return sorted(random.Random(seed).sample(range(1, WRITES_OF_A_RETRY), points))


@needs_strace
@pytest.mark.parametrize("target", [UPSERT, INSERT], ids=["upsert", "insert"])
@pytest.mark.parametrize("call", _sampled(5, seed=3))
def test_a_kill_at_a_write_of_a_retry_is_finished_and_counted_once(
    tmp_path: Path, call: int, target: str
) -> None:
    victim, _ = blocked(tmp_path, target)

    victim.killed_at(call, words=WORDS)

    recovered(victim.world)
    check(victim)


@needs_strace
@pytest.mark.parametrize("target", [UPSERT, INSERT], ids=["upsert", "insert"])
@pytest.mark.parametrize("commit", [2, 3])
def test_a_kill_between_the_targets_commit_and_the_journal_of_a_retry(
    tmp_path: Path, commit: int, target: str
) -> None:
    """K4: records are there that no Snapshot says are recovered."""
    victim, _ = blocked(tmp_path, target)
    log = victim.world.links / "warehouse.db-wal"

    assert victim.killed_at(commit, calls="fdatasync", of=log, words=WORDS)
    there = sum(victim.written().values()) - 30
    assert there > victim.world.event(2).records.written

    recovered(victim.world)
    check(victim)


@needs_strace
@pytest.mark.storm
@pytest.mark.parametrize("target", [UPSERT, INSERT], ids=["upsert", "insert"])
def test_a_kill_at_every_write_of_a_retry(tmp_path: Path, target: str) -> None:
    """The whole sweep."""
    for call in range(1, WRITES_OF_A_RETRY):
        folder = tmp_path / str(call)
        folder.mkdir()
        victim, _ = blocked(folder, target)
        if not victim.killed_at(call, words=WORDS):
            break
        recovered(victim.world)
        check(victim)


@needs_strace
def test_the_next_run_of_the_link_finishes_the_interrupted_retry_first(
    tmp_path: Path,
) -> None:
    """Contract, section 2: then the run is made."""
    victim, _ = blocked(tmp_path, UPSERT)
    assert victim.killed_at(140, words=WORDS)

    event = victim.world.engine.run("orders", RunOptions(actor="ana@test"), stop=Stop())

    assert event.id == 3
    retry = victim.world.event(2)
    assert (retry.status, retry.interrupted) == (Status.COMPLETED, True)
    assert victim.world.event(1).status is Status.COMPLETED


@needs_strace
def test_a_retry_with_nothing_else_asked_for_resumes_the_interrupted_one(
    tmp_path: Path,
) -> None:
    """Contract, section 2; with another selection it is refused and told what to do."""
    from engine.domain.errors import Refused

    victim, _ = blocked(tmp_path, UPSERT)
    assert victim.killed_at(140, words=WORDS)
    world = victim.world

    with pytest.raises(Refused, match=r"linkdeck resume 2, or: linkdeck cancel 2"):
        world.retry(1, keys=("3",))
    resumed = world.retry(1)

    assert (resumed.id, resumed.interrupted) == (2, True)
    check(victim)
