"""The JSON shapes of recovery (contract, section 3): Inbox, acts on it, Chain, audit."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.domain.documents import when
from engine.domain.inbox import (
    AuditSeen,
    AuditVerdict,
    Balance,
    Chain,
    ChainEvent,
    Discarded,
    InboxItem,
    Simulated,
    Trend,
)
from engine.domain.requests import Page
from engine.domain.stored_json import parsed


def inbox_document(page: Page[InboxItem]) -> dict[str, Any]:
    """What `inbox --json` prints."""
    return {"items": [item_document(item) for item in page.items], "next": page.next}


def item_document(item: InboxItem) -> dict[str, Any]:
    """One open failure: a record `s5`, a kept scope `#12.3`, or a System error `#12`."""
    error = item.error
    return {
        "id": item.name,
        "event": item.event,
        "link": item.link,
        "key": item.label if item.snapshot is not None else None,
        "tier": error.get("tier"),
        "class": error.get("class"),
        "code": error.get("code"),
        "field": error.get("field"),
        "message": error.get("message"),
        "stage": error.get("stage"),
        "source": error.get("source"),
        "target": error.get("target"),
        "at": when(item.at),
        "durability": error.get("durability"),
        "downstream": list(item.downstream),
        "batch": item.batch or None,
        "position": error.get("position"),
        "route": error.get("route"),
        "owner": item.owner,
        "severity": item.severity,
        "age_s": round(item.age_s, 3),
        "attempts": item.attempts,
        "state": item.state,
        "edited": item.edited,
        "fingerprint": error.get("fingerprint"),
    }


def discarded_document(discarded: Discarded) -> dict[str, Any]:
    """What `discard --json` prints: what closed, where, and what that completed."""
    return {
        "records": discarded.records,
        "batches": discarded.batches,
        "events": list(discarded.events),
        "completed": list(discarded.completed),
    }


def simulated_document(simulated: Simulated) -> dict[str, Any]:
    """What `edit --dry-run --json` prints."""
    return {
        "passes": simulated.passes,
        "after": parsed(simulated.after),
        "errors": [dict(error) for error in simulated.errors],
        "ignored": simulated.ignored,
        "warnings": list(simulated.warnings),
    }


def audit_document(page: Page[AuditSeen]) -> dict[str, Any]:
    """What `audit --json` prints."""
    return {"rows": [audit_row_document(row) for row in page.items], "next": page.next}


def audit_row_document(row: AuditSeen) -> dict[str, Any]:
    """One row of the audit."""
    return {
        "seq": row.seq,
        "at": when(row.at),
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "reason": row.reason,
        "detail": None if row.detail is None else dict(row.detail),
        "hash": row.hash,
    }


def verdict_document(verdict: AuditVerdict) -> dict[str, Any]:
    """What `audit --verify --json` prints."""
    return {"holds": verdict.holds, "rows": verdict.rows, "bad": verdict.bad}


def chain_document(chain: Chain) -> dict[str, Any]:
    """The ledger of a Chain."""
    return {
        "root": chain.root,
        "link": chain.link,
        "status": chain.status.replace(" ", "_"),
        "batches": list(chain.batches),
        "records": list(chain.records),
        "identity": balance_document(chain.balance),
        "moved_to": list(chain.moved_to),
        "events": [chain_event_document(event) for event in chain.events],
    }


def balance_document(balance: Balance) -> dict[str, int]:
    """Where the records of a Chain are, and what the identity leaves unexplained."""
    return {**asdict(balance), "residual": balance.residual}


def chain_event_document(event: ChainEvent) -> dict[str, Any]:
    """One Sync Event of a Chain: who, why, what it did, what it left open."""
    return {
        "id": event.event,
        "parent": event.parent,
        "kind": event.kind,
        "status": event.status.replace(" ", "_"),
        "actor": event.actor,
        "reason": event.reason,
        "definition": event.definition,
        "plan": event.plan,
        "started_at": when(event.started_at),
        "finished_at": when(event.finished_at),
        "batches": {
            "planned": event.batches,
            "failed": event.failed_batches,
            "open": event.open_batches,
        },
        "records": {
            "fetched": event.fetched,
            "from_snapshots": event.from_snapshots,
            "written": event.written,
            "ignored": event.ignored,
            "failed": event.failed,
            "in_doubt": event.in_doubt,
            "residual": event.residual,
        },
        "closed": {
            "superseded": event.superseded,
            "equal": event.equal,
            "discarded": event.discarded,
            "moved": event.moved,
        },
        "open": {"batches": event.open_batches, "records": event.open_records},
        "left": {"batches": event.left_batches, "records": event.left_records},
    }


def trends_document(trends: Sequence[Trend]) -> list[dict[str, Any]]:
    """What became of each cause between two Sync Events."""
    return [asdict(trend) for trend in trends]
