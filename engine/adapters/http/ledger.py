"""What became of the rows of one Load, while they are written one after the other."""

from collections.abc import Iterable, Sequence
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
    error: SyncError | None = None
    refused: dict[int, SyncError] = field(default_factory=dict)
    in_doubt: dict[int, SyncError] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    _written: set[int] = field(default_factory=set)
    _in_vain: int = 0

    def wrote(self, rows: Iterable[int], attempts: tuple[Attempt, ...] = ()) -> None:
        """These rows are written, after these failed tries."""
        self._written.update(rows)
        self.attempts += attempts
        self._in_vain = 0

    def refuse(self, row: int, error: SyncError) -> None:
        """A row is not written, for its own fault."""
        self.refused[row] = error

    def doubt(self, rows: Iterable[int], error: SyncError) -> None:
        """Whether these rows are written is not known."""
        self.in_doubt.update(dict.fromkeys(rows, error))

    def fault(self, rows: Sequence[int], fault: Fault) -> None:
        """What a request that failed means for its rows, and for those after it (T1, T2, T3)."""
        if self._is_lost(fault):
            self.doubt(rows, lost(fault))
        elif not (fault.fatal or fault.refused or not fault.sent):
            self.refused.update(dict.fromkeys(rows, refusal(fault)))
        self._in_vain = self._in_vain + 1 if fault.repeat else 0
        if fault.fatal:
            self.error = raised(SystemSyncError, fault)
        elif fault.refused or not fault.sent or self._in_vain >= ENDS_AFTER:
            self.error = raised(BatchSyncError, fault)

    def item(self, row: int, fault: Fault) -> None:
        """What a bulk answer says of one row."""
        if fault.lost:
            self.doubt((row,), lost(fault))
        else:
            self.refuse(row, refusal(fault))

    def fault_of_lookup(self, row: int, fault: Fault) -> None:
        """A row whose fate was asked for in vain stays in doubt."""
        self.doubt((row,), lost(fault))
        if fault.fatal:
            self.error = raised(SystemSyncError, fault)

    def stopped(self) -> None:
        """The run was cancelled in a wait between two tries."""
        self.error = BatchSyncError(
            "the run was stopped while this record waited for another try",
            code="stopped",
            error_class=ErrorClass.TRANSIENT,
        )

    def receipt(self) -> Receipt:
        """The books closed."""
        if self.error is not None:
            settled = {*self._written, *self.refused, *self.in_doubt}
            left = (row for row in range(len(self.load.rows)) if row not in settled)
            self.refused.update(dict.fromkeys(left, self.error))
        return Receipt(
            self.load.batch,
            len(self._written),
            refused=tuple(sorted(self.refused.items(), key=_row)),
            in_doubt=tuple(sorted(self.in_doubt.items(), key=_row)),
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


def _row(entry: tuple[int, SyncError]) -> int:
    return entry[0]
