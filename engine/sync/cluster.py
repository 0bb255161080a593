"""Workers of a Dask cluster: many batches a task, each task to one worker, one line to them all.

The coordinator keeps the plan, the journal and the Chain; a cluster only does what it is told. A
task costs about 5 ms whatever is in it, so batches travel together, as many as take a moment.
"""

import pickle
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

from engine.domain.adapter import Sleep
from engine.domain.batch import BatchOutcome, Job, Prepared
from engine.domain.cluster_address import ClusterAddress
from engine.domain.errors import ErrorClass, SyncError, SystemSyncError
from engine.domain.filter import Raised
from engine.sync import cluster_task as there
from engine.sync.batch import guard
from engine.sync.cluster_wire import Wire, is_worker_gone
from engine.sync.crew import GROUP, CrewLost, Result, WorkerDied, WorkerHung
from engine.sync.processes import settle

Push = Callable[[Sequence[Prepared]], list[BatchOutcome]]
"""The one writer's push, on the coordinator's thread."""

A_MOMENT = 0.2
"""Seconds of work a task should hold: what it costs by itself is then lost in it."""

AHEAD = 2
"""Tasks at each thread of a worker: it idles where the next is still on its way."""

LIVES = 2
"""Workers a Batch may take along."""

_LOOK = 0.25
"""Seconds between looks at who is there."""

_GATHERING = 30.0
"""Seconds a cluster may take until a worker is ready."""

_DESERTED = 60.0
"""Seconds a run waits for new workers once all are gone."""


@dataclass(slots=True)
class _Task:
    job: Job
    answer: "Future[Result]"


@dataclass(slots=True, eq=False)
class _Flight:
    """Jobs on their way to a worker and back; `due` is when it must have answered, if ever."""

    tasks: list[_Task]
    name: str = ""
    due: float | None = None


@dataclass(slots=True, eq=False)
class _Worker:
    """One worker process; `process` tells it from another at the same address."""

    address: str
    threads: int
    process: str = ""
    ready: bool = False
    refused: bool = False
    flights: list[_Flight] = field(default_factory=list)


class ClusterCrew:
    """The crew; a thread of its own talks to the cluster.

    `trade` makes a worker's place out of what travels (`cluster_task.begin`). A worker that takes
    longer than `limit` seconds over a task is ended. `sleep` is cut short when the run is
    cancelled. Raises SystemSyncError where no worker can be had, and what `sleep` raises.
    """

    def __init__(
        self,
        address: ClusterAddress,
        trade: tuple[there.Opener, Any],
        *,
        push: Push,
        limit: float | None,
        sleep: Sleep,
    ) -> None:
        self.push = push
        self.described = str(address)
        self._address, self._limit = address, limit
        self._trade = pickle.dumps(trade, pickle.HIGHEST_PROTOCOL)
        self._run = uuid4().hex
        self._tasks: deque[_Task] = deque()
        self._alone: deque[_Task] = deque()
        self._deaths: Counter[int] = Counter()
        self._workers: dict[str, _Worker] = {}
        self._pace = A_MOMENT
        self._failure: SyncError | None = None
        self._lost: CrewLost | None = None
        self._lock = threading.Lock()
        self._inbox: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._over = self._abandoned = False
        self._looked = self._staffed = time.monotonic()
        self._wire = Wire(address)
        self._thread = threading.Thread(target=self._live, name="cluster")
        self._thread.start()
        try:
            self._gather(sleep)
        except BaseException:
            self.close(wait=False)
            raise

    @property
    def room(self) -> int:
        """What keeps every worker busy, and a group at hand beside that."""
        threads = sum(each.threads for each in self._ready())
        return max(threads, 1) * AHEAD * self._size() + 2 * GROUP

    def submit(self, job: Job) -> "Future[Result]":
        answer: Future[Result] = Future()
        with self._lock:
            if self._lost is not None:
                answer.set_exception(self._lost)
            elif self._deaths[job.batch] >= LIVES:
                answer.set_exception(WorkerDied("it has had its lives"))
            else:
                alone = job.batch in self._deaths
                (self._alone if alone else self._tasks).append(_Task(job, answer))
        self._inbox.put(None)
        return answer

    def turn(self) -> None:
        """The cluster is at it."""

    def hurry(self) -> None:
        """End every wait between attempts, on all workers."""
        self._wire.tell(there.hurry, self._run)

    def close(self, *, wait: bool) -> None:
        self._over, self._abandoned = True, not wait
        self._inbox.put(None)
        self._thread.join()
        if self._lost is None:
            self._wire.tell(there.hurry, self._run)
            for worker in self._ready() if wait else ():
                self._send(worker, there.let_go, self._run)
        self._wire.close()

    def _gather(self, sleep: Sleep) -> None:
        """Wait until every worker there is has said whether it can begin."""
        began = time.monotonic()
        while time.monotonic() - began < _GATHERING:
            if self._lost is not None:
                raise _unreachable(str(self._lost))
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            known = list(self._workers.values())
            if known and all(each.ready for each in known):
                return
            sleep(0.02)
        if not self._ready():
            raise _unreachable(
                f"the cluster at {self._address} has no worker that answers; start one: "
                f"dask worker {self._address.place}"
            )

    def _ready(self) -> list[_Worker]:
        return [each for each in list(self._workers.values()) if each.ready]

    def _size(self) -> int:
        """How many batches make up a task."""
        return max(1, min(GROUP, int(A_MOMENT / max(self._pace, 1e-6))))

    # Everything below happens on the crew's own thread.

    def _live(self) -> None:
        try:
            self._look()
            while not self._over:
                self._hear(_LOOK)
                if time.monotonic() - self._looked >= _LOOK:
                    self._look()
                self._hand_out()
        except CrewLost as lost:
            self._lose(lost)
        finally:
            if not self._over and self._lost is None:
                self._lose(self._wire.lost())
            for worker in self._workers.values() if self._abandoned else ():
                for flight in worker.flights:
                    self._wire.drop(flight.name)

    def _hear(self, patience: float) -> None:
        """Whatever has been said, all of it."""
        try:
            said = self._inbox.get(timeout=patience)
            while True:
                if said is not None:
                    said()
                said = self._inbox.get_nowait()
        except Empty:
            return

    def _look(self) -> None:
        """Who is there now: greet the new, bury the gone, end the deaf."""
        self._looked = now = time.monotonic()
        seen = self._wire.workers()
        for address in [each for each in self._workers if each not in seen]:
            self._bury(self._workers.pop(address))
        for address, threads in seen.items():
            if address not in self._workers:
                self._greet(address, threads)
        for worker in list(self._workers.values()):
            first = worker.flights[0] if worker.flights else None
            if first is not None and first.due is not None and now >= first.due:
                self._end(worker)
        if self._ready():
            self._staffed = now
        elif now - self._staffed > _DESERTED:
            raise CrewLost(f"all workers of the cluster at {self._address} are gone")

    def _send(self, worker: _Worker, function: Any, *given: Any, heard: Any = None) -> str:
        """A call on a worker whose answer is heard on this thread."""

        def pass_on(answer: Any) -> None:
            if heard is not None:
                self._inbox.put(lambda: heard(answer))

        return self._wire.send(worker.address, function, *given, heard=pass_on)

    def _greet(self, address: str, threads: int) -> None:
        """First its passport, then what it is to do (a stranger could not read that)."""
        worker = self._workers[address] = _Worker(address, threads)

        def shown(answer: Any) -> None:
            if not isinstance(answer, dict):
                self._refuse(worker, answer, "has no Linkdeck like this run's")
                return
            unlike = there.unlike(answer)
            if unlike is not None:
                self._refuse(worker, None, unlike, code="worker_unlike")
                return
            worker.process = answer["process"]
            self._send(worker, there.begin, self._run, self._trade, heard=begun)

        def begun(answer: Any) -> None:
            said = guard(pickle.loads, answer) if isinstance(answer, bytes) else answer
            if isinstance(answer, bytes) and said is None:
                worker.ready = True
                self._staffed = time.monotonic()
            else:
                self._refuse(worker, said, "cannot begin")

        self._send(worker, there.passport, heard=shown)

    def _refuse(
        self, worker: _Worker, said: Any, what: str, *, code: str = "worker_unfit"
    ) -> None:
        """A worker that cannot do this run's work stops the run (T1); one that is gone does not."""
        if said is None and code == "worker_unfit":
            self._forget(worker)
            return
        worker.refused = True
        why = said.exception if isinstance(said, Raised) else said
        tail = f": {why}" if why is not None else ""
        cure = "; give all workers the same environment" if why is None else ""
        self._failure = SystemSyncError(
            f"the Dask worker {worker.address} {what}{tail}{cure}", code=code
        )

    def _forget(self, worker: _Worker) -> None:
        """The next look finds out whether it is still there."""
        if self._workers.get(worker.address) is worker:
            del self._workers[worker.address]

    def _hand_out(self) -> None:
        """Tasks to whoever has the fewest; suspects travel alone."""
        if self._failure is not None:
            self._fail_one(self._failure)
        while True:
            free = [each for each in self._ready() if len(each.flights) < self._most(each)]
            if not free:
                return
            worker = min(free, key=lambda each: len(each.flights) / each.threads)
            tasks = self._taken(len(free))
            if not tasks:
                return
            self._fly(worker, tasks)

    def _most(self, worker: _Worker) -> int:
        """How many tasks may be with it; foreign code may hang, and nothing waits behind it."""
        return worker.threads * (AHEAD if self._limit is None else 1)

    def _fail_one(self, failure: SyncError) -> None:
        with self._lock:
            task = self._next(self._tasks) or self._next(self._alone)
        if task is not None:
            self._failure = None
            task.answer.set_exception(failure)

    def _taken(self, shares: int) -> list[_Task]:
        """What goes next, together."""
        with self._lock:
            suspect = self._next(self._alone)
            if suspect is not None:
                return [suspect]
            most = min(self._size(), -(-len(self._tasks) // shares))
            taken = (self._next(self._tasks) for _ in range(most))
            return [task for task in taken if task is not None]

    @staticmethod
    def _next(queue: deque[_Task]) -> _Task | None:
        """The next that nobody called off; what was put back had begun already."""
        while queue:
            task = queue.popleft()
            if task.answer.running() or task.answer.set_running_or_notify_cancel():
                return task
        return None

    def _fly(self, worker: _Worker, tasks: list[_Task]) -> None:
        flight = _Flight(tasks)
        worker.flights.append(flight)
        self._set_due(worker)
        jobs = pickle.dumps([task.job for task in tasks], pickle.HIGHEST_PROTOCOL)
        given = (self._run, worker.process, jobs)
        flight.name = self._send(
            worker,
            there.perform,
            *given,
            heard=lambda answer: self._landed(worker, flight, answer),
        )

    def _set_due(self, worker: _Worker) -> None:
        """Time runs for what the worker is at now."""
        if self._limit is None:
            return
        for flight in worker.flights[: worker.threads]:
            flight.due = flight.due or time.monotonic() + self._limit

    def _landed(self, worker: _Worker, flight: _Flight, answer: Any) -> None:
        if flight not in worker.flights:
            return  # the first outcome of a Batch counts, any other is dropped
        if answer == there.STRANGER:
            # Another process has its address: what was with the first one went with it.
            self._forget(worker)
            self._bury(worker)
            return
        if answer is None:
            return  # the line broke; the next look says what of
        worker.flights.remove(flight)
        self._set_due(worker)
        if isinstance(answer, Raised):
            self._unanswered(flight, answer)
            return
        seconds, answers = answer
        self._pace += (seconds / len(answers) - self._pace) / 4
        for task, said in zip(flight.tasks, answers, strict=True):
            settle(task.answer, guard(pickle.loads, said))

    def _unanswered(self, flight: _Flight, failure: Raised) -> None:
        if is_worker_gone(failure):
            self._suspect(flight, WorkerDied("the scheduler says so"))
            return
        said = SystemSyncError(f"the cluster at {self._address} fails: {failure.exception}")
        for task in flight.tasks:
            task.answer.set_exception(said)

    def _end(self, worker: _Worker) -> None:
        """A worker that is deaf is ended; what it had not begun goes elsewhere."""
        first, *others = worker.flights
        worker.flights, worker.ready = [], False
        self._wire.restart(worker.address)
        self._wire.drop(first.name)
        self._suspect(first, WorkerHung(f"no answer in {self._limit} s"))
        for flight in others:
            self._wire.drop(flight.name)
            self._put_back(flight.tasks, self._tasks)

    def _bury(self, worker: _Worker) -> None:
        """Charge what it was at; what waited behind that is merely sent again."""
        flights, worker.flights, worker.ready = worker.flights, [], False
        for number, flight in enumerate(flights):
            self._wire.drop(flight.name)
            if number < worker.threads:
                self._suspect(flight, WorkerDied(f"worker {worker.address} is gone"))
            else:
                self._put_back(flight.tasks, self._tasks)

    def _suspect(self, flight: _Flight, failure: Exception) -> None:
        """One of them did it: each goes alone from now on, until it is known which."""
        with self._lock:
            self._deaths.update(task.job.batch for task in flight.tasks)
        if len(flight.tasks) > 1:
            self._put_back(flight.tasks, self._alone)
        else:
            flight.tasks[0].answer.set_exception(failure)

    def _put_back(self, tasks: Sequence[_Task], queue: deque[_Task]) -> None:
        """To be sent again; how far each had come, nobody knows (K4)."""
        for task in tasks:
            task.job = replace(task.job, uncertain=True)
        with self._lock:
            queue.extendleft(reversed(tasks))

    def _lose(self, lost: CrewLost) -> None:
        """Nobody is there any more: what had begun says so, what had not may be called off."""
        flights = [each for worker in self._workers.values() for each in worker.flights]
        with self._lock:
            self._lost = lost
            begun = [task for flight in flights for task in flight.tasks]
            begun += [task for task in self._alone if task.answer.running()]
            waiting = [*self._tasks, *self._alone]
            begun += [task for task in self._tasks if task.answer.running()]
        for task in begun or waiting[:1]:
            if not task.answer.done():
                task.answer.set_exception(lost)


def _unreachable(sentence: str) -> SystemSyncError:
    return SystemSyncError(
        sentence, code="cluster_unreachable", error_class=ErrorClass.AVAILABILITY
    )
