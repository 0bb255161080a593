"""Records that wait for another try: parked in a Batch of their own, which comes when it is due.

The scope of such a Batch holds its records and their tries, so that hops survive a crash, and
nobody's worker waits for them.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engine.domain.errors import Attempt
from engine.domain.values import dataclass

Scope = Mapping[str, Any]

LONGEST = 30 * 86_400.0
"""Seconds a record may be parked for."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that asked to be tried again: its place in the Batch, its JSON, its tries."""

    place: int
    raw: bytes
    tries: tuple[Attempt, ...]

    @property
    def wait(self) -> float:
        """Seconds until its next try, from the last."""
        return self.tries[-1].wait


def scopes_of(
    parked: Sequence[Parked], *, batch: int, unit: str, first: int, now: datetime
) -> tuple[Scope, ...]:
    """The scopes of the batches these records wait in, one for each wait asked for."""
    waits = dict.fromkeys(record.wait for record in parked)
    return tuple(
        _scope([each for each in parked if each.wait == wait], wait)
        | {
            "batch": batch,
            "unit": unit,
            "first": first,
            "not_before": (now + timedelta(seconds=wait)).isoformat(),
        }
        for wait in waits
    )


def is_parked(scope: Scope) -> bool:
    """Whether a Batch of this scope is made of parked records."""
    return "parked" in scope


def due(scope: Scope) -> datetime | None:
    """When a Batch may begin; None where it may at once."""
    at = scope.get("not_before") if is_parked(scope) else None
    return datetime.fromisoformat(at) if at else None


def at_once(scope: Scope) -> Scope:
    """The scope for a Batch that somebody asks for now: it waits no longer."""
    return {name: value for name, value in scope.items() if name != "not_before"}


def parked_in(scope: Scope) -> list[Parked]:
    """The records that a scope holds."""
    return [
        Parked(
            entry["place"],
            base64.b64decode(entry["raw"]),
            tuple(Attempt(*attempt) for attempt in entry["tries"]),
        )
        for entry in scope["parked"]
    ]


def emptied(scope: Scope) -> Scope:
    """What is kept of a scope once its records are settled: nothing of them."""
    return {name: value for name, value in scope.items() if name != "parked"}


def _scope(records: Sequence[Parked], wait: float) -> dict[str, Any]:
    count = len(records)
    return {
        "what": f"{count} {'record' if count == 1 else 'records'} asked for another try "
        f"in {wait:g} s",
        "parked": [_entry(record) for record in records],
    }


def _entry(record: Parked) -> dict[str, Any]:
    tries = [[each.number, each.message, each.wait] for each in record.tries]
    # Base 64, because a record's bytes need be no text that a store can hold.
    raw = base64.b64encode(record.raw).decode("ascii")
    return {"place": record.place, "raw": raw, "tries": tries}
