"""A Snapshot: a record before and after the stages, with its errors (I1)."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from engine.domain.errors import Error
from engine.domain.values import dataclass


class RecordState(StrEnum):
    """What has become of a failing record; the words of the contract."""

    OPEN = "open"
    RETRYING = "retrying"
    RECOVERED = "recovered"
    CARRIED = "carried"
    MOVED = "moved"
    SUPERSEDED = "superseded"
    EQUAL = "equal"
    DISCARDED = "discarded"
    UNMET = "unmet"
    IN_DOUBT = "in_doubt"
    WARNED = "warned"
    KEPT = "kept"


OPEN_STATES = frozenset({RecordState.OPEN, RecordState.UNMET, RecordState.IN_DOUBT})
"""The states in which a failing record waits for somebody."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One record with a story, as a Batch hands it to the journal.

    `before` is the source's own JSON and `after` what the stages made of it up to the failure,
    both as bytes and both None where logging is `none`. `key` is canonical JSON of the key values
    (None where only the position is known); `label` is what a person finds the record by. `blame`
    names, per changed field path of `after`, the stage that changed it last.
    """

    position: int
    label: str
    key: str | None
    before: bytes | None
    after: bytes | None
    errors: tuple[Error, ...]
    warnings: tuple[str, ...] = ()
    state: RecordState = RecordState.OPEN
    blame: Mapping[str, str] = field(default_factory=dict)
