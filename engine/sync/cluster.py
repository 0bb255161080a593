"""Workers of a Dask cluster: many batches a task, each task to one worker, one line to them all.

The coordinator keeps the plan, the journal and the Chain; a cluster only does what it is told. A
task costs about 5 ms whatever is in it, so batches travel together, as many as take a moment.
"""

import pickle
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
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
from engine.sync.cluster_queue import ClusterQueue, Flight, Task
from engine.sync.cluster_wire import CLUSTER, UNFETCHED, Heard, Wire, is_worker_gone
from engine.sync.crew import GROUP, CrewLost, Result, WorkerDied, WorkerHung
from engine.sync.processes import settle

Push = Callable[[Sequence[Prepared]], list[BatchOutcome]]
"""The one writer's push, on the coordinator's thread."""

A_MOMENT = 0.2
"""Seconds of work a task should hold: what it costs by itself is then lost in it."""

AHEAD = 2
"""Tasks at each thread of a worker: it idles where the next is still on its way."""

_LOOK = 0.25
"""Seconds between looks at who is there."""

_GATHERING = 30.0
"""Seconds a cluster may take until a worker is ready."""

_DESERTED = 60.0
"""Seconds a run waits for new workers once all are gone."""


@dataclass(slots=True, eq=False)
class _Worker:
    """One worker process; `process` tells it from another at the same address."""

    address: str
    threads: int
    process: str = ""
    ready: bool = False
    refused: bool = False
    flights: list[Flight] = field(default_factory=list)


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
        self._queue = ClusterQueue()
        self._workers: dict[str, _Worker] = {}
        self._pace = A_MOMENT
        self._failure: SyncError | None = None
        self._inbox: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._over = self._abandoned = False
        self._looked = self._staffed = time.monotonic()
        self._wire = Wire(address)
        self._thread = threading.Thread(target=self._live, name="cluster")
        self._thread.start()
        with ExitStack() as undone:
            undone.callback(lambda: self.close(wait=False))
            self._gather(sleep)
            undone.pop_all()

    @property
    def room(self) -> int:
        """What keeps every worker busy, and a group at hand beside that."""
        threads = sum(each.threads for each in self._ready())
        return max(threads, 1) * AHEAD * self._size() + 2 * GROUP

    def submit(self, job: Job) -> "Future[Result]":
        answer = self._queue.submit(job)
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
        if self._queue.lost is None:
            self._wire.tell(there.hurry, self._run)
            for worker in self._ready() if wait else ():
                self._wire.leave(worker.address, there.let_go, self._run)
        self._wire.close()

    def _gather(self, sleep: Sleep) -> None:
        """Wait until every worker there is has said whether it can begin."""
        began = time.monotonic()
        while time.monotonic() - began < _GATHERING:
            if self._queue.lost is not None:
                raise _unreachable(str(self._queue.lost))
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
            if not self._over and self._queue.lost is None:
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
            raise CrewLost(
                f"all workers of the cluster at {self._address} are gone; start some"
            )

    def _send(self, worker: _Worker, function: Any, *given: Any, heard: Heard) -> str:
        """A call on a worker whose answer is heard on this thread."""

        def pass_on(answer: Any) -> None:
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
            f"the Dask worker {worker.address} {what}{tail}{cure}",
            code=code,
            stage=CLUSTER,
        )

    def _forget(self, worker: _Worker) -> None:
        """The next look finds out whether it is still there."""
        if self._workers.get(worker.address) is worker:
            del self._workers[worker.address]

    def _hand_out(self) -> None:
        """Suspects first, each with a worker to itself; then tasks to whoever has the fewest."""
        if self._failure is not None:
            self._fail_one(self._failure)
        while self._queue.has_suspects:
            idle = next((each for each in self._ready() if not each.flights), None)
            if idle is None:
                return
            self._fly_alone(idle)
        while True:
            free = [each for each in self._ready() if self._has_room(each)]
            tasks = self._queue.taken(self._size(), shares=len(free)) if free else []
            if not tasks:
                return
            self._fly(min(free, key=lambda each: len(each.flights) / each.threads), tasks)

    def _has_room(self, worker: _Worker) -> bool:
        """Foreign code may hang, and nothing waits behind it; a suspect may take all along."""
        most = worker.threads * (AHEAD if self._limit is None else 1)
        return len(worker.flights) < most and not any(
            flight.suspect for flight in worker.flights
        )

    def _fly_alone(self, worker: _Worker) -> None:
        task = self._queue.suspect()
        if task is not None:
            self._fly(worker, [task], suspect=True)

    def _fail_one(self, failure: SyncError) -> None:
        task = self._queue.any()
        if task is not None:
            self._failure = None
            task.answer.set_exception(failure)

    def _fly(self, worker: _Worker, tasks: list[Task], *, suspect: bool = False) -> None:
        flight = Flight(tasks, suspect=suspect)
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

    def _landed(self, worker: _Worker, flight: Flight, answer: Any) -> None:
        if flight not in worker.flights:
            return  # the first outcome of a Batch counts, any other is dropped
        if answer == there.STRANGER:
            # Another process has its address: what was with the first one went with it.
            self._forget(worker)
            self._bury(worker)
            return
        worker.flights.remove(flight)
        self._set_due(worker)
        if answer is None or answer == UNFETCHED or isinstance(answer, Raised):
            self._unanswered(flight, answer)
            return
        seconds, answers = answer
        self._pace += (seconds / len(answers) - self._pace) / 4
        for task, said in zip(flight.tasks, answers, strict=True):
            settle(task.answer, guard(pickle.loads, said))

    def _unanswered(self, flight: Flight, failure: Any) -> None:
        if failure is None:
            self._queue.put_back(flight.tasks)  # called off, and not by us
            return
        if failure == UNFETCHED or is_worker_gone(failure):
            self._queue.charge(flight, WorkerDied("it did not hand over what it had done"))
            return
        said = SystemSyncError(
            f"the cluster at {self._address} fails: {failure.exception}",
            code="cluster_failed",
            stage=CLUSTER,
        )
        for task in flight.tasks:
            task.answer.set_exception(said)

    def _end(self, worker: _Worker) -> None:
        """A worker that is deaf is ended; what it had not begun goes elsewhere."""
        first, *others = worker.flights
        worker.flights, worker.ready = [], False
        self._wire.restart(worker.address)
        self._wire.drop(first.name)
        self._queue.charge(first, WorkerHung(f"no answer in {self._limit} s"))
        for flight in others:
            self._wire.drop(flight.name)
            self._queue.put_back(flight.tasks)

    def _bury(self, worker: _Worker) -> None:
        """Charge what it was at; what waited behind that is merely sent again."""
        flights, worker.flights, worker.ready = worker.flights, [], False
        for number, flight in enumerate(flights):
            self._wire.drop(flight.name)
            if number < worker.threads:
                self._queue.charge(flight, WorkerDied(f"worker {worker.address} is gone"))
            else:
                self._queue.put_back(flight.tasks)

    def _lose(self, lost: CrewLost) -> None:
        workers = list(self._workers.values())
        self._queue.lose(lost, [each for worker in workers for each in worker.flights])


def _unreachable(sentence: str) -> SystemSyncError:
    return SystemSyncError(
        sentence,
        code="cluster_unreachable",
        error_class=ErrorClass.AVAILABILITY,
        stage=CLUSTER,
    )
