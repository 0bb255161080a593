"""What became of the rows of one Load, while they are written one after the other."""

from dataclasses import dataclass, field

from engine.adapters.http.faults import Fault, raised
from engine.domain.adapter import Load, Receipt
from engine.domain.errors import (
    Attempt,
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)

ENDS_AFTER = 5
"""So many records in a row that were tried in vain: the target is ill, the others are spared it."""


@dataclass(slots=True)
class Ledger:
    """The books of one Load. Once `error` is set, what is left is refused by it."""

    load: Load
    idempotent: bool
    written: int = 0
    refused: list[tuple[int, SyncError]] = field(default_factory=list)
    in_doubt: list[tuple[int, SyncError]] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    error: SyncError | None = None
    _in_vain: int = 0

    def wrote(self, attempts: tuple[Attempt, ...]) -> None:
        """A row is written, after these failed tries."""
        self.written += 1
        self.attempts += attempts
        self._in_vain = 0

    def refuse(self, row: int, error: SyncError) -> None:
        """A row is not written, for its own fault."""
        self.refused.append((row, error))

    def doubt(self, row: int, error: SyncError) -> None:
        """Whether a row is written is not known."""
        self.in_doubt.append((row, error))

    def fault(self, row: int, fault: Fault) -> None:
        """What a request that failed means for its row, and for those after it (T1, T2, T3)."""
        if self._is_lost(fault):
            self.doubt(row, lost(fault))
        elif not (fault.fatal or fault.refused):
            self.refuse(row, refusal(fault))
        self._in_vain = self._in_vain + 1 if fault.repeat else 0
        if fault.fatal:
            self.error = raised(SystemSyncError, fault)
        elif fault.refused or self._in_vain >= ENDS_AFTER:
            self.error = raised(BatchSyncError, fault)

    def fault_of_lookup(self, row: int, fault: Fault) -> None:
        """A row whose fate was asked for in vain stays in doubt."""
        self.doubt(row, lost(fault))
        if fault.fatal:
            self.error = raised(SystemSyncError, fault)

    def stopped(self) -> None:
        """The run was cancelled in a wait between two tries."""
        self.error = BatchSyncError(
            "the run was stopped while this record waited for another try",
            code="stopped",
            error_class=ErrorClass.TRANSIENT,
        )

    def receipt(self, sent: int) -> Receipt:
        """The books closed; rows from `sent` on were not reached."""
        if self.error is not None:
            named = {row for row, _ in (*self.refused, *self.in_doubt)}
            last = sent - 1 if sent else 0
            left = [row for row in range(last, len(self.load.rows)) if row not in named]
            self.refused += [(row, self.error) for row in left]
        return Receipt(
            self.load.batch,
            self.written,
            refused=tuple(self.refused),
            in_doubt=tuple(self.in_doubt),
            error=self.error,
            attempts=tuple(self.attempts),
        )

    def _is_lost(self, fault: Fault) -> bool:
        # Sent again, a harmless write was answered at last, if only with a refusal.
        return fault.lost and not (self.idempotent and fault.status is not None)


def refusal(fault: Fault) -> RecordSyncError:
    """A record the target would not take."""
    return RecordSyncError(
        fault.message,
        code=fault.code,
        error_class=fault.error_class,
        field=fault.field,
        attempts=fault.attempts,
    )


def lost(fault: Fault) -> RecordSyncError:
    """A write whose answer never came (K3)."""
    return RecordSyncError(
        f"whether the record was written is not known: {fault.message}",
        code="answer_lost",
        error_class=ErrorClass.PARTIAL_LOAD,
        attempts=fault.attempts,
    )
