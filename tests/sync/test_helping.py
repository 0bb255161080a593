"""The coordinator does a job itself while it would only wait for its worker processes."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import wait

import pytest

from engine.domain.batch import BatchOutcome, BatchState, Job, Prepared
from engine.sync.crew import Pause
from engine.sync.processes import AHEAD, ProcessCrew
from engine.sync.worker_process import Trade

JOBS = 2 * AHEAD


def opened(setup: None, pause: Pause) -> None:
    """A worker that needs nothing."""


def work(job: Job) -> BatchOutcome:
    """An outcome that tells by its count which process did it."""
    return BatchOutcome(job.batch, BatchState.COMPLETED, fetched=os.getpid())


def pushed(batches: Sequence[Prepared]) -> list[BatchOutcome]:
    """Nothing is pushed here."""
    raise AssertionError(batches)


@pytest.fixture
def crew() -> Iterator[ProcessCrew]:
    """One worker process, and a coordinator that helps."""
    made = ProcessCrew(1, Trade(opened, None, work), push=pushed, limit=None, helper=work)
    yield made
    made.close(wait=True)


def done_by(crew: ProcessCrew, jobs: Sequence[Job]) -> list[int | None]:
    """The processes that did these jobs, the coordinator taking a turn for each of them."""
    futures = [crew.submit(job) for job in jobs]
    for _ in jobs:
        crew.turn()
    wait(futures, timeout=30)
    results = [future.result() for future in futures]
    assert [result.batch for result in results] == [job.batch for job in jobs]
    return [result.fetched for result in results if isinstance(result, BatchOutcome)]


def test_what_no_worker_has_taken_yet_is_done_here(crew: ProcessCrew) -> None:
    pids = done_by(crew, [Job(number, {}) for number in range(JOBS)])

    assert len(pids) == JOBS
    assert os.getpid() in pids


def test_a_batch_that_may_have_killed_its_worker_is_not_done_here(
    crew: ProcessCrew,
) -> None:
    """K4: the coordinator must outlive it."""
    pids = done_by(crew, [Job(number, {}, uncertain=True) for number in range(JOBS)])

    assert len(pids) == JOBS
    assert os.getpid() not in pids


def test_foreign_code_is_never_run_by_the_coordinator() -> None:
    crew = ProcessCrew(1, Trade(opened, None, work), push=pushed, limit=30.0)
    pids = done_by(crew, [Job(number, {}) for number in range(JOBS)])
    crew.close(wait=True)

    assert os.getpid() not in pids
