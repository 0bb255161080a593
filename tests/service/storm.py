"""Kills of engines, runs and workers at any time, run after run, counted to the last record."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

import psutil

from engine.domain.documents import event_document
from engine.domain.requests import RunOptions
from engine.domain.sync_event import SyncEvent
from engine.operations.context import Context
from engine.operations.queueing import queue_run
from engine.store.events import known
from tests.faults.kills import SIZE, Victim
from tests.faults.observing import dead, until
from tests.service.engines import AnEngine

LONG = 120.0
"""Seconds until a run must have come on, however busy the machine is."""

_pause = threading.Event()


@dataclass
class Storm:
    """`begin` starts an engine; every kill leaves something that the next one goes on with."""

    victim: Victim
    begin: Callable[[], AnEngine]
    seed: int
    resumed: list[float] = field(default_factory=list)
    """Seconds from the start of an engine to a run that runs again."""

    killed: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        self._engine = self.begin()
        self._patient = True
        self._worker_of = 0

    def goes_on(self, kills: int) -> None:
        """Until so many were killed and all is over; every Sync Event is exact."""
        while self.killed.total() < kills:
            event = queue_run(self._context, "orders", RunOptions(actor="ana@test"))
            self._one(event.id, kills)
            self._check(event.id)

    def _one(self, event: int, kills: int) -> None:
        while self.killed.total() < kills and self._comes_on(event):
            self._strike(event)
        if not self._engine.runs():
            self._engine = self.begin()
        until(lambda: self._seen(event).status.over, patience=LONG)

    def _comes_on(self, event: int) -> bool:
        """Wait for a moment to strike at; false once the run is over.

        Every other time some Batch is done first: three deaths without one would end the run.
        """
        self._patient = not self._patient
        if self._patient:
            done = _done(self._seen(event))
            until(
                lambda: _done(self._seen(event)) > done or self._seen(event).status.over,
                patience=LONG,
            )
        _pause.wait(self._draw.uniform(0.0, 0.4))
        return not self._seen(event).status.over

    def _strike(self, event: int) -> None:
        what = self._draw.choice(("engine", "run", "both", "worker"))
        runner = self._owner(event)
        if what == "worker" and not self._worker(runner):
            what = "run"
        if what in ("run", "both") and not self._kill(runner):
            return
        if what in ("engine", "both"):
            self._engine.kill()
            began = monotonic()
            self._engine = self.begin()
            if what == "both":
                self._timed(event, runner, began)
        self.killed[what] += 1

    def _timed(self, event: int, before: int, began: float) -> None:
        def again() -> bool:
            return self._seen(event).status.over or self._runs(self._owner(event), before)

        until(again, patience=LONG)
        self.resumed.append(monotonic() - began)

    def _runs(self, pid: int, before: int) -> bool:
        """Whether it is another process's, which is no engine's."""
        return pid not in (0, before, self._engine.process.pid) and not dead(pid)

    def _kill(self, pid: int) -> bool:
        """False where it is nobody's, or this engine's for a moment."""
        if pid in (0, self._engine.process.pid) or dead(pid):
            return False
        psutil.Process(pid).kill()
        return True

    def _worker(self, runner: int) -> bool:
        """One worker of each run: the second death of a Batch would be its own failure."""
        if runner in (0, self._worker_of, self._engine.process.pid) or dead(runner):
            return False
        try:
            workers = psutil.Process(runner).children()
        except psutil.NoSuchProcess:
            return False
        if not workers:
            return False
        self._worker_of = runner
        self._draw.choice(workers).kill()
        return True

    def _check(self, event: int) -> None:
        document = event_document(self._seen(event))
        records, batches = document["records"], document["batches"]
        total, bad = self.victim.records, len(self.victim.bad)
        assert document["status"] == "failed", document
        assert (records["fetched"], records["residual"]) == (total, 0), document
        assert (records["written"], records["failed"]) == (total - bad, bad), document
        assert (records["in_doubt"], records["ignored"]) == (0, 0), document
        assert batches["planned"] == batches["completed"] == total // SIZE, document
        assert (batches["in_flight"], batches["waiting"]) == (0, 0), document
        good = set(range(1, total + 1)) - self.victim.bad
        assert set(self.victim.written()) ^ good == set()
        findings = self._context.store.check()
        assert [each for each in findings if each.serious] == [], findings
        assert self._context.store.queue.active() == 0

    @property
    def _context(self) -> Context:
        return self.victim.world.engine._context

    def _seen(self, event: int) -> SyncEvent:
        found = self._context.store.event(event)
        assert found is not None
        return found

    def _owner(self, event: int) -> int:
        with self._context.store._database.reading() as connection:
            return int(known(connection, event).pid)


def _done(event: SyncEvent) -> int:
    return event.batches.completed + event.batches.failed
