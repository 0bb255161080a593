"""The JSON shapes scripts rely on (contract, section 3), from the values people see."""

from datetime import UTC, datetime
from typing import Any

from engine.domain.delta import MarkValue
from engine.domain.sync_event import BatchSeen, ErrorGroup, Kind, SnapshotSeen, SyncEvent


def when(at: datetime | None) -> str | None:
    """A time as JSON says it: UTC, with a Z, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def mark_value(value: MarkValue | None) -> str | int | None:
    """A mark or window bound in JSON: a time as text, a column's value as it is."""
    return when(value) if isinstance(value, datetime) else value


def event_document(event: SyncEvent) -> dict[str, Any]:
    """What `show --json` prints of a Sync Event."""
    return {
        "id": event.id,
        "link": event.link,
        "kind": event.kind.value,
        "status": event.status.token,
        "outcome": event.outcome.token if event.outcome else None,
        "parent": event.parent,
        "root": event.root,
        "children": list(event.children),
        "descendants": list(event.descendants),
        "recovered_by": event.recovered_by,
        "closed_by": event.closed_by,
        "superseded_by": event.superseded_by,
        "replay": event.replay,
        "interrupted": event.interrupted,
        "label": event.label,
        "definition": event.definition,
        "actor": event.actor,
        "reason": event.reason,
        "queued_at": when(event.queued_at),
        "started_at": when(event.started_at),
        "finished_at": when(event.finished_at),
        "window": {
            "since": mark_value(event.window.since),
            "until": mark_value(event.window.until),
        },
        "workers": event.workers,
        "batches": _batches(event),
        "records": _records(event),
        "open": {"batches": event.open.batches, "records": event.open.records},
        "errors": [group_document(group) for group in event.errors],
        "ignored_reasons": dict(event.ignored_reasons),
        "warnings": dict(event.warnings),
    }


def _batches(event: SyncEvent) -> dict[str, int]:
    counts = event.batches
    return {
        "planned": counts.planned,
        "completed": counts.completed,
        "failed": counts.failed,
        "not_attempted": counts.not_attempted,
        "in_flight": counts.in_flight,
        "waiting": counts.waiting,
    }


def _records(event: SyncEvent) -> dict[str, int]:
    counts = event.records
    test = event.kind is Kind.TEST
    return {
        "fetched": counts.fetched,
        "from_snapshots": counts.from_snapshots,
        ("would_write" if test else "written"): counts.would_write
        if test
        else counts.written,
        "ignored": counts.ignored,
        "failed": counts.failed,
        "warned": counts.warned,
        "in_doubt": counts.in_doubt,
        "residual": event.residual,
    }


def group_document(group: ErrorGroup) -> dict[str, Any]:
    """One error group in JSON."""
    return {
        "tier": group.tier.value,
        "class": group.error_class.value,
        "durability": group.durability.value,
        "code": group.code,
        "field": group.field,
        "stage": group.stage,
        "message": group.message,
        "fingerprint": group.fingerprint,
        "count": group.count,
        "route": group.route.value,
        "severity": group.severity,
        "owner": group.owner,
    }


def batch_document(batch: BatchSeen) -> dict[str, Any]:
    """One Batch in JSON."""
    return {
        "id": batch.index,
        "index": batch.index,
        "state": batch.state,
        "scope": dict(batch.scope),
        "fetched": batch.fetched,
        "written": batch.written,
        "ignored": batch.ignored,
        "failed": batch.failed,
        "in_doubt": batch.in_doubt,
        "attempts": batch.attempts,
        "started_at": when(batch.started_at),
        "finished_at": when(batch.finished_at),
        "error": batch.error,
        "open": batch.open,
    }


def failure_document(snapshot: SnapshotSeen) -> dict[str, Any]:
    """One failing record in a list."""
    return {
        "id": f"s{snapshot.id}",
        "key": snapshot.label,
        "batch": snapshot.batch,
        "position": snapshot.position,
        "errors": [dict(error) for error in snapshot.errors],
        "state": snapshot.state,
        "attempts": snapshot.attempts,
    }
