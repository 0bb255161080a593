"""A running Sync Event counted from what its runner says, for whoever watches."""

import time
from collections.abc import Callable
from datetime import datetime

from engine.domain.batch import BatchOutcome, BatchState
from engine.domain.progress import BatchesPlanned, BatchFinished, BatchStarted, Progress
from engine.domain.requests import Glimpse, Watch
from engine.domain.sync_event import BatchCounts, RecordCounts

OFTEN = 0.2
"""Seconds between two glimpses."""


class Tally:
    """Counts what `emit` says and shows a glimpse of it, at most five times a second."""

    def __init__(
        self,
        *,
        event: int,
        link: str,
        resumed: bool,
        test: bool,
        watch: Watch | None,
        now: Callable[[], datetime],
        batches: BatchCounts,
        records: RecordCounts,
    ) -> None:
        self._event, self._link, self._resumed, self._test = event, link, resumed, test
        self._watch, self._now = watch, now
        self._started = now()
        self._workers = ""
        self._planned = batches.planned
        self._started_batches: set[int] = set()
        self._counts = [
            batches.completed, batches.failed, records.fetched,
            records.written + records.would_write, records.ignored, records.failed,
            records.warned, records.in_doubt, records.from_snapshots,
        ]  # fmt: skip
        self._shown = 0.0
        self.stopping: str | None = None

    def heard(self, progress: Progress) -> None:
        """Count one thing the runner said."""
        match progress:
            case BatchesPlanned():
                self._planned += len(progress.scopes)
                self._workers = progress.workers or self._workers
            case BatchStarted():
                self._started_batches.update(progress.batches)
            case BatchFinished():
                for outcome in progress.outcomes:
                    self._count(outcome)
            case _:
                pass

    def _count(self, outcome: BatchOutcome) -> None:
        self._started_batches.discard(outcome.batch)
        self._planned += len(outcome.follow)
        completed = outcome.state is BatchState.COMPLETED
        received = outcome.fetched or 0
        replayed = 0 if outcome.replayed is None else received
        added = (
            completed, not completed, received - replayed, outcome.written,
            sum(outcome.ignored.values()), outcome.failed, outcome.warned, outcome.in_doubt,
            replayed,
        )  # fmt: skip
        self._counts = [
            count + more for count, more in zip(self._counts, added, strict=True)
        ]

    def show(self, *, at_once: bool = False) -> None:
        """Let the watcher see, unless it saw a moment ago."""
        if self._watch is None:
            return
        moment = time.monotonic()
        if not at_once and moment - self._shown < OFTEN:
            return
        self._shown = moment
        self._watch(self.glimpse())

    def glimpse(self) -> Glimpse:
        """The counts as they stand; the identity holds in every one (S3)."""
        completed, failed, fetched, written, ignored, failing, warned, in_doubt, again = (
            self._counts
        )
        flying = len(self._started_batches)
        return Glimpse(
            event=self._event,
            link=self._link,
            resumed=self._resumed,
            workers=self._workers,
            batches=BatchCounts(
                planned=self._planned,
                completed=completed,
                failed=failed,
                in_flight=flying,
                waiting=self._planned - completed - failed - flying,
            ),
            records=RecordCounts(
                fetched=fetched,
                from_snapshots=again,
                written=0 if self._test else written,
                would_write=written if self._test else 0,
                ignored=ignored,
                failed=failing,
                warned=warned,
                in_doubt=in_doubt,
            ),
            started_at=self._started,
            now=self._now(),
            stopping=self.stopping,
        )
