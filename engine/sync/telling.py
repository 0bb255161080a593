"""What became of each record of a Batch, for a sender who waits to be told."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from engine.domain.batch import Prepared
from engine.domain.delivery import Told
from engine.domain.errors import Error
from engine.domain.snapshot import OPEN_STATES, RecordState, Snapshot

WRITTEN, IGNORED, FAILED, IN_DOUBT, WAITING = (
    "written",
    "ignored",
    "failed",
    "in_doubt",
    "waiting",
)


def told_of(
    batch: Prepared, unwritten: Collection[int], snapshots: Iterable[Snapshot]
) -> tuple[Told, ...]:
    """One answer a record, in the order they were delivered.

    What was neither written nor failed was ignored; why, is said where the Batch knows one reason.
    """
    keys = dict(zip(batch.places, batch.keys, strict=True))
    answers = {
        place: Told(_label(keys[place]), WRITTEN)
        for row, place in enumerate(batch.places)
        if row not in unwritten
    }
    answers |= {place: Told(None, WAITING) for place in batch.parked}
    answers |= {
        each.position: _failing(each) for each in snapshots if each.state in OPEN_STATES
    }
    reason = next(iter(batch.ignored)) if len(batch.ignored) == 1 else None
    count = (batch.fetched or 0) + len(batch.parked)
    return tuple(
        answers.get(place) or Told(_label(keys.get(place)), IGNORED, reason=reason)
        for place in range(count)
    )


def _failing(snapshot: Snapshot) -> Told:
    outcome = IN_DOUBT if snapshot.state is RecordState.IN_DOUBT else FAILED
    key = snapshot.label if snapshot.key is not None else None
    return Told(key, outcome, tuple(_shown(error) for error in snapshot.errors))


def _shown(error: Error) -> dict[str, Any]:
    return {
        "class": error.error_class.value,
        "code": error.code,
        "field": error.field,
        "stage": error.stage,
        "message": error.message,
    }


def _label(key: Sequence[Any] | None) -> str | None:
    """A key as lists show it."""
    return "/".join(str(part) for part in key) if key else None
