"""The front door: everything the command line, the console and the service can ask for."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from engine.domain.requests import (
    AdapterSeen,
    BatchDetail,
    Explanation,
    Failures,
    FileReport,
    Finding,
    Page,
    RecordDetail,
    RunOptions,
    Selection,
    Stop,
    Watch,
)
from engine.domain.sync_event import LinkSeen, SyncEvent
from engine.operations import control, definitions, events, export, failures, health
from engine.operations.context import Context
from engine.settings import Settings

ROWS = 50


class Engine:
    """One process's way in; each theme's operations stand in a file of their own.

    Raises LinkdeckError, whose text is the sentence for the person who asked.
    """

    def __init__(self, settings: Settings) -> None:
        self._context = Context(settings)

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

        return runs.run(self._context, link, options, stop=stop, watch=watch)

    def resume(
        self, event: str, *, actor: str, stop: Stop, watch: Watch | None = None
    ) -> SyncEvent:
        """Finish an interrupted Sync Event."""
        from engine.operations import runs

        number = self._context.event_number(event)
        return runs.resume(self._context, number, actor=actor, stop=stop, watch=watch)

    def cancel(self, ref: str, *, reason: str, actor: str) -> SyncEvent:
        """End a running Sync Event: what is in flight finishes, the rest is not attempted."""
        number = self._context.event_number(ref)
        return control.cancel(self._context, number, reason=reason, actor=actor)

    def set_enabled(self, link: str, *, enabled: bool, reason: str, actor: str) -> None:
        """Let a Link run, or keep it from running."""
        control.set_enabled(
            self._context, link, enabled=enabled, reason=reason, actor=actor
        )

    # What happened

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

    def failures(
        self, ref: str, selection: Selection, *, limit: int = ROWS, after: str | None = None
    ) -> Failures:
        """Groups, failed batches and one page of failing records."""
        number = self._context.event_number(ref)
        return failures.failures(self._context, number, selection, limit=limit, after=after)

    def record(self, snapshot: str) -> RecordDetail:
        """One record before and after, with blame and journey."""
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

    def doctor(self) -> tuple[Finding, ...]:
        """What is wrong with this installation."""
        return health.doctor(self._context)
