"""kill -9 at any moment leaves a Sync Event that the next run finishes, counts exact (X1, K4)."""

import random
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.faults.kills import INSERT, PARTS, SIZE, STRACE, UPSERT, Victim
from tests.faults.observing import until

if TYPE_CHECKING:
    from tests.databases import Postgres

needs_strace = pytest.mark.skipif(
    STRACE is None, reason="kills at a system call need strace"
)

WRITES_OF_A_SHORT_RUN = 180
"""More than any of these runs makes; a point it does not reach is a run that was not killed."""


def _sampled(points: int, *, seed: int) -> list[int]:
    reach = range(1, 120)
    return sorted(random.Random(seed).sample(reach, points))


@needs_strace
@pytest.mark.parametrize("call", _sampled(6, seed=7))
def test_a_kill_at_a_write_is_finished_by_the_next_run(tmp_path: Path, call: int) -> None:
    victim = Victim.made(tmp_path)

    assert victim.killed_at(call)

    victim.check(victim.finish_here())


@needs_strace
@pytest.mark.parametrize("call", _sampled(5, seed=11))
def test_a_kill_while_rows_are_inserted_writes_no_row_twice(
    tmp_path: Path, call: int
) -> None:
    """K4: the start of a Batch is durable; its rows are looked up before any is sent again."""
    victim = Victim.made(tmp_path, target=INSERT)

    victim.killed_at(call)

    victim.check(victim.finish_here())


@needs_strace
@pytest.mark.parametrize("commit", [2, 3])
def test_a_kill_between_the_targets_commit_and_the_journal_counts_once(
    tmp_path: Path, commit: int
) -> None:
    """K4, at the moment that matters: rows are there, and nobody has written that down."""
    victim = Victim.made(tmp_path, target=INSERT)
    log = victim.world.links / "warehouse.db-wal"

    assert victim.killed_at(commit, calls="fdatasync", of=log)
    there, counted = sum(victim.written().values()), _counted(victim)

    assert there > counted == (0 if commit == 2 else there - _last_group(victim))
    victim.check(victim.finish_here())


def _counted(victim: Victim) -> int:
    return victim.world.engine.event("1").records.written


def _last_group(victim: Victim) -> int:
    """Rows of the 16 batches after the first 20."""
    return len(set(range(20 * SIZE + 1, victim.records + 1)) - victim.bad)


@needs_strace
@pytest.mark.parametrize("call", [3, 8])
def test_a_kill_while_part_files_are_written_leaves_whole_ones(
    tmp_path: Path, call: int
) -> None:
    victim = Victim.made(tmp_path, target=PARTS)

    assert victim.killed_at(call, calls="rename,fsync")

    victim.check(victim.finish_here())


@needs_strace
def test_a_kill_of_the_resume_is_finished_by_the_next_one(tmp_path: Path) -> None:
    victim = Victim.made(tmp_path, target=INSERT)
    killed = [victim.killed_at(call) for call in (34, 12, 25)]

    event = victim.finish()

    assert all(killed)
    assert (event["id"], event["interrupted"]) == (1, True)
    victim.check(event)


@needs_strace
@pytest.mark.parametrize("call", [25, 60])
def test_a_kill_of_a_run_whose_store_is_postgresql(
    tmp_path: Path, postgres: "Postgres", postgres_template: str, call: int
) -> None:
    url = postgres.database(f"killed{call}", postgres_template)
    victim = Victim.made(tmp_path, target=INSERT, store=url)

    assert victim.killed_at(call, calls="sendto")

    victim.check(victim.finish_here())


@needs_strace
@pytest.mark.parametrize("call", [18, 24])
def test_a_kill_while_many_writers_insert_writes_no_row_twice(
    tmp_path: Path, postgres: "Postgres", call: int
) -> None:
    """K4 where workers push: each of four threads has a connection of its own."""
    url = postgres.database(f"orders{call}")
    engine = sa.create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool
    )
    with engine.begin() as made:
        made.exec_driver_sql("CREATE TABLE orders (id BIGINT, email TEXT, amount BIGINT)")
    target = f"{{adapter: sql, url: '{url}', table: orders, mode: insert}}"
    victim = Victim.made(tmp_path, target=target, extra="workers: threads\nparallel: 4")

    def held() -> Counter[int]:
        with engine.connect() as asked:
            found = asked.exec_driver_sql("SELECT id FROM orders").scalars()
            return Counter(found.all())

    victim.elsewhere = held

    assert victim.killed_at(call, calls="sendto")

    victim.check(victim.finish_here())


def test_a_kill_once_some_batches_are_counted_keeps_them(tmp_path: Path) -> None:
    victim = Victim.made(tmp_path, batches=200)
    with victim.start() as run:
        until(lambda: _counted_so_far(victim) > 0 or run.poll() is not None)
        run.send_signal(signal.SIGKILL)
    counted = _counted_so_far(victim)

    event = victim.finish()

    assert 0 < counted < victim.records
    victim.check(event)


def _counted_so_far(victim: Victim) -> int:
    events = victim.world.engine.events().items
    return events[0].records.fetched if events else 0


@pytest.mark.storm
@needs_strace
@pytest.mark.parametrize("target", [UPSERT, INSERT], ids=["upsert", "insert"])
@pytest.mark.parametrize("call", range(1, WRITES_OF_A_SHORT_RUN))
def test_a_kill_at_every_write(tmp_path: Path, target: str, call: int) -> None:
    victim = Victim.made(tmp_path, target=target)

    victim.killed_at(call)

    victim.check(victim.finish_here())


@pytest.mark.storm
@needs_strace
@pytest.mark.parametrize("seed", range(40))
def test_a_row_of_kills_of_run_and_resumes(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    victim = Victim.made(tmp_path, target=draw.choice([UPSERT, INSERT]))

    for _ in range(4):
        victim.killed_at(draw.randrange(1, 120))
        if any(event.status.over for event in victim.world.engine.events().items):
            break

    victim.check(victim.finish_here())


@pytest.mark.storm
@needs_strace
@pytest.mark.parametrize("call", range(1, 120))
def test_a_kill_at_every_step_of_part_files(tmp_path: Path, call: int) -> None:
    victim = Victim.made(tmp_path, target=PARTS)

    victim.killed_at(call, calls="rename,fsync,write")

    victim.check(victim.finish_here())
