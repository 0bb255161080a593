"""What a push answers when a whole transaction failed, and when nobody knows whether it did."""

from engine.domain.adapter import Load, Receipt
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    SyncError,
    SystemSyncError,
)


def nothing_of(load: Load, failure: SyncError) -> Receipt:
    """No row of the Load is written, for certain."""
    return Receipt(load.batch, 0, error=failure, attempts=failure.attempts)


def all_in_doubt(load: Load, failure: SyncError) -> Receipt:
    """Nobody knows whether the commit came through (K3)."""
    doubts = tuple((row, failure) for row in range(len(load.rows)))
    return Receipt(load.batch, 0, in_doubt=doubts, attempts=failure.attempts)


def stopped() -> BatchSyncError:
    """The run was cancelled while this push waited."""
    return BatchSyncError(
        "the run was stopped before this batch was written",
        code="stopped",
        error_class=ErrorClass.TRANSIENT,
    )


def ending_the_run(failure: SyncError) -> SystemSyncError:
    """The failure as one that lets no Batch start (T1)."""
    return SystemSyncError(
        failure.message,
        code=failure.code,
        error_class=failure.error_class,
        attempts=failure.attempts,
        refused=failure.refused,
    )
