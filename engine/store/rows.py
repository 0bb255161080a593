"""Rows as the frozen values people and scripts see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from engine.domain.errors import Durability, ErrorClass, Route, Tier
from engine.domain.outcome import Ending, Status
from engine.domain.sync_event import (
    BatchSeen,
    ErrorGroup,
    Kind,
    OpenCounts,
    SnapshotSeen,
    SyncEvent,
    WindowSeen,
)
from engine.store.books import batch_counts, record_counts
from engine.store.kept_errors import unpacked
from engine.store.stored_text import mark_from

AnyRow = Row[Any]


@dataclass
class Around:
    """What belongs to a Sync Event but lies in other rows."""

    groups: list[ErrorGroup] = field(default_factory=list)
    ignored: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    children: tuple[int, ...] = ()
    descendants: tuple[int, ...] = ()


def sync_event(row: AnyRow, around: Around) -> SyncEvent:
    """A Sync Event with its groups, reasons and relations."""
    plain = {name: getattr(row, name) for name in _AS_KEPT}
    return SyncEvent(
        **plain,
        kind=Kind(row.kind),
        status=Status(row.status),
        outcome=None if row.outcome is None else Status(row.outcome),
        ending=None if row.ending is None else Ending(row.ending),
        window=WindowSeen(mark_from(row.since), mark_from(row.until)),
        batches=batch_counts(row),
        records=record_counts(row),
        open=OpenCounts(batches=row.open_batches, records=row.open_records),
        children=around.children,
        descendants=around.descendants,
        errors=tuple(around.groups),
        ignored_reasons=around.ignored,
        warnings=around.warnings,
        downstream=tuple(row.downstream),
    )


_AS_KEPT = (
    "id",
    "link",
    "definition",
    "actor",
    "reason",
    "queued_at",
    "started_at",
    "finished_at",
    "parent",
    "root",
    "recovered_by",
    "closed_by",
    "superseded_by",
    "replay",
    "interrupted",
    "label",
    "workers",
    "options",
    "severity",
    "source",
    "target",
    "owner",
    "overrides",
    "purged_at",
)


def error_group(row: AnyRow) -> ErrorGroup:
    """Failures of one tier and fingerprint."""
    return ErrorGroup(
        tier=Tier(row.tier),
        error_class=ErrorClass(row.error_class),
        durability=Durability(row.durability),
        code=row.code,
        field=row.field,
        stage=row.stage,
        message=row.message,
        fingerprint=row.fingerprint,
        count=row.times,
        route=Route(row.route),
        severity=row.severity,
        owner=row.owner,
    )


def batch(row: AnyRow, event: AnyRow) -> BatchSeen:
    """A Batch of this Sync Event."""
    return BatchSeen(
        index=row.number,
        state=row.state,
        scope=row.scope,
        fetched=row.fetched,
        written=row.written,
        ignored=row.ignored,
        failed=row.failed,
        in_doubt=row.in_doubt,
        attempts=row.attempts,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=unpacked(row.error, event, batch=row.number) if row.error else None,
        open=row.open,
        closed_by=row.closed_by,
        closed_event=row.closed_event,
    )


def snapshot(row: AnyRow, event: AnyRow) -> SnapshotSeen:
    """A Snapshot of this Sync Event."""
    errors = errors_of(row, event)
    return SnapshotSeen(
        id=row.id,
        event=row.event,
        link=event.link,
        batch=row.batch,
        position=row.position,
        label=row.label,
        key=row.key,
        state=row.state,
        before=row.before,
        after=row.after,
        edited=row.edited,
        errors=errors,
        warnings=tuple(row.warnings or ()),
        blame=row.blame or {},
        at=row.at,
        attempts=max(1, len(errors[0]["attempts"])) if errors else 1,
        previous=row.previous,
        closed_event=row.closed_event,
    )


def errors_of(row: AnyRow, event: AnyRow) -> tuple[Mapping[str, Any], ...]:
    """The errors of a Snapshot, with all that T5 asks of each."""
    kept: Sequence[Any] = row.errors or ()
    return tuple(
        unpacked(error, event, batch=row.batch, position=row.position) for error in kept
    )
