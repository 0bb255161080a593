"""The coordinator of a Sync Event: hands jobs out, pushes in groups, tells what happened.

It never sees the store: everything it has to say goes through `emit`, on its own thread, and
only after the target's commit (X1).
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from copy import copy
from dataclasses import replace
from datetime import datetime
from heapq import heappop, heappush
from itertools import islice

from engine.domain.batch import BatchOutcome, BatchState, Job, Prepared, Scope
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    SyncError,
    SystemSyncError,
)
from engine.domain.outcome import Ending
from engine.domain.parking import due
from engine.domain.progress import (
    BatchesPlanned,
    BatchFinished,
    BatchStarted,
    Progress,
)
from engine.sync.batch import replayed
from engine.sync.budget import BudgetWatch
from engine.sync.control import Control, Ended, Phase
from engine.sync.crew import (
    GROUP,
    Crew,
    CrewLost,
    Result,
    WorkerDied,
    WorkerHung,
)

PATIENCE = 0.25
"""Seconds a finished Batch waits for company, at most."""

SLOW = 0.1
"""Seconds without an answer after which the coordinator goes on with what comes after."""

_A_FEW = 4
"""Hand-overs wait until a quarter of what is out may be replaced at once."""

_LIVES = 2
"""Workers a Batch may kill before it fails."""


class Runner:
    """Runs planned batches to their end; one instance a run."""

    def __init__(
        self,
        crew: Crew,
        emit: Callable[[Progress], None],
        budget: BudgetWatch,
        control: Control,
    ) -> None:
        self._crew = crew
        self._emit = emit
        self._budget = budget
        self._foreseen = copy(budget)
        self._pressing = False
        self._control = control
        self._waiting: deque[Job] = deque()
        self._aside: deque[Job] = deque()
        self._ahead: list[BatchOutcome] = []
        self._put_back: list[int] = []
        self._goes_ahead = True
        self._later: list[tuple[datetime, int, Job]] = []
        self._out: dict[Future[Result], Job] = {}
        self._prepared: list[Prepared] = []
        self._finished: list[BatchOutcome] = []
        self._since = self._heard = 0.0
        self._tidied = False
        self._deaths: dict[int, int] = {}
        self._next = 0
        self._ended: Ended | None = None
        self._unbegun: list[int] = []
        self._forsaken: list[Job] = []

    def run(self, phases: Iterable[Phase], *, first_new: int) -> Ended:
        """All jobs of all phases, and what they reveal, numbered on from `first_new`."""
        self._next = first_new
        for phase in phases:
            if self._ended is None:
                self._line_up(phase.jobs())
                self._aside.extend(phase.after())
                self._work_off()
                self._count_ahead()
                self._line_up(self._aside)
                self._aside.clear()
                self._work_off()
        ended = self._ended or Ended(Ending.DONE)
        return replace(ended, unbegun=tuple(self._unbegun))

    def _work_off(self) -> None:
        while self._begun or self._later or self._fed:
            self._control.tick()
            self._heed_stop()
            self._take_in()
            self._call_up()
            self._hand_out()
            self._collect()
            if self._due():
                self._settle()

    @property
    def _begun(self) -> bool:
        """Whether there is anything to do now."""
        return bool(self._waiting or self._out or self._prepared or self._finished)

    @property
    def _fed(self) -> bool:
        """Whether more may come of itself."""
        feed = self._control.feed
        return feed is not None and self._ended is None and not feed.over

    def _take_in(self) -> None:
        """What has come since, planned before it is begun; enough at a time to keep all busy."""
        feed = self._control.feed
        if feed is None or not self._fed or len(self._waiting) >= self._crew.room:
            return
        scopes = tuple(feed.more(idle=not (self._begun or self._later)))
        if scopes:
            self._emit(BatchesPlanned(self._next, scopes, complete=feed.over))
            self._reveal(scopes)

    def _line_up(self, jobs: Iterable[Job]) -> None:
        """Each with those that wait for their turn, or for their time."""
        for job in jobs:
            at = due(job.scope)
            if at is None:
                self._waiting.append(job)
            else:
                heappush(self._later, (at, job.batch, job))

    def _call_up(self) -> None:
        """Parked batches whose time has come; where there is nothing else, the time is waited."""
        while self._later and self._later[0][0] <= self._control.now():
            self._waiting.append(heappop(self._later)[2])
        if self._later and not self._begun:
            left = self._later[0][0] - self._control.now()
            self._control.stop.wait(min(max(left.total_seconds(), 0.0), PATIENCE))

    def _heed_stop(self) -> None:
        if self._ended is None and self._control.stop.asked:
            self._end(Ended(Ending.CANCELLED, reason=self._control.stop.reason))
            self._crew.hurry()
        if self._ended is None and self._control.stop.leaving:
            self._end(Ended(Ending.CANCELLED, left=True))

    def _end(self, ended: Ended) -> None:
        """No further Batch starts; those in flight finish and count (T1).

        What in a run that is left would have ended it still does.
        """
        if self._ended is None or (self._ended.left and not ended.left):
            self._ended = ended
            self._give_up_forsaken()
            left = {job.batch for job in (*self._waiting, *self._aside)}
            self._unbegun += [batch for batch in self._put_back if batch in left]
            self._waiting.clear()
            self._aside.clear()
            self._later.clear()
            for future in [future for future in self._out if future.cancel()]:
                job = self._out.pop(future)
                # What was uncertain before remains so.
                self._unbegun += [] if job.uncertain else [job.batch]

    def _hand_out(self) -> None:
        room = min(self._crew.room - len(self._out), GROUP - len(self._prepared))
        if room < min(len(self._waiting), len(self._out) // _A_FEW):
            return  # each hand-over is written down: a few together cost as much as one
        planned = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
        for job in self._begin(planned):
            self._out[self._crew.submit(job)] = job
            self._heard = time.monotonic()

    def _begin(self, planned: Sequence[Job]) -> list[Job]:
        """These jobs with all they need, written down as handed out."""
        jobs = [self._control.ready(job) for job in planned]
        if jobs:
            batches = tuple(job.batch for job in jobs)
            durable = not self._control.idempotent
            self._emit(BatchStarted(batches, self._control.now(), durable=durable))
        return jobs

    def _collect(self) -> None:
        if not self._out:
            return
        if not any(future.done() for future in self._out):
            self._crew.turn()
        patience = self._left() if self._held else PATIENCE
        usable = self._may_go_ahead or not (self._tidied or self._held)
        if usable:
            patience = min(patience, max(self._heard + SLOW - time.monotonic(), 0.0))
        done, _ = wait(self._out, timeout=patience, return_when=FIRST_COMPLETED)
        if done:
            self._heard, self._tidied = time.monotonic(), False
        elif usable and time.monotonic() >= self._heard + SLOW:
            self._use_the_wait()
        for future in islice(done, max(GROUP - self._held, 0)):
            self._take(future, self._out.pop(future))

    @property
    def _may_go_ahead(self) -> bool:
        able = self._control.alone is not None and self._goes_ahead
        return able and bool(self._aside)

    def _use_the_wait(self) -> None:
        """Do what comes after; where that is nothing, what was put off, once."""
        if self._may_go_ahead:
            self._work_ahead()
        else:
            self._tidied = True
            self._control.tidy()

    def _work_ahead(self) -> None:
        """Some of what comes after, whole: nothing of what is waited for gets in between.

        Only what succeeds counts; where something does not, all else takes its turn.
        """
        if self._held:
            self._settle()
        tried: list[Job] = []
        sound: list[Prepared] = []
        until = time.monotonic() + PATIENCE
        while self._aside and len(tried) < GROUP and time.monotonic() < until:
            planned = [self._aside.popleft() for _ in range(min(_A_FEW, len(self._aside)))]
            tried += planned
            sound += self._prepared_alone(planned)
            if len(sound) < len(tried):
                break
        outcomes = self._crew.push(sound) if sound else []
        left_out = {batch.batch: batch.ignored for batch in sound}
        # What the target itself leaves out may be for want of what a page brings.
        done = [
            each for each in outcomes if each.clean and each.ignored == left_out[each.batch]
        ]
        if done:
            self._emit(BatchFinished(tuple(done)))
            self._ahead += done
        finished = {outcome.batch for outcome in done}
        back = [job for job in tried if job.batch not in finished]
        self._aside.extendleft(reversed(back))
        self._put_back = [job.batch for job in back if not job.uncertain]
        self._goes_ahead = not back

    def _prepared_alone(self, planned: Sequence[Job]) -> Iterator[Prepared]:
        """Those of these batches of which nothing has failed so far."""
        alone = self._control.alone
        for job in self._begin(planned):
            result = alone(job) if alone else None
            if isinstance(result, Prepared) and result.clean:
                yield result

    def _count_ahead(self) -> None:
        """What went ahead, against the budget, once what it went ahead of was judged."""
        ahead, self._ahead = self._ahead, []
        for outcome in ahead:
            self._foreseen.spent_by(outcome)
            self._judge(outcome)

    def _take(self, future: "Future[Result]", job: Job) -> None:
        if not (self._prepared or self._finished):
            self._since = time.monotonic()
        try:
            result = future.result()
        except WorkerDied:
            self._bury(job)
        except CrewLost as lost:
            self._forsake(job, lost)
        except WorkerHung:
            self._lose(job, _lost("took longer than its limit", "worker_hung"))
        except SyncError as failure:
            self._lose(job, failure)
        else:
            self._keep(result)

    def _keep(self, result: Result) -> None:
        """Hold it until its group is settled; what ends the run ends it now (T1)."""
        if isinstance(result, Prepared):
            self._prepared.append(result)
        else:
            self._finished.append(result)
        if result.stop is not None:
            self._end(Ended(Ending.STOPPED, error=result.stop))
        # A budget about to be spent is judged at once, before another Batch starts.
        self._pressing |= self._foreseen.spent_by(result) is not None

    def _bury(self, job: Job) -> None:
        """A Batch whose worker died runs again once; a second death is its own failure."""
        self._deaths[job.batch] = self._deaths.get(job.batch, 0) + 1
        if self._deaths[job.batch] < _LIVES:
            # It may have been written in part before its worker died (K4).
            again = replace(job, uncertain=True)
            self._out[self._crew.submit(again)] = again
        else:
            self._lose(job, _lost("killed its worker twice", "worker_died"))

    def _forsake(self, job: Job, lost: CrewLost) -> None:
        """A Batch in flight with nobody to ask: the run is left, with this one in flight (X1)."""
        self._forsaken.append(job)
        self._end(Ended(Ending.CANCELLED, reason=str(lost), left=True))
        self._give_up_forsaken()

    def _give_up_forsaken(self) -> None:
        """Where the run ends after all, it ends with what became of each Batch."""
        if self._ended is not None and not self._ended.left:
            forsaken, self._forsaken = self._forsaken, []
            for job in forsaken:
                self._lose(job, _lost("was with a cluster that is gone", "cluster_lost"))

    def _lose(self, job: Job, failure: SyncError) -> None:
        """A Batch no worker brought back: its scope is what a retry takes up (T2)."""
        error = self._control.judge(failure)
        lost = BatchOutcome(
            batch=job.batch,
            state=BatchState.FAILED,
            error=error,
            stop=error if isinstance(failure, SystemSyncError) else None,
            scope_open=True,
            finished_at=self._control.now(),
            replayed=replayed(job),
            uncertain=job.uncertain or isinstance(failure, _Lost),
        )
        self._keep(lost)

    @property
    def _held(self) -> int:
        """Batches that wait for their group to be settled."""
        return len(self._prepared) + len(self._finished)

    def _due(self) -> bool:
        if not self._held:
            return False
        full = self._held >= GROUP or self._pressing
        return full or self._left() <= 0 or not (self._out or self._waiting)

    def _left(self) -> float:
        return max(self._since + PATIENCE - time.monotonic(), 0.0)

    def _settle(self) -> None:
        """Push what is prepared, then journal the outcomes: in this order, always (X1)."""
        outcomes, self._finished = self._finished, []
        self._pressing = False
        if self._prepared:
            prepared, self._prepared = sorted(self._prepared, key=_number), []
            outcomes += self._crew.push(prepared)
        self._emit(BatchFinished(tuple(outcomes)))
        for outcome in outcomes:
            self._reveal(outcome.follow)
            self._judge(outcome)

    def _reveal(self, scopes: Iterable[Scope]) -> None:
        """Scopes that an outcome revealed, numbered as the journal numbers them."""
        for scope in scopes:
            if self._ended is None:
                self._line_up((Job(self._next, scope),))
            self._next += 1

    def _judge(self, outcome: BatchOutcome) -> None:
        if outcome.stop is not None:
            self._end(Ended(Ending.STOPPED, error=outcome.stop))
            return
        spent: SystemSyncError | None = self._budget.spent_by(outcome)
        if spent is not None:
            self._end(Ended(Ending.STOPPED, error=self._control.judge(spent)))


class _Lost(BatchSyncError):
    """A Batch whose worker never said how far it had come."""


def _lost(what: str, code: str) -> _Lost:
    return _Lost(f"the batch {what}", code=code, error_class=ErrorClass.UNCLASSIFIED)


def _number(batch: Prepared) -> int:
    return batch.batch
