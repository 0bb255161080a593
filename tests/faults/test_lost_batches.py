"""What the runner does about a Batch whose worker is lost (K4, T1)."""

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime

from engine.domain.batch import BatchOutcome, BatchState, Job, Prepared
from engine.domain.errors import BatchSyncError, Error, SyncError, SystemSyncError, judged
from engine.domain.link import Budget
from engine.domain.outcome import Ending
from engine.domain.progress import BatchFinished, BatchStarted, Progress
from engine.domain.requests import Stop
from engine.sync.budget import BudgetWatch
from engine.sync.control import Control, Ended, Phase
from engine.sync.crew import Result, WorkerDied
from engine.sync.runner import Runner

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Losing:
    """A crew that loses chosen batches, by number, as often as it is given failures for them."""

    described = "nobody"
    room = 2

    def __init__(self, failures: dict[int, list[Exception]]) -> None:
        self._failures = failures
        self.handed: list[Job] = []

    def submit(self, job: Job) -> "Future[Result]":
        self.handed.append(job)
        future: Future[Result] = Future()
        failures = self._failures.get(job.batch)
        if failures:
            future.set_exception(failures.pop(0))
        else:
            future.set_result(BatchOutcome(job.batch, BatchState.COMPLETED, fetched=0))
        return future

    def turn(self) -> None:
        """Everything is done at once."""

    def push(self, batches: Sequence[Prepared]) -> list[BatchOutcome]:
        raise AssertionError(batches)

    def hurry(self) -> None:
        """Nobody waits."""

    def close(self, *, wait: bool) -> None:
        del wait


def a_run(crew: Losing, *, idempotent: bool) -> tuple[Ended, list[Progress]]:
    """Six batches by this crew."""
    said: list[Progress] = []
    control = Control(
        stop=Stop(), now=lambda: NOON, tick=_nothing, judge=_judged, idempotent=idempotent
    )
    runner = Runner(crew, said.append, BudgetWatch(Budget()), control)
    jobs = [Job(number, {"what": f"part {number}"}) for number in range(6)]
    return runner.run([Phase(lambda: jobs)], first_new=6), said


def test_a_batch_handed_out_again_is_looked_up_before_anything_is_sent() -> None:
    """K4: its worker may have written before it died."""
    crew = Losing({3: [WorkerDied("gone")]})

    ended, said = a_run(crew, idempotent=False)

    assert ended.ending is Ending.DONE
    assert [job.uncertain for job in crew.handed if job.batch == 3] == [False, True]
    assert not any(job.uncertain for job in crew.handed if job.batch != 3)
    assert all(each.durable for each in said if isinstance(each, BatchStarted))
    assert _states(said) == dict.fromkeys(range(6), BatchState.COMPLETED)


def test_what_a_worker_could_not_do_fails_its_batch_alone() -> None:
    crew = Losing({2: [BatchSyncError("cannot travel", code="cannot_travel")]})

    ended, said = a_run(crew, idempotent=True)

    assert ended.ending is Ending.DONE
    failed = {number for number, state in _states(said).items() if state == "failed"}
    assert failed == {2}


def test_a_crew_without_workers_stops_the_run() -> None:
    """T1: the Batch keeps its scope, and no further one starts."""
    crew = Losing({0: [SystemSyncError("no worker begins", code="no_workers")]})

    ended, said = a_run(crew, idempotent=True)

    assert ended.ending is Ending.STOPPED
    assert ended.error is not None
    assert ended.error.code == "no_workers"
    assert _states(said) == {0: BatchState.FAILED, 1: BatchState.COMPLETED}


def _nothing() -> None:
    """Nobody looks."""


def _judged(failure: SyncError) -> Error:
    return judged(failure, stage="source", at=NOON, rules={})


def _states(said: list[Progress]) -> dict[int, BatchState]:
    finished = [each for each in said if isinstance(each, BatchFinished)]
    return {outcome.batch: outcome.state for each in finished for outcome in each.outcomes}
