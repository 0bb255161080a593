"""The JSON shapes scripts rely on (contract, section 3), from the values people see."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from engine.domain.checkup import LinkChecks
from engine.domain.delta import MarkValue
from engine.domain.diff import Change
from engine.domain.missing import MISSING
from engine.domain.parking import emptied
from engine.domain.present import present_document
from engine.domain.requests import (
    AdapterSeen,
    BatchDetail,
    Explanation,
    Failures,
    FileReport,
    Finding,
    LinkOverrides,
    Page,
    RecordDetail,
)
from engine.domain.schedule import NextRun
from engine.domain.stored_json import parsed
from engine.domain.sync_event import (
    BatchSeen,
    ErrorGroup,
    Kind,
    LinkSeen,
    SnapshotSeen,
    SyncEvent,
)


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
        "abandoned": event.abandoned,
        "label": event.label,
        "downstream": list(event.downstream),
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
        "overrides": dict(event.overrides),
        "purged_at": when(event.purged_at),
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
        "note": group.note,
        "category": group.category,
        "returned": group.returned,
    }


def batch_document(batch: BatchSeen) -> dict[str, Any]:
    """One Batch in JSON."""
    return {
        "id": batch.index,
        "index": batch.index,
        "state": batch.state,
        "scope": dict(emptied(batch.scope)),
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


def events_document(page: Page[SyncEvent]) -> dict[str, Any]:
    """What `events --json` prints."""
    return {"events": [event_document(event) for event in page.items], "next": page.next}


def failures_document(failures: Failures) -> dict[str, Any]:
    """What `failures --json` prints."""
    return {
        "event": failures.event.id,
        "groups": [group_document(group) for group in failures.groups],
        "batches": [batch_document(batch) for batch in failures.batches],
        "records": [failure_document(record) for record in failures.records],
        "matching": failures.matching,
        "next": failures.next,
    }


def batch_detail_document(detail: BatchDetail) -> dict[str, Any]:
    """What `show EVENT --batch N --json` prints."""
    return {
        "event": detail.event.id,
        "link": detail.event.link,
        **batch_document(detail.batch),
        "records": [failure_document(record) for record in detail.records],
    }


def record_document(detail: RecordDetail) -> dict[str, Any]:
    """What `record --json` prints."""
    seen = detail.snapshot
    return {
        **failure_document(seen),
        "event": seen.event,
        "link": seen.link,
        "before": parsed(seen.before),
        "after": parsed(seen.after),
        "edited": parsed(seen.edited),
        "target": present_document(detail.target),
        "masked": list(detail.masked),
        "warnings": list(seen.warnings),
        "changes": [change_document(change) for change in detail.changes],
        "history": [
            {
                "event": entry.event,
                "state": entry.state,
                "at": when(entry.at),
                "errors": [dict(error) for error in entry.errors],
                "id": f"s{entry.snapshot}",
                "by": entry.by,
                "successor": f"s{entry.successor}" if entry.successor else None,
            }
            for entry in detail.history
        ],
        "previous": f"s{seen.previous}" if seen.previous else None,
        "version": detail.version,
        "at": when(seen.at),
    }


def change_document(change: Change) -> dict[str, Any]:
    """One changed path; `missing` names the side that has none, which is not null."""
    sides = {"before": change.before, "after": change.after}
    missing = next((side for side, value in sides.items() if value is MISSING), None)
    shown = {side: None if value is MISSING else value for side, value in sides.items()}
    return {"path": change.path, **shown, "stage": change.stage, "missing": missing}


def explain_document(explanation: Explanation) -> dict[str, Any]:
    """Why the mark is where it is, as `explain --json` prints it."""
    mark = explanation.mark
    return {
        "link": explanation.link,
        "mark": mark_value(mark.value) if mark else None,
        "set_by": mark.set_by if mark else None,
        "held_by": [
            {"event": held.event, "batches": held.batches, "records": held.records}
            for held in explanation.held_by
        ],
        "would_move_to": mark_value(explanation.would_move_to),
        "notes": list(explanation.notes),
    }


def overrides_document(overrides: LinkOverrides) -> dict[str, Any]:
    """What `override LINK --json` prints."""
    return {
        "link": overrides.link,
        "path": overrides.path,
        "problem": overrides.problem,
        "overrides": [
            {
                "name": said.name,
                "node": said.node,
                "value": said.value,
                "file": said.file,
                "actor": said.actor,
                "reason": said.reason,
                "at": when(said.at),
            }
            for said in overrides.items
        ],
    }


def validate_document(reports: Sequence[FileReport]) -> dict[str, Any]:
    """What `validate --json` prints."""
    return {
        "files": [
            {
                "path": report.path,
                "ok": report.ok,
                "errors": [
                    {
                        "line": complaint.line,
                        "column": complaint.column,
                        "message": complaint.message,
                        "hint": complaint.hint,
                    }
                    for complaint in report.complaints
                ],
            }
            for report in reports
        ]
    }


def links_document(links: Sequence[LinkSeen]) -> dict[str, Any]:
    """What `links --json` prints."""
    return {
        "links": [
            {
                "name": link.name,
                "label": link.label,
                "path": link.path,
                "enabled": link.enabled,
                "severity": link.severity,
                "owner": link.owner,
                "problem": link.problem,
                "mark": mark_value(link.mark),
                "open": {"batches": link.open.batches, "records": link.open.records},
                "next_run": when(link.next.due) if link.next else None,
                "schedule": next_document(link.next) if link.next else None,
                "last": event_document(link.last) if link.last else None,
            }
            for link in links
        ]
    }


def next_document(next_run: NextRun) -> dict[str, Any]:
    """How the schedule of a Link stands, in JSON."""
    return {"state": next_run.state, "note": next_run.note}


def checks_document(checks: LinkChecks) -> dict[str, Any]:
    """What `check --json` prints."""
    return {
        "link": checks.link,
        "checks": [
            {
                "name": check.name,
                "ok": check.ok,
                "message": check.message,
                "hint": check.hint,
            }
            for check in checks.checks
        ],
    }


def doctor_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """What `doctor --json` prints."""
    return {
        "findings": [
            {
                "subject": finding.subject,
                "message": finding.message,
                "remedy": finding.remedy,
                "serious": finding.serious,
                "fixable": finding.fixable,
            }
            for finding in findings
        ]
    }


def adapters_document(adapters: Sequence[AdapterSeen]) -> dict[str, Any]:
    """What `adapters --json` prints."""
    return {
        "adapters": [
            {
                "name": adapter.name,
                "role": adapter.role,
                "package": adapter.package,
                "summary": adapter.summary,
                "options": list(adapter.options),
                "path": adapter.path,
                "problem": adapter.problem,
            }
            for adapter in adapters
        ]
    }
