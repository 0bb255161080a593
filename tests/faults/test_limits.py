"""What the system grants no more of: open files, processes, memory (catalogue 23, and T1-T3)."""

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.cli.exhausted import sentence_of
from engine.domain.batch import Job
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.sync.processes import ProcessCrew
from engine.sync.worker_process import Trade
from tests.faults.foreign import STAGE, Foreign
from tests.faults.kills import SIZE, Victim
from tests.faults.observing import dead
from tests.faults.test_workers import assert_one_batch_lost, codes, ended
from tests.stories.command_line import ROOT, environment

HUNGRY = """
def eat(record):
    if record.fields["id"] == 51:
        held = []
        while True:
            held.append(bytearray(16 << 20))
    return record
"""

SENTENCES = (
    "raise the limit (ulimit -n), then do the same again",
    "and the limit on open files (ulimit -n)",
    "cannot be locked: Too many open files; mend that, then do the same again",
)
"""Whichever file was the one too many."""


def limited(limit: str, victim: Victim) -> "subprocess.CompletedProcess[str]":
    """A run under a limit of the shell's: `-n 12`, `-v 700000`."""
    return subprocess.run(
        ["sh", "-c", f'ulimit {limit}; exec "$@"', "sh", *victim.command()],
        cwd=ROOT,
        env=environment(victim.world.folder, victim.environ),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("files", [8, 10])
def test_a_run_that_may_open_too_few_files_says_so_and_goes_on_with_more(
    tmp_path: Path, files: int
) -> None:
    """SYS E: one sentence, wherever it strikes; then the next run has it all, once."""
    victim = Victim.made(tmp_path)
    victim.world.engine.close()

    done = limited(f"-n {files}", victim)

    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "unforeseen" not in done.stderr
    assert any(each in done.stderr for each in SENTENCES), done.stderr
    victim.world.run()
    good = set(range(1, victim.records + 1)) - victim.bad
    assert victim.written() == dict.fromkeys(good, 1)
    victim.world.engine.close()


def test_a_worker_process_that_cannot_be_started_is_a_system_error() -> None:
    """T1, SYS E: whoever waits for its Batch hears of it, and waits no longer."""
    trade = Trade(opened=_opened, setup=None, work=_opened)
    with _crew(trade) as crew, no_further_files():
        answer = crew.submit(Job(1, {}))
        failure = answer.exception(timeout=20)

    assert isinstance(failure, SystemSyncError)
    assert (failure.code, failure.error_class) == ("no_workers", ErrorClass.AVAILABILITY)
    assert failure.message == (
        "no worker process can be started (Too many open files); raise the limit on open files "
        "and processes (ulimit -n, ulimit -u), or take workers: threads"
    )


def test_23_a_record_that_eats_all_memory_fails_alone(tmp_path: Path) -> None:
    """REC D: its worker gets the memory back, its neighbours are written."""
    victim = Victim.made(
        tmp_path,
        stages=STAGE.format(function="eat").replace("foreign_code", "hungry"),
        extra="workers: processes\nparallel: 2",
        before=lambda links: (links / "hungry.py").write_text(HUNGRY),
    )

    done = limited("-v 900000", victim)

    event = victim.world.event(1)
    (failing,) = [each for each in victim.world.failing(event) if each.label == "51"]
    (error,) = failing.errors
    assert done.returncode == 3
    assert (error["tier"], error["class"]) == ("record", "unclassified")
    assert (error["durability"], error["stage"]) == ("durable", "foreign")
    assert error["message"].startswith("MemoryError in eat (hungry.py, line ")
    assert event.records.failed == len(victim.bad) + 1
    assert event.batches.completed == event.batches.planned
    victim.world.engine.close()


def test_27_a_worker_that_stands_still_is_ended_and_fails_its_batch_alone(
    tmp_path: Path,
) -> None:
    """BATCH: it cannot come back late, because it is gone."""
    made: list[Foreign] = []
    victim = Victim.made(
        tmp_path,
        stages=STAGE.format(function="wait_at_50_and_150"),
        extra="workers: processes\nparallel: 2",
        before=lambda links: made.append(Foreign(links)),
        environ={"LINKDECK_BATCH_LIMIT": "3"},
    )
    run = victim.start("run", "orders", "--json")
    still, other = made[0].waiting(2)
    os.kill(still, signal.SIGSTOP)
    made[0].open_gate()
    os.kill(other, signal.SIGKILL)

    event = ended(run, code=3)

    assert dead(still)
    assert codes(event)["worker_hung"] == 1
    assert event["records"]["fetched"] == victim.records - SIZE
    assert_one_batch_lost(victim, event, code="worker_hung")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            OSError(24, "x"),
            "this process may open no more files; raise the limit (ulimit -n)",
        ),
        (OSError(28, "x", "/a/b"), "the disk is full (/a/b); free some space"),
        (
            MemoryError(),
            "there is no more memory; give this process more of it (ulimit -v)",
        ),
        (
            RuntimeError("can't start new thread"),
            "no more threads may be started; raise the limits (ulimit -u, ulimit -v)",
        ),
    ],
    ids=repr,
)
def test_what_ran_out_is_named_with_its_cure(error: Exception, sentence: str) -> None:
    assert sentence_of(error) == f"{sentence}, then do the same again"


def test_what_is_none_of_that_stays_unforeseen() -> None:
    assert sentence_of(OSError(2, "no such file")) is None
    assert sentence_of(RuntimeError("else")) is None


def _opened(*given: Any) -> Any:
    return given


@contextmanager
def _crew(trade: Trade) -> Iterator[ProcessCrew]:
    crew = ProcessCrew(1, trade, push=lambda prepared: [], limit=20)
    try:
        yield crew
    finally:
        crew.close(wait=True)


@contextmanager
def no_further_files() -> Iterator[None]:
    """This process can open nothing meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_one = os.dup(0)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
