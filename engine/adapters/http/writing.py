"""One record on its way to a target: what is sent, and how its fate is found out."""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.adapters.http.faults import Fault
from engine.adapters.http.ledger import Ledger
from engine.adapters.http.lookups import KeyLookup
from engine.adapters.http.payload import Payloads, Signer
from engine.domain.errors import ErrorClass, RecordSyncError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Write:
    """A record as it goes out: its row, its fields, its key, its body, its idempotency key."""

    row: int
    record: Mapping[str, Any]
    key: tuple[Any, ...]
    body: bytes
    signature: str


def written(
    row: int,
    record: Mapping[str, Any],
    key: tuple[Any, ...],
    *,
    payloads: Payloads,
    signer: Signer,
) -> Write:
    """The record made ready; raises RecordSyncError where it cannot be JSON."""
    return Write(row, record, key, payloads.body(record), signer.key_for(key, record))


class Doubts:
    """Settles what became of writes that may have happened, by asking the target (K3, K4)."""

    def __init__(self, lookup: KeyLookup | None, payloads: Payloads) -> None:
        self.lookup = lookup
        self._payloads = payloads

    def settle(self, ledger: Ledger, write: Write) -> bool:
        """Puts the row on the books; false where it is not there, so that it must be sent."""
        if self.lookup is None:
            ledger.doubt((write.row,), _unknown("and the target cannot be asked"))
            return True
        try:
            held = self.lookup.get(write.key)
        except Fault as fault:
            ledger.fault_of_lookup(write.row, fault)
            return True
        except RecordSyncError as unfit:
            ledger.doubt((write.row,), _unknown(f"and cannot be asked for: {unfit}"))
            return True
        if held is None:
            return False
        if self._agrees(held, write):
            ledger.wrote((write.row,))
        else:
            told = _unknown("and the target holds something else for its key")
            ledger.doubt((write.row,), told)
        return True

    def is_there(self, write: Write) -> bool:
        """Whether the target is known to hold just this, so that a conflict is with itself."""
        if self.lookup is None:
            return False
        try:
            held = self.lookup.get(write.key)
        except (Fault, RecordSyncError):
            return False
        return held is not None and self._agrees(held, write)

    def _agrees(self, held: Mapping[str, Any], write: Write) -> bool:
        """Whether the target has all that was sent, value for value."""
        there = self._payloads.unwrapped(held)
        sent = msgspec.json.decode(self._payloads.canonical(write.record))
        return isinstance(there, dict) and all(
            name in there and there[name] == value for name, value in sent.items()
        )


def _unknown(what: str) -> RecordSyncError:
    return RecordSyncError(
        f"whether the record was written is not known, {what}",
        code="answer_lost",
        error_class=ErrorClass.PARTIAL_LOAD,
    )
