"""From an opened Sync Event to an ended one: plan, crew, runner, and what is told meanwhile."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from engine import worker
from engine.domain.adapter import Plan, Sleep, Stopped
from engine.domain.batch import Job
from engine.domain.delivery import is_delivered
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import LeftWaiting, Refused, SystemSyncError
from engine.domain.link import Definition
from engine.domain.outcome import Ending
from engine.domain.progress import BatchesPlanned, Progress, SyncFinished, SyncStarted
from engine.domain.requests import Stop, Watch
from engine.domain.sync_event import Kind, SyncEvent
from engine.domain.values import dataclass
from engine.operations import alerts, definitions, workforce
from engine.operations.arrivals import Arrivals
from engine.operations.commission import callers_of, link_secret, plain_variables
from engine.operations.context import Context
from engine.operations.idleness import Idleness
from engine.operations.reporting import report
from engine.operations.tally import Tally
from engine.recovery import mark
from engine.store.events import Owned
from engine.store.journal import Journal
from engine.sync import batch as steps
from engine.sync.bench import SOURCE
from engine.sync.budget import BudgetWatch
from engine.sync.control import Control, Ended, Phase
from engine.sync.runner import Runner

Emit = Callable[[Progress], None]

FIRST_BATCH = 1
"""Batches are counted as a person counts them: the first page is batch 1 (contract, section 1)."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A Sync Event that this process owns.

    `pending` are the jobs of a plan made before (a resume); None: it is still to be planned.
    `limit` is how many seconds a Batch of foreign code may take; `last_chance`: no Automated Replay
    comes after this one (T6). `takes`: records are delivered to it while it runs (C9).
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
    last_chance: bool = False
    takes: bool = False


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

    _after_push(context, begun, stop)
    emit(SyncStarted(context.clock()))
    setup = setup_of(
        context,
        begun.definition,
        event=begun.owned.event,
        limit=begun.limit,
        test=begun.kind is Kind.TEST,
    )
    setup = replace(setup, open_keys=journal.open_keys, last_chance=begun.last_chance)
    if begun.definition.link.event_id is not None:
        setup = replace(setup, seen_ids=context.store.seen_ids(begun.definition.link.name))
    report(context, setup)
    with worker.collecting_seldom():
        ended = _ended(begun, setup, emit, _Pulse(journal, tally, stop))
    if ended.left:
        journal.leave(ended.unbegun)
        return _left(context, begun.owned, ended)
    emit(SyncFinished(context.clock(), ended.ending, ended.error, ended.reason))
    report(context, setup)
    if begun.kind not in REPLAYED or not begun.definition.link.automated_replay.enabled:
        alerts.after_run(
            context, begun.definition, event=begun.owned.event, kind=begun.kind
        )
    _let_go(context, setup)
    tally.show(at_once=True)
    return _event(context, begun.owned)


REPLAYED = (Kind.SYNC, Kind.PUSH, Kind.REPLAY)
"""Kinds after which an Automated Replay may follow; nobody is alarmed before it had its chance."""


def _after_push(context: Context, begun: Begun, stop: Stop) -> None:
    """Push what is on its way of a push Link first: what a retry sends is older (C5)."""
    if begun.kind not in (Kind.RETRY, Kind.REPLAY):
        return
    link = begun.definition.link
    if not definitions.takes_deliveries(context, begun.definition):
        return
    while context.store.push.under_way(link.name):
        # Its batches are finished one after the other; no further one starts.
        if stop.wait(_SOON):
            return


_SOON = 0.05


def _left(context: Context, owned: Owned, ended: Ended) -> SyncEvent:
    """The run that another takes up; LeftWaiting where it could not go on here."""
    if ended.reason is not None:
        what = f"#{owned.event} waits where it is: {ended.reason}"
        raise LeftWaiting(f"{what}, then: linkdeck resume {owned.event}")
    return _event(context, owned)


def _let_go(context: Context, setup: worker.Setup) -> None:
    """What the source keeps on disk and no open failure needs any more."""
    keeper = worker.keeping(setup)
    if keeper is not None:
        keeper.let_go(context.store.needed_scopes(setup.definition.link.name))


def setup_of(
    context: Context, definition: Definition, *, event: int, limit: float, test: bool
) -> worker.Setup:
    """What any worker needs to know to run batches of this definition."""
    link = definition.link
    return worker.Setup(
        definition=definition,
        source=context.catalogue["source"][link.source.adapter],
        target=context.catalogue["target"][link.target.adapter],
        event=event,
        secret=link_secret(context.store.secret(), link.name),
        limit=limit,
        test=test,
        callers=callers_of(context.catalogue["source"], link),
        now=context.clock,
        spool=str(context.settings.home / "spool" / link.name),
        variables=plain_variables(definition, context.settings.environ),
    )


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
        jobs, choice = _jobs(begun, workshop, emit, pulse.idleness)
        crew = workforce.assemble(choice, workshop, sleeping_on(pulse.stop))
    except SystemSyncError as failure:
        return Ended(Ending.STOPPED, error=bench.error(failure, stage=SOURCE))
    except Stopped:
        return Ended(Ending.CANCELLED, reason=pulse.stop.reason)
    control = Control(
        stop=pulse.stop,
        now=workshop.setup.now,
        tick=pulse.beat,
        judge=lambda failure: bench.error(failure, stage=SOURCE),
        idempotent=bench.target.traits.idempotent,
        ready=pulse.ready,
        feed=pulse.feed(begun.definition.link.batch_size) if begun.takes else None,
        alone=workforce.alone(choice, workshop),
        tidy=workshop.tidy,
    )
    runner = Runner(crew, emit, BudgetWatch(begun.definition.link.budget), control)
    finished = False
    try:
        order = _Order(jobs, pulse.failed_canaries, emit)
        first_new = begun.first_new or FIRST_BATCH + len(jobs)
        ended = runner.run(order.phases, first_new=first_new)
        finished = True
    finally:
        crew.close(wait=finished)
    return ended


def _jobs(
    begun: Begun, workshop: worker.Workshop, emit: Emit, idleness: Idleness
) -> tuple[Sequence[Job], workforce.Choice]:
    """The batches to run: planned now, or taken up from a plan made before."""
    link, bench = begun.definition.link, workshop.bench
    if begun.pending is not None:
        steps.opened(bench)
        choice = workforce.choose(
            link, workshop, len(begun.pending), begun.executor, idleness=idleness
        )
        if not begun.resumed:
            emit(
                BatchesPlanned(
                    first=0,
                    scopes=(),
                    complete=not begun.takes,
                    warnings=begun.notes,
                    workers=str(choice),
                )
            )
        return begun.pending, choice
    plan = steps.plan(begun.window, bench)
    choice = workforce.choose(
        link, workshop, len(plan.scopes), begun.executor, idleness=idleness
    )
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


class _Order:
    """The order in which batches go: canaries, then what is fetched, then what was kept.

    What is fetched anew may bring newer versions of what was kept, which then need not go (I4), and
    must not go after them. While pages are only waited for, what was kept may go ahead of them.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        failed_canaries: Callable[[], frozenset[str]],
        emit: Emit,
    ) -> None:
        self._jobs, self._failed_canaries, self._emit = jobs, failed_canaries, emit
        self._parked: frozenset[str] | None = None

    @property
    def phases(self) -> Iterator[Phase]:
        """Nothing of a phase is asked for before all of the one before it is done."""
        if any("canary" in job.scope for job in self._jobs):
            yield Phase(lambda: self._canaries(of_plan=False))
            yield Phase(lambda: self._canaries(of_plan=True))
        if any(is_delivered(job.scope) for job in self._jobs):
            # What was delivered is no newer than what was kept: its turn is all that tells.
            yield Phase(self._fetched)
            yield Phase(self._kept)
        else:
            yield Phase(self._fetched, after=self._kept)

    def _canaries(self, *, of_plan: bool) -> list[Job]:
        """A few of each fingerprint (P5)."""
        canaries = [job for job in self._jobs if "canary" in job.scope]
        return [job for job in canaries if ("plan" in job.scope) is of_plan]

    def _fetched(self) -> list[Job]:
        return self._going(of_plan=False)

    def _kept(self) -> list[Job]:
        """What goes from Snapshots."""
        return self._going(of_plan=True)

    def _going(self, *, of_plan: bool) -> list[Job]:
        rest = [
            job
            for job in self._jobs
            if "canary" not in job.scope and ("plan" in job.scope) is of_plan
        ]
        if not any("after_canary" in job.scope for job in rest):
            return rest
        parked = self._told_parked()
        return [job for job in rest if job.scope.get("after_canary") not in parked]

    def _told_parked(self) -> frozenset[str]:
        """Fingerprints whose canary failed; told once, as a Warning."""
        if self._parked is None:
            waiting = {job.scope.get("after_canary") for job in self._jobs}
            self._parked = self._failed_canaries() & waiting
            if self._parked:
                said = "parked after its canary failed; the rest of this cause was not sent"
                told = tuple(f"{each}: {said}" for each in sorted(self._parked))
                self._emit(BatchesPlanned(first=0, scopes=(), warnings=told))
        return self._parked


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
        now=context.clock,
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
        self.idleness = Idleness()
        self._journal, self._tally = journal, tally
        self._looked = self._beaten = time.monotonic()

    def ready(self, job: Job) -> Job:
        """A job right before it goes out: with its records, where the store has them."""
        if is_delivered(job.scope):
            return replace(job, delivered=self._journal.delivered(job.scope))
        if "plan" not in job.scope:
            return job
        records, doubtful = self._journal.records(job.scope)
        return replace(job, records=records, uncertain=job.uncertain or doubtful)

    def feed(self, size: int) -> Arrivals:
        """What is delivered while the run goes on."""
        return Arrivals(self._journal, size, self.stop)

    def failed_canaries(self) -> frozenset[str]:
        """Fingerprints of which a canary failed, before or after a crash (P5)."""
        return self._journal.failed_canaries()

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
