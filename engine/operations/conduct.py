"""From an opened Sync Event to an ended one: plan, crew, runner, and what is told meanwhile."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine import worker
from engine.domain.adapter import Plan, Sleep, Stopped
from engine.domain.batch import Job
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import Refused, SystemSyncError
from engine.domain.link import Definition
from engine.domain.outcome import Ending
from engine.domain.progress import BatchesPlanned, Progress, SyncFinished, SyncStarted
from engine.domain.requests import Stop, Watch
from engine.domain.sync_event import Kind, SyncEvent
from engine.operations import workforce
from engine.operations.context import Context
from engine.operations.tally import Tally
from engine.recovery import mark
from engine.store.events import Owned
from engine.store.journal import Journal
from engine.sync import batch as steps
from engine.sync.bench import SOURCE
from engine.sync.budget import BudgetWatch
from engine.sync.runner import Control, Ended, Runner

Emit = Callable[[Progress], None]

FIRST_BATCH = 1
"""Batches are counted as a person counts them: the first page is batch 1 (contract, section 1)."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A Sync Event that this process owns.

    `pending` are the jobs of a plan made before (a resume); None: it is still to be planned.
    `limit` is how many seconds a Batch of foreign code may take.
    """

    owned: Owned
    definition: Definition
    kind: Kind
    window: Window
    limit: float
    pending: tuple[Job, ...] | None = None
    first_new: int = 0
    resumed: bool = False
    executor: str | None = None
    notes: tuple[str, ...] = ()


def conduct(
    context: Context, begun: Begun, *, stop: Stop, watch: Watch | None
) -> SyncEvent:
    """Run it to its end, whatever that is; the Sync Event as it then stands."""
    journal = context.store.journal(begun.owned, mark.settle)
    tally = _tally(context, begun, watch)

    def emit(progress: Progress) -> None:
        journal.emit(progress)
        tally.heard(progress)
        tally.show()

    worker.collect_seldom()
    emit(SyncStarted(worker.clock()))
    link = begun.definition.link
    setup = worker.Setup(
        definition=begun.definition,
        source=context.catalogue["source"][link.source.adapter],
        target=context.catalogue["target"][link.target.adapter],
        event=begun.owned.event,
        secret=context.store.secret(),
        limit=begun.limit,
        test=begun.kind is Kind.TEST,
    )
    ended = _ended(begun, setup, emit, _Pulse(journal, tally, stop))
    emit(SyncFinished(worker.clock(), ended.ending, ended.error, ended.reason))
    tally.show(at_once=True)
    return _event(context, begun.owned)


def sleeping_on(stop: Stop) -> Sleep:
    """Waits that end at once, with `Stopped`, when the switch is turned."""

    def sleep(seconds: float) -> None:
        if stop.wait(seconds):
            raise Stopped

    return sleep


def _ended(begun: Begun, setup: worker.Setup, emit: Emit, pulse: "_Pulse") -> Ended:
    try:
        workshop = worker.Workshop(setup, sleeping_on(pulse.stop))
    except SystemSyncError as failure:
        return Ended(Ending.STOPPED, error=worker.error_of(setup, failure, stage="stages"))
    try:
        return _through(begun, workshop, emit, pulse)
    finally:
        workshop.close()


def _through(begun: Begun, workshop: worker.Workshop, emit: Emit, pulse: "_Pulse") -> Ended:
    """Plan, crew and runner, with a workshop that stands."""
    bench = workshop.bench
    try:
        jobs, choice = _jobs(begun, workshop, emit)
    except SystemSyncError as failure:
        return Ended(Ending.STOPPED, error=bench.error(failure, stage=SOURCE))
    except Stopped:
        return Ended(Ending.CANCELLED, reason=pulse.stop.reason)
    crew = workforce.assemble(choice, workshop, sleeping_on(pulse.stop))
    control = Control(
        stop=pulse.stop,
        now=worker.clock,
        tick=pulse.beat,
        judge=lambda failure: bench.error(failure, stage=SOURCE),
        idempotent=bench.target.traits.idempotent,
    )
    runner = Runner(crew, emit, BudgetWatch(begun.definition.link.budget), control)
    finished = False
    try:
        ended = runner.run(jobs, first_new=begun.first_new or FIRST_BATCH + len(jobs))
        finished = True
    finally:
        crew.close(wait=finished)
    return ended


def _jobs(
    begun: Begun, workshop: worker.Workshop, emit: Emit
) -> tuple[Sequence[Job], workforce.Choice]:
    """The batches to run: planned now, or taken up from a plan made before."""
    link, bench = begun.definition.link, workshop.bench
    if begun.pending is not None:
        steps.opened(bench)
        return begun.pending, workforce.choose(
            link, workshop, len(begun.pending), begun.executor
        )
    plan = steps.plan(begun.window, bench)
    choice = workforce.choose(link, workshop, len(plan.scopes), begun.executor)
    emit(
        BatchesPlanned(
            first=FIRST_BATCH,
            scopes=tuple(plan.scopes),
            bound=_bound(begun, plan),
            warnings=(*begun.notes, *plan.warnings, *_risks(workshop)),
            workers=str(choice),
        )
    )
    return [
        Job(number, scope) for number, scope in enumerate(plan.scopes, FIRST_BATCH)
    ], choice


def _bound(begun: Begun, plan: Plan) -> MarkValue | None:
    return begun.window.until if begun.window.until is not None else plan.bound


def _risks(workshop: worker.Workshop) -> tuple[str, ...]:
    """What overlapping windows do to a target that cannot upsert (M3)."""
    bench = workshop.bench
    filtered = bench.source.traits.change_filter is ChangeFilter.TIME
    if not filtered or bench.target.traits.idempotent:
        return ()
    return (
        "the target cannot upsert: changes fetched twice, by the look-back, are written twice",
    )


def _tally(context: Context, begun: Begun, watch: Watch | None) -> Tally:
    so_far = _event(context, begun.owned)
    return Tally(
        event=begun.owned.event,
        link=begun.definition.link.name,
        resumed=begun.resumed,
        test=begun.kind is Kind.TEST,
        watch=watch,
        now=worker.clock,
        batches=so_far.batches,
        records=so_far.records,
    )


def _event(context: Context, owned: Owned) -> SyncEvent:
    event = context.store.event(owned.event)
    if event is None:
        raise Refused(f"#{owned.event} is no longer in the store; linkdeck doctor")
    return event


class _Pulse:
    """What happens between batches: a look for a cancel, a heartbeat, a glimpse."""

    _LOOK = 0.2
    _BEAT = 2.0

    def __init__(self, journal: Journal, tally: Tally, stop: Stop) -> None:
        self.stop = stop
        self._journal, self._tally = journal, tally
        self._looked = self._beaten = time.monotonic()

    def beat(self) -> None:
        """Called on every turn of the runner; does something a few times a second."""
        moment = time.monotonic()
        if moment - self._looked >= self._LOOK:
            self._looked = moment
            self._look_for_cancel()
            self._tally.show()
        if moment - self._beaten >= self._BEAT:
            self._beaten = moment
            self._journal.beat()

    def _look_for_cancel(self) -> None:
        asked = self._journal.cancel_requested()
        if asked is not None:
            actor, reason = asked
            self.stop.now(f"cancelled by {actor}: {reason}")
        if self.stop.asked:
            self._tally.stopping = self.stop.reason
