"""The front door: everything the command line, the console and the service can ask for."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.domain.checkup import LinkChecks
from engine.domain.override import Said
from engine.domain.requests import (
    AdapterSeen,
    BatchDetail,
    Explanation,
    Failures,
    FileReport,
    Found,
    LinkOverrides,
    Page,
    RecordDetail,
    RunOptions,
    Search,
    Selection,
    Stop,
    Stretch,
    Watch,
)
from engine.domain.retry_plan import (
    BatchItem,
    Choice,
    ItemClass,
    RecordItem,
    RetryOptions,
    RetryPlan,
)
from engine.domain.sync_event import BatchSeen, LinkSeen, SnapshotSeen, SyncEvent
from engine.front_batches import BatchDoor
from engine.front_desk import FrontDesk
from engine.front_keeping import KeepingDoor
from engine.front_push import PushDoor
from engine.front_timetable import TimetableDoor
from engine.front_watch import WatchDoor
from engine.operations import (
    control,
    definitions,
    events,
    export,
    failures,
    health,
    masking,
)
from engine.operations.context import Clock, Context, utc_now
from engine.settings import Settings

ROWS = 50
NOTHING_SOUGHT = Search()


class Engine(FrontDesk, BatchDoor, TimetableDoor, WatchDoor, PushDoor, KeepingDoor):
    """One process's way in; each theme's operations stand in a file of their own.

    Raises LinkdeckError, whose text is the sentence for the person who asked. `clock` says what
    time it is, wherever a time is written down or told. `looks`: nothing will be run, so that a
    store that was named and is not there is no reason to make one.
    """

    def __init__(
        self, settings: Settings, *, clock: Clock = utc_now, looks: bool = False
    ) -> None:
        self._context = Context(settings, clock, looks=looks)

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store."""
        self._context.close()

    # Links and their definitions

    def validate(self, paths: Sequence[str]) -> tuple[FileReport, ...]:
        """Every complaint about these files, or about the folder of Links."""
        return definitions.validate(self._context, paths)

    def links(self) -> tuple[LinkSeen, ...]:
        """Every Link and how it stands."""
        from engine.operations import links

        return links.links(self._context)

    def explain(self, link: str) -> Explanation:
        """Why Last Successful Sync is where it is."""
        from engine.operations import links

        return links.explain(self._context, link)

    def new(self, link: str) -> tuple[Path, ...]:
        """A starter definition that validates and runs; the files written."""
        return definitions.new(self._context, link)

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of definitions."""
        return definitions.schema(self._context)

    # Runs. Adapters, stages and processes are imported only by who runs something.

    def run(
        self, link: str, options: RunOptions, *, stop: Stop, watch: Watch | None = None
    ) -> SyncEvent:
        """Run a Link once, to its end; an interrupted run of it is finished first."""
        from engine.operations import runs

        ended = runs.run(self._context, link, options, stop=stop, watch=watch)
        return masking.event(self._context, ended)

    def resume(
        self, event: str, *, actor: str, stop: Stop, watch: Watch | None = None
    ) -> SyncEvent:
        """Finish an interrupted Sync Event."""
        from engine.operations import runs

        number = self._context.event_number(event)
        ended = runs.resume(self._context, number, actor=actor, stop=stop, watch=watch)
        return masking.event(self._context, ended)

    def launch(self, link: str, options: RunOptions) -> SyncEvent:
        """Have an engine run a Link, which outlives this process (X2); the Sync Event, queued."""
        from engine.operations import launch, queueing

        queued = queueing.queue_run(self._context, link, options)
        launch.ensure_engine(self._context)
        return queued

    def launch_retry(
        self, ref: str, selection: Selection, options: RetryOptions
    ) -> SyncEvent:
        """Have an engine retry failures; the child, queued."""
        from engine.operations import launch, queueing

        queued = queueing.queue_retry(self._context, ref, selection, options)
        launch.ensure_engine(self._context)
        return queued

    def launch_resume(self, ref: str, *, actor: str) -> SyncEvent:
        """Have an engine finish an interrupted Sync Event."""
        from engine.operations import launch, queueing

        number = self._context.event_number(ref)
        queued = queueing.queue_resume(self._context, number, actor=actor)
        launch.ensure_engine(self._context)
        return queued

    def plan(
        self,
        ref: str,
        selection: Selection,
        *,
        definition: Choice | None = None,
        include: frozenset[ItemClass] = frozenset(),
        simulate: bool = False,
        actor: str,
    ) -> RetryPlan:
        """Freeze what a retry of this Sync Event, or of one Snapshot, would touch (P1)."""
        from engine.operations import retries

        return retries.plan(
            self._context,
            ref,
            selection,
            choice=definition,
            include=include,
            simulate=simulate,
            actor=actor,
        )

    def kept_plan(self, hash_: str) -> RetryPlan:
        """A plan made before, by its hash or the beginning of it."""
        from engine.operations import planning

        return planning.found(self._context, hash_)

    def plan_items(
        self, hash_: str, *, limit: int = ROWS, after: str | None = None
    ) -> Page[BatchItem | RecordItem]:
        """What a plan consists of, a page at a time."""
        from engine.operations import planning

        return planning.items(self._context, hash_, limit=limit, after=after)

    def retry(
        self,
        ref: str,
        selection: Selection,
        options: RetryOptions,
        *,
        stop: Stop,
        watch: Watch | None = None,
    ) -> SyncEvent:
        """Retry Failures: run a plan, the one given or the one made now; the child."""
        from engine.operations import retries

        ended = retries.retry(
            self._context, ref, selection, options, stop=stop, watch=watch
        )
        return masking.event(self._context, ended)

    def cancel(self, ref: str, *, reason: str, actor: str) -> SyncEvent:
        """End a running Sync Event: what is in flight finishes, the rest is not attempted."""
        number = self._context.event_number(ref)
        return control.cancel(self._context, number, reason=reason, actor=actor)

    def set_enabled(self, link: str, *, enabled: bool, reason: str, actor: str) -> None:
        """Let a Link run, or keep it from running."""
        control.set_enabled(
            self._context, link, enabled=enabled, reason=reason, actor=actor
        )

    def check(self, link: str) -> LinkChecks:
        """A Link's source and target tried, nothing written."""
        from engine.operations import checkup

        return checkup.check(self._context, link)

    # What operators say over a definition

    def overrides(self, link: str) -> LinkOverrides:
        """What is said of a Link, beside what its file says."""
        from engine.operations import overrides

        return overrides.overrides(self._context, link)

    def override(
        self, link: str, said: Sequence[Said], *, reason: str, actor: str
    ) -> LinkOverrides:
        """Say things of a Link over its file, or take them back; every run after heeds them."""
        from engine.operations import overrides

        return overrides.override(self._context, link, said, reason=reason, actor=actor)

    def clear_overrides(self, link: str, *, reason: str, actor: str) -> LinkOverrides:
        """Take back all that was said of a Link, but whether it may run."""
        from engine.operations import overrides

        return overrides.clear(self._context, link, reason=reason, actor=actor)

    # What happened

    def changed(self) -> int:
        """A number that differs once anything was written; cheap, compare it on this object."""
        return self._context.store.changed()

    def event(self, ref: str) -> SyncEvent:
        """One Sync Event: `12`, `#12` or `latest:LINK`."""
        return events.seen(self._context, self._context.event_number(ref))

    def events(
        self,
        *,
        link: str | None = None,
        status: str | None = None,
        kind: str | None = None,
        limit: int = ROWS,
        before: int | None = None,
    ) -> Page[SyncEvent]:
        """Sync Events, newest first."""
        return events.listed(
            self._context, link=link, status=status, kind=kind, limit=limit, before=before
        )

    def batch(self, ref: str, index: int) -> BatchDetail:
        """One Batch with its failing records."""
        return events.batch(self._context, self._context.event_number(ref), index)

    def batches(
        self,
        ref: str,
        *,
        state: str | None = None,
        limit: int = ROWS,
        after: str | None = None,
    ) -> Page[BatchSeen]:
        """Batches of a Sync Event, in order."""
        number = self._context.event_number(ref)
        return events.batches(self._context, number, state=state, limit=limit, after=after)

    def batch_states(self, ref: str) -> tuple[str, ...]:
        """The state of every Batch of a Sync Event, in order."""
        return self._context.store.batch_states(self._context.event_number(ref))

    def stretch(
        self, ref: str, selection: Selection, part: Stretch, search: Search = NOTHING_SOUGHT
    ) -> tuple[SnapshotSeen, ...]:
        """Any part of the failing records, in constant memory."""
        from engine.operations import stretches

        number = self._context.event_number(ref)
        return stretches.stretch(self._context, number, selection, part, search)

    def search(
        self, ref: str, selection: Selection, sought: Search, beyond: int = 0
    ) -> Found:
        """One step of a search through the failing records."""
        from engine.operations import stretches

        number = self._context.event_number(ref)
        return stretches.search(self._context, number, selection, sought, beyond)

    def failures(
        self, ref: str, selection: Selection, *, limit: int = ROWS, after: str | None = None
    ) -> Failures:
        """Groups, failed batches and one page of failing records."""
        number = self._context.event_number(ref)
        return failures.failures(self._context, number, selection, limit=limit, after=after)

    def record(
        self, snapshot: str, *, reveal: bool = False, actor: str = "", reason: str = ""
    ) -> RecordDetail:
        """One record before and after, with blame and journey.

        What the as-run definition's masks name is hidden, unless revealed; that is audited.
        """
        if reveal:
            return failures.revealed(self._context, snapshot, actor=actor, reason=reason)
        return failures.record(self._context, snapshot)

    def export(
        self,
        ref: str,
        selection: Selection,
        *,
        format: str,  # noqa: A002 - the flag's own name
        output: str,
        mask: bool,
    ) -> int:
        """Failing records into a new private file; how many."""
        number = self._context.event_number(ref)
        return export.export(
            self._context, number, selection, form=format, output=output, mask=mask
        )

    # The installation

    def adapters(self) -> tuple[AdapterSeen, ...]:
        """What is installed."""
        return health.adapters(self._context)
