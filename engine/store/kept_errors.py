"""Errors as they are kept: lists of values in a fixed order, named again when they are read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from engine.domain.errors import Error

FIELDS = (
    "tier",
    "class",
    "durability",
    "code",
    "message",
    "field",
    "stage",
    "route",
    "fingerprint",
    "severity",
    "owner",
    "attempts",
    "at",
)
"""New ones go to the end: what is stored stays readable."""


def packed(error: Error, at: datetime) -> tuple[Any, ...]:
    """The error in the order of FIELDS; `at` stands in where it has no time of its own."""
    return (
        error.tier,
        error.error_class,
        error.durability,
        error.code,
        error.message,
        error.field,
        error.stage,
        error.route,
        error.fingerprint,
        error.severity,
        error.owner,
        [(each.number, each.message, each.wait) for each in error.attempts],
        error.at or at,
    )


def cause_in(kept: Sequence[Any] | None) -> str | None:
    """The fingerprint of a kept error; None where none was kept."""
    return None if kept is None else kept[_FINGERPRINT]


_FINGERPRINT = FIELDS.index("fingerprint")


def unpacked(
    values: Sequence[Any], event: Row[Any], *, batch: int, position: int | None = None
) -> Mapping[str, Any]:
    """One error as people and scripts see it, with what its Sync Event adds (T5)."""
    error = dict(zip(FIELDS, values, strict=False))
    error["attempts"] = [
        {"number": number, "message": message, "wait": wait}
        for number, message, wait in error["attempts"]
    ]
    error["severity"] = error["severity"] or event.severity
    error["owner"] = error["owner"] or event.owner
    return {
        **error,
        "source": event.source,
        "target": event.target,
        "downstream": list(event.downstream),
        "batch": batch,
        "position": position,
    }
