"""The JSON shapes of alerts, causes and retention (contract, section 3)."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.domain.alert import AlertSeen
from engine.domain.cause import AtLink, RootCause
from engine.domain.documents import when
from engine.domain.retention import Erased, Purge


def alerts_document(alerts: Sequence[AlertSeen]) -> dict[str, Any]:
    """What `alerts --json` prints."""
    return {"alerts": [alert_document(each) for each in alerts]}


def alert_document(seen: AlertSeen) -> dict[str, Any]:
    """One rule that fires or has fired."""
    return {
        "link": seen.link,
        "rule": seen.rule,
        "when": seen.when,
        "window_s": seen.window,
        "state": seen.state.value,
        "priority": seen.priority,
        "severity": seen.severity,
        "downstream": list(seen.downstream),
        "owner": seen.owner,
        "figures": dict(seen.figures),
        "sentence": seen.sentence,
        "event": seen.event,
        "fired_at": when(seen.fired_at),
        "resolved_at": when(seen.resolved_at),
        "times": seen.times,
        "undelivered": seen.undelivered,
        "lost": seen.lost,
    }


def purge_document(purge: Purge) -> dict[str, Any]:
    """What `purge --json` prints: what went, or would go, Link by Link."""
    return {
        "done": purge.done,
        "audit": purge.audit,
        "links": [{**asdict(each), "stays": list(each.stays)} for each in purge.links],
    }


def erased_document(erased: Erased) -> dict[str, Any]:
    """What `purge --key --json` prints."""
    return {**asdict(erased), "events": list(erased.events), "left": list(erased.left)}


def causes_document(causes: Sequence[RootCause]) -> dict[str, Any]:
    """What `causes --json` prints."""
    return {"causes": [cause_document(each) for each in causes]}


def cause_document(cause: RootCause) -> dict[str, Any]:
    """One fingerprint over all Sync Events."""
    return {
        "fingerprint": cause.fingerprint,
        "tier": cause.tier,
        "class": cause.error_class,
        "durability": cause.durability,
        "code": cause.code,
        "field": cause.field,
        "stage": cause.stage,
        "message": cause.message,
        "route": cause.route,
        "pattern": cause.pattern.value,
        "state": cause.turn.value,
        "events": cause.events,
        "times": cause.times,
        "first_at": when(cause.first_at),
        "last_at": when(cause.last_at),
        "note": cause.note,
        "category": cause.category,
        "noted_by": cause.noted_by,
        "noted_at": when(cause.noted_at),
        "links": [_at_link(each) for each in cause.links],
    }


def _at_link(at: AtLink) -> dict[str, Any]:
    return {
        "link": at.link,
        "state": at.turn.value,
        "first_event": at.first_event,
        "first_at": when(at.first_at),
        "last_event": at.last_event,
        "last_at": when(at.last_at),
        "events": at.events,
        "times": at.times,
        "returned": at.returned,
        "closed": {
            "recovered": at.recovered,
            "superseded": at.superseded,
            "equal": at.equal,
            "discarded": at.discarded,
        },
    }
