"""Where a Batch meets its Adapters and stages: built once per definition, in any process."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import UTC, datetime
from typing import Any, cast

from engine.domain.adapter import (
    Keeping,
    Lookup,
    Sleep,
    Source,
    Stopped,
    Target,
    TargetContext,
    Tidying,
    Writers,
)
from engine.domain.batch import BatchOutcome, Job, Prepared
from engine.domain.call import CallContext, Caller
from engine.domain.errors import Error, ErrorClass, SyncError, SystemSyncError, judged
from engine.domain.filter import Outside, Pipeline
from engine.domain.link import Definition, Link
from engine.domain.record_key import KeyHashes, Keys
from engine.domain.secrecy import forms_of, hidden
from engine.domain.stage import CallStage, UnchangedStage
from engine.domain.values import dataclass
from engine.sync import batch as steps
from engine.sync import handover
from engine.sync.bench import Bench
from engine.sync.crew import Pause, Result
from engine.traits import source_context

Key = tuple[Any, ...]

_NOT_MADE = {"table_missing", "database_missing"}


def clock() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Setup:
    """All a worker needs to know of a Sync Event; picklable.

    `source` and `target` are the classes of the Link's Adapters. `secret` is the installation's,
    for idempotency keys (K1). `limit` is how many seconds a Batch of foreign code may take. `test`:
    everything but push. `callers` are the classes that answer for call stages, by adapter.
    `open_keys` are those of the Link's failures, for I4; `last_chance`: no replay comes after this
    one (T6); `seen_ids` are those the Link has written (K2). `shared` is a file that all worker
    processes map, `spool` the Link's folder for what a source cannot ask for again. `variables`
    are those of the definition that hold no secret. `now` is the clock; it travels, too.
    """

    definition: Definition
    source: type[Source]
    target: type[Target]
    event: int
    secret: bytes
    limit: float
    test: bool = False
    callers: Mapping[str, type[Caller]] = field(default_factory=dict)
    open_keys: Keys | None = None
    last_chance: bool = False
    seen_ids: KeyHashes | None = None
    shared: str | None = None
    spool: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = clock


def keeping(setup: Setup) -> Keeping | None:
    """The Link's source, where it keeps what it cannot ask for again; nothing is opened."""
    if not issubclass(setup.source, Keeping):
        return None

    def never(seconds: float) -> None:
        raise Stopped(f"asked to wait {seconds} s where nothing runs")

    context = source_context(setup.definition, None, never)
    made = setup.source(
        setup.definition.link.source.options, replace(context, spool=setup.spool)
    )
    return cast("Keeping", made)


class Workshop:
    """One worker's bench for one Sync Event, and what it does with a job."""

    def __init__(self, setup: Setup, sleep: Sleep) -> None:
        link = setup.definition.link
        self.setup = setup
        self._key = link.key
        self._callers = _callers(setup, sleep)
        pipeline = _compiled(setup, self._outside(sleep))
        source = setup.source(
            link.source.options,
            replace(
                source_context(setup.definition, pipeline.wanted, sleep),
                shared=setup.shared,
                spool=setup.spool,
            ),
        )
        target = setup.target(link.target.options, _target_context(setup, pipeline, sleep))
        _admit(link, target)
        self.bench = _bench(setup, source, pipeline, target)

    @property
    def pushes_itself(self) -> bool:
        """Whether workers push, or the coordinator alone."""
        return self.bench.target.traits.writers is Writers.MANY

    def begin(self) -> None:
        """Open the target where this worker pushes. Raises SyncError."""
        if not self.pushes_itself:
            return
        try:
            steps.opened(self.bench)
        except Stopped:
            raise steps.stopped() from None

    def work(self, job: Job) -> Result:
        """A job done here: outcome where this worker pushes, prepared rows where it does not."""
        if self.pushes_itself:
            return steps.run_batch(job, self.bench)
        return steps.prepare(job, self.bench)

    def work_packed(self, job: Job) -> Result:
        """The same with rows packed for their way to the one writer."""
        result = self.work(job)
        return handover.packed(result) if isinstance(result, Prepared) else result

    def push(self, batches: Sequence[Prepared]) -> list[BatchOutcome]:
        """What the coordinator does with prepared batches."""
        return steps.push(
            [handover.unpacked(each, self._key) for each in batches], self.bench
        )

    def tidy(self) -> None:
        """Let the target do what it put off."""
        if isinstance(self.bench.target, Tidying):
            self.bench.target.tidy()

    def close(self) -> None:
        """Let go of connections and files."""
        self.bench.source.close()
        self.bench.target.close()
        for caller in self._callers.values():
            caller.close()

    def _outside(self, sleep: Sleep) -> Outside:
        """Whom the stages may ask."""
        definition = self.setup.definition

        def read(url: str, table: str) -> Iterable[Mapping[str, Any]]:
            from engine.adapters.sql.whole import whole_table

            name, folder = definition.link.name, definition.folder
            return whole_table(url, table, link=name, folder=folder, sleep=sleep)

        return Outside(self._callers, read, self._held)

    def _held(self, keys: Sequence[Key]) -> Mapping[Key, Mapping[str, Any] | None]:
        """What the target holds for these keys."""
        try:
            return self.bench.target.lookup(keys)
        except SystemSyncError as failure:
            made_later = getattr(self.setup.definition.link.target.options, "create", False)
            # A test makes no table: nothing is held by one that is still to be made.
            if self.setup.test and made_later and failure.code in _NOT_MADE:
                return {}
            raise


def _admit(link: Link, target: Target) -> None:
    """SystemSyncError for a stage that this target, as it is configured, cannot serve."""
    for stage in link.stages:
        if isinstance(stage, UnchangedStage) and target.traits.lookup is not Lookup.BULK:
            raise SystemSyncError(
                f"stage '{stage.name}': 'unchanged' needs a target that can be asked in bulk, "
                "and a key; take the stage out",
                code="definition",
                error_class=ErrorClass.SCHEMA,
                stage=stage.name,
            )


def collect_seldom() -> None:
    """Rows are short-lived and acyclic: collecting them often finds nothing, at 9 % of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """The same for one run of a process that lives on."""
    before = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def redactor(secrets: frozenset[str]) -> Callable[[str], str]:
    """A function that takes these secrets out of a text, however they are spelled in it."""
    forms = forms_of(secrets)
    return lambda text: hidden(text, forms)


def _callers(setup: Setup, sleep: Sleep) -> dict[str, Caller]:
    """What answers for the call stages, by name."""
    return {
        stage.name: setup.callers[stage.adapter](
            stage.options, _call_context(setup, stage, sleep)
        )
        for stage in setup.definition.link.stages
        if isinstance(stage, CallStage) and stage.adapter in setup.callers
    }


def _call_context(setup: Setup, stage: CallStage, sleep: Sleep) -> CallContext:
    link = setup.definition.link
    return CallContext(
        link=link.name,
        stage=stage.name,
        parallel=link.parallel,
        folder=setup.definition.folder,
        system=stage.system,
        retry=stage.retry,
        responses=stage.responses,
        sleep=sleep,
        shared=setup.shared,
    )


def _compiled(setup: Setup, outside: Outside) -> Pipeline:
    # Who asks what a source can do compiles no stages.
    from engine.filters.pipeline import compile_pipeline

    return compile_pipeline(
        setup.definition.link,
        encoders=setup.target.encoders,
        folder=setup.definition.folder,
        guard=steps.guard,
        redact=redactor(setup.definition.secrets),
        code=setup.definition.modules,
        outside=outside,
    )


def _target_context(setup: Setup, pipeline: Pipeline, sleep: Sleep) -> TargetContext:
    link = setup.definition.link
    return TargetContext(
        link=link.name,
        key=link.key,
        folder=setup.definition.folder,
        system=link.target.system,
        columns=pipeline.columns,
        secret=setup.secret,
        retry=link.target.retry,
        responses=link.target.responses,
        sleep=sleep,
        event=setup.event,
        shared=setup.shared,
    )


def _bench(setup: Setup, source: Source, pipeline: Pipeline, target: Target) -> Bench:
    link: Link = setup.definition.link
    return Bench(
        source=source,
        pipeline=pipeline,
        target=target,
        rules=link.errors,
        owners=link.owner_of,
        redact=redactor(setup.definition.secrets),
        now=setup.now,
        on_source_error=link.source.on_error,
        on_target_error=link.target.on_error,
        duplicates=link.duplicates,
        snapshots=link.snapshots,
        key=link.key,
        test=setup.test,
        open_keys=setup.open_keys,
        last_chance=setup.last_chance,
        event_id=link.event_id,
        seen_ids=setup.seen_ids,
    )


def error_of(setup: Setup, failure: SyncError, *, stage: str) -> Error:
    """A failure from before there is a bench, as it is kept."""
    redact = redactor(setup.definition.secrets)
    link = setup.definition.link
    kept = judged(
        failure, stage=stage, at=setup.now(), rules=link.errors, owners=link.owner_of
    )
    return replace(kept, message=redact(kept.message))


_here: dict[str, Workshop] = {}


def open_here(setup: Setup, pause: Pause) -> None:
    """Make this process a worker of that Sync Event; what `work_here` then uses."""

    def sleep(seconds: float) -> None:
        if pause(seconds):
            raise Stopped

    collect_seldom()
    workshop = Workshop(setup, sleep)
    workshop.begin()
    _here["workshop"] = workshop


def work_here(job: Job) -> Result:
    """One job in a worker process."""
    return _here["workshop"].work_packed(job)
