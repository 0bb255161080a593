"""Gates and schedules in JSON."""

from collections.abc import Sequence
from typing import Any

from engine.domain.documents import explain_document, next_document, when
from engine.domain.gate import Approval, Gate
from engine.domain.requests import Explanation
from engine.domain.schedule import LinkSchedule


def gates_document(gates: Sequence[Gate]) -> dict[str, Any]:
    """What `gate --json` prints."""
    return {
        "open": all(gate.open for gate in gates),
        "gates": [gate_document(gate) for gate in gates],
    }


def gate_document(gate: Gate) -> dict[str, Any]:
    """One gate in JSON; `approved` only while that is in force."""
    return {
        "link": gate.link,
        "open": gate.open,
        "label": gate.label,
        "as_of": when(gate.as_of),
        "age_s": None if gate.age is None else round(gate.age, 3),
        "reasons": [
            {
                "kind": each.kind,
                "message": each.message,
                "event": each.event,
                "hint": each.hint,
            }
            for each in gate.reasons
        ],
        "approved": approval_document(gate.approval) if gate.approval else None,
    }


def approval_document(approval: Approval) -> dict[str, Any]:
    """One approval in JSON; `open` is what was open when it was given."""
    return {
        "until": when(approval.until),
        "actor": approval.actor,
        "reason": approval.reason,
        "at": when(approval.at),
        "open": {"batches": approval.batches, "records": approval.records},
    }


def explained_document(explanation: Explanation) -> dict[str, Any]:
    """What `explain --json` prints."""
    coming, gate = explanation.next, explanation.gate
    return {
        **explain_document(explanation),
        "next_run": when(coming.due) if coming else None,
        "schedule": next_document(coming) if coming else None,
        "gate": gate_document(gate) if gate else None,
    }


def schedules_document(schedules: Sequence[LinkSchedule]) -> dict[str, Any]:
    """What `schedule --json` prints."""
    return {"schedules": [schedule_document(each) for each in schedules]}


def schedule_document(seen: LinkSchedule) -> dict[str, Any]:
    """One schedule in JSON: what it says, when it comes next, what became of its last slots."""
    schedule = seen.schedule
    return {
        "link": seen.link,
        "cron": schedule.cron,
        "every_s": schedule.every,
        "timezone": schedule.timezone,
        "jitter_s": schedule.jitter,
        "overlap": schedule.overlap.value,
        "pause_after": schedule.pause_after,
        "state": seen.next.state,
        "next_run": when(seen.next.due),
        "note": seen.next.note,
        "coming": [when(at) for at in seen.coming],
        "last": [
            {
                "slot": when(each.at),
                "state": each.state.value,
                "event": each.event,
                "note": each.note,
            }
            for each in seen.last
        ],
    }
