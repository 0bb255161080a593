"""What those downstream of a target are told of each load, in the target itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from engine.domain.sync_event import SyncEvent
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class LoadStatus:
    """One Sync Event as it stands: may what it loaded be used, and what is still missing.

    `label` says it in a word: complete, partial, recovered. `recovered_by` is the Sync Event that
    closed the last failure of this one.
    """

    link: str
    event: int
    kind: str
    status: str
    label: str | None
    root: int
    parent: int | None
    recovered_by: int | None
    closed_by: str | None
    started_at: datetime | None
    finished_at: datetime | None
    batches: int
    batches_completed: int
    batches_failed: int
    batches_not_attempted: int
    written: int
    ignored: int
    failed: int
    in_doubt: int
    open_batches: int
    open_records: int


@runtime_checkable
class Reporting(Protocol):
    """A target that keeps the status of each load, where `reports` says that it is asked to.

    `report` may be called whether or not the target is open. Raises SyncError.
    """

    def reports(self) -> bool: ...

    def report(self, statuses: Sequence[LoadStatus]) -> None: ...


def status_of(event: SyncEvent) -> LoadStatus:
    """What is told of this Sync Event."""
    return LoadStatus(
        link=event.link,
        event=event.id,
        kind=event.kind.value,
        status=event.status.value.replace(" ", "_"),
        label=event.label,
        root=event.root,
        parent=event.parent,
        recovered_by=event.recovered_by,
        closed_by=event.closed_by,
        started_at=event.started_at,
        finished_at=event.finished_at,
        batches=event.batches.planned,
        batches_completed=event.batches.completed,
        batches_failed=event.batches.failed,
        batches_not_attempted=event.batches.not_attempted,
        written=event.records.written,
        ignored=event.records.ignored,
        failed=event.records.failed,
        in_doubt=event.records.in_doubt,
        open_batches=event.open.batches,
        open_records=event.open.records,
    )
