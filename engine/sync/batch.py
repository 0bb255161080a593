"""The row of steps a Batch goes through: fetch → stages → push; errors already inside.

`prepare` and `push` are plain functions of picklable values, so that they run in any worker. The
broad walls stand here, and only here: nothing an Adapter or a Filter raises gets past its Batch
(T2), nor past the plan (T1).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from engine.domain.adapter import Plan, Stopped
from engine.domain.batch import BatchOutcome, Fetched, Job, Prepared, Scope
from engine.domain.delivery import is_answered
from engine.domain.delta import Window
from engine.domain.errors import BatchSyncError, ErrorClass, SyncError, SystemSyncError
from engine.domain.filter import Raised, Staged
from engine.domain.parking import is_parked, scopes_of
from engine.sync import delivery
from engine.sync.bench import SOURCE, TARGET, Bench
from engine.sync.delivered import as_fetched
from engine.sync.duplicates import settled
from engine.sync.halt import halted
from engine.sync.keeping import keys_to_ask, with_held
from engine.sync.parked import unparked
from engine.sync.replay import fetched_again
from engine.sync.seen import unseen

T = TypeVar("T")
STAGES = "stages"


def prepare(job: Job, bench: Bench) -> Prepared:
    """Fetch the scope and run the stages over what came."""
    started = bench.now()
    fetched = _fetch(job, bench)
    if isinstance(fetched, SyncError):
        return replace(_unfetched(job, fetched, bench, stage=SOURCE), started_at=started)
    staged = through_stages(fetched, bench)
    if isinstance(staged, SyncError):
        return replace(_unfetched(job, staged, bench, stage=STAGES), started_at=started)
    return replace(_prepared(job, fetched, staged, bench), started_at=started)


def plan(window: Window, bench: Bench) -> Plan:
    """Open the target and ask the source for its plan; every failure here is a System error (T1).

    Raises SystemSyncError, and Stopped where the run was cancelled meanwhile.
    """
    opened(bench)
    return _or_stops(lambda: bench.source.plan_fetch(window), bench, SOURCE)


def opened(bench: Bench) -> None:
    """Open the target for the coordinator; a test run leaves it alone. Raises as `plan` does."""
    if not bench.test:
        _or_stops(bench.target.open, bench, TARGET)


def _or_stops(ask: Callable[[], T], bench: Bench, stage: str) -> T:
    try:
        return ask()
    except SystemSyncError as known:
        known.stage = known.stage or stage
        raise
    except Stopped:
        raise
    except SyncError as known:
        raise _raised_to_system(known, stage) from known
    except (
        Exception
    ) as cause:  # the wall before the first Batch: a plan that fails stops the run
        unforeseen = bench.unforeseen(cause, stage=stage)
        raise _raised_to_system(unforeseen, stage) from cause


def _raised_to_system(failure: SyncError, stage: str) -> SystemSyncError:
    """The same failure where it leaves nothing to go on with."""
    return SystemSyncError(
        failure.message,
        code=failure.code,
        error_class=failure.error_class,
        field=failure.field,
        stage=failure.stage or stage,
        attempts=failure.attempts,
        refused=failure.refused,
    )


def push(batches: Sequence[Prepared], bench: Bench) -> list[BatchOutcome]:
    """Hand prepared batches to the target in one call; one outcome each, in order."""
    loads = [delivery.load_of(batch) for batch in batches if delivery.sends(batch)]
    if bench.open_keys is not None:
        # Before anything is sent: where they cannot be read, nothing is uncertain.
        bench.open_keys.read()
    failure: SyncError | None = None
    receipts = {}
    if loads and not bench.test:
        try:
            receipts = {receipt.batch: receipt for receipt in bench.target.push(loads)}
        except SyncError as known:
            failure = known
        except Stopped:
            failure = stopped()
        except Exception as cause:  # noqa: BLE001 - the wall behind targets: T2, whatever they raise
            failure = bench.unforeseen(cause, stage=TARGET)
    outcomes = [
        delivery.outcome(batch, receipts.get(batch.batch), failure, bench)
        for batch in batches
    ]
    # A target that takes nothing now will not say what it holds either.
    return outcomes if failure is not None else _asked(outcomes, bench)


def _asked(outcomes: list[BatchOutcome], bench: Bench) -> list[BatchOutcome]:
    """The outcomes with what the target holds for the keys that failed (I1)."""
    keys = keys_to_ask(outcomes, bench)
    if not keys:
        return outcomes
    try:
        return with_held(outcomes, keys, bench.target.lookup(list(keys.values())))
    except Stopped:
        return outcomes
    except Exception:  # noqa: BLE001 - the wall behind targets: what they hold is good to know, no more
        return outcomes


def run_batch(job: Job, bench: Bench) -> BatchOutcome:
    """Push after prepare, for targets that admit many writers."""
    return push([prepare(job, bench)], bench)[0]


def _given(job: Job, bench: Bench) -> Fetched:
    """The records of a Batch: from Snapshots, delivered, parked, or from the source."""
    if job.records is not None:
        return fetched_again(job.records)
    if job.delivered is not None:
        return as_fetched(job.delivered, job.scope)
    if is_parked(job.scope):
        return unparked(job.scope)
    fetched = bench.source.fetch(job.scope)
    # A test is over when it has looked: nothing waits in it.
    return replace(fetched, tries=None) if bench.test else fetched


def _fetch(job: Job, bench: Bench) -> Fetched | SyncError:
    try:
        return _given(job, bench)
    except SyncError as known:
        return known
    except Stopped:
        return stopped()
    except Exception as cause:  # noqa: BLE001 - the wall behind sources: T2, whatever they raise
        return bench.unforeseen(cause, stage=SOURCE)


def through_stages(fetched: Fetched, bench: Bench) -> Staged | SyncError:
    """The records through the stages; whatever goes wrong as a whole, as a value."""
    try:
        return bench.pipeline.run(fetched, now=bench.now())
    except SyncError as known:
        return known
    except Stopped:
        return stopped()
    except Exception as cause:  # noqa: BLE001 - the wall behind stages: T2, whatever they raise
        return bench.unforeseen(cause, stage=STAGES)


def guard(function: Callable[..., Any], /, *args: object) -> Any:
    """Custom code called: its answer, or `Raised` for whatever it raised (domain.filter.Guard)."""
    try:
        return function(*args)
    except SystemExit as left:
        return Raised(RuntimeError(f"SystemExit({left.code})"))
    except Exception as cause:  # noqa: BLE001 - custom code may raise anything: its Record's business
        return Raised(cause)


def stopped() -> SyncError:
    """The failure of a Batch whose wait was cut short."""
    return BatchSyncError(
        "the run was stopped while this batch waited for another try",
        code="stopped",
        error_class=ErrorClass.TRANSIENT,
    )


def _unfetched(job: Job, failure: SyncError, bench: Bench, *, stage: str) -> Prepared:
    """Nothing went through: the scope is what a retry takes up."""
    fails = stage == SOURCE and bench.on_source_error.stops
    stops = isinstance(failure, SystemSyncError) or fails
    error = bench.error(failure, stage=stage)
    return Prepared(
        batch=job.batch,
        fetched=None,
        error=error,
        stop=error if stops else None,
        refused=failure.refused,
        follow=getattr(failure, "follow", ()),
        again=getattr(failure, "again", None),
        uncertain=job.uncertain,
        attempts=failure.attempts,
        replayed=replayed(job),
    )


def replayed(job: Job) -> tuple[int, ...] | None:
    """The Snapshots the records of a Batch come from, by place."""
    if job.records is None:
        return None
    return tuple(record.snapshot for record in job.records)


def _waiting(job: Job, fetched: Fetched, staged: Staged, bench: Bench) -> tuple[Scope, ...]:
    """The scopes in which its parked records wait for another try."""
    return scopes_of(
        staged.parked,
        batch=job.batch,
        unit=fetched.unit,
        first=fetched.first,
        now=bench.now(),
    )


def _prepared(job: Job, fetched: Fetched, staged: Staged, bench: Bench) -> Prepared:
    warnings = Counter(staged.warnings)
    warnings.update(fetched.warnings)
    columns = bench.pipeline.columns
    prepared = Prepared(
        batch=job.batch,
        fetched=fetched.count - len(staged.parked),
        rows=staged.rows,
        places=staged.places,
        keys=staged.keys,
        columns=tuple(column.name for column in columns) if columns else None,
        raw=fetched.raw,
        unit=fetched.unit,
        first=fetched.first,
        snapshots=staged.snapshots,
        failed=staged.failed,
        ignored=staged.ignored,
        warnings=warnings,
        warned=staged.warned,
        excepted=staged.excepted,
        follow=(*fetched.follow, *_waiting(job, fetched, staged, bench)),
        leaves=fetched.leaves,
        drifted=fetched.drifted,
        bound=fetched.bound,
        again=fetched.again,
        uncertain=job.uncertain,
        attempts=fetched.attempts + tuple(staged.attempts),
        replies=staged.replies,
        replayed=replayed(job),
        tells=is_answered(job.scope),
        parked=tuple(each.place for each in staged.parked),
        equal=() if bench.open_keys is None else staged.equal,
    )
    if staged.stop is not None and staged.stop_place is not None:
        prepared = halted(prepared, fetched, staged.stop, staged.stop_place, bench)
    return settled(unseen(prepared, bench), bench)
