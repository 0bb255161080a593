"""kill -9 at any moment leaves a Sync Event that the next run finishes, counts exact (X1)."""

import random
import signal
from pathlib import Path

import psutil
import pytest

from tests.faults.kills import STRACE, Victim

EVERY_WRITE_OF_A_SHORT_RUN = range(1, 400)
IN_CI = sorted(random.Random(7).sample(range(1, 240), 20))


@pytest.mark.skipif(STRACE is None, reason="kills at a system call need strace")
@pytest.mark.parametrize("call", IN_CI)
def test_a_kill_at_any_write_is_finished_by_the_next_run(tmp_path: Path, call: int) -> None:
    victim = Victim.made(tmp_path)

    victim.killed_at(call)

    victim.check(victim.finish())


@pytest.mark.skipif(STRACE is None, reason="kills at a system call need strace")
def test_a_kill_of_the_resume_is_finished_by_the_next_one(tmp_path: Path) -> None:
    victim = Victim.made(tmp_path)
    killed = [victim.killed_at(call) for call in (60, 40, 55)]

    event = victim.finish()

    assert killed[0]
    victim.check(event)


def test_workers_are_gone_within_a_second_of_their_coordinator(tmp_path: Path) -> None:
    victim = Victim.made(tmp_path, extra="workers: processes\nparallel: 2")
    with victim.start() as run:
        workers = _workers_of(run.pid)
        run.send_signal(signal.SIGKILL)
        gone, alive = psutil.wait_procs(workers, timeout=1.0)

    assert workers
    assert alive == []
    assert len(gone) == len(workers)
    victim.check(victim.finish())


def _workers_of(pid: int) -> list[psutil.Process]:
    """The worker processes of a run, as soon as there are some."""
    run = psutil.Process(pid)
    while run.is_running():
        workers = [
            child
            for child in run.children(recursive=True)
            if "multiprocessing" in " ".join(child.cmdline())
        ]
        if len(workers) >= 2:
            return workers
    return []
