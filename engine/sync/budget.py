"""How much may fail before the run stops: budgets, and a system that refuses everybody (T1)."""

from engine.domain.batch import BatchOutcome, Prepared
from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.link import Budget

_ENOUGH_FOR_A_SHARE = 100
"""Records or batches a share is not judged before: 1 of 1 is 100 %, and says nothing."""


class BudgetWatch:
    """Counts outcomes against a Link's budget; answers with the System error that ends the run."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._batches = 0
        self._failed_batches = 0
        self._records = 0
        self._failed_records = 0
        self._refused_in_a_row = 0

    def spent_by(self, outcome: BatchOutcome | Prepared) -> SystemSyncError | None:
        """What this outcome exhausts, if anything; of a prepared Batch, as far as it got."""
        self._batches += 1
        self._failed_batches += outcome.error is not None
        self._records += outcome.fetched or 0
        self._failed_records += outcome.failed
        if isinstance(outcome, BatchOutcome):
            self._failed_records += outcome.in_doubt
        self._refused_in_a_row = self._refused_in_a_row + 1 if outcome.refused else 0
        return self._down(outcome) or self._records_spent() or self._batches_spent()

    def _down(self, outcome: BatchOutcome | Prepared) -> SystemSyncError | None:
        limit = self._budget.consecutive_refused
        if not limit or self._refused_in_a_row < limit:
            return None
        last = outcome.error.message if outcome.error else "no connection was accepted"
        return SystemSyncError(
            f"{self._refused_in_a_row} batches in a row were refused a connection, at last: "
            f"{last}",
            code="system_down",
            error_class=ErrorClass.AVAILABILITY,
        )

    def _records_spent(self) -> SystemSyncError | None:
        limit = self._budget.failed_records
        if not _over(limit, self._failed_records, self._records):
            return None
        return _spent(
            f"{self._failed_records:,} of {self._records:,} records failed", limit
        )

    def _batches_spent(self) -> SystemSyncError | None:
        limit = self._budget.failed_batches
        if not _over(limit, self._failed_batches, self._batches):
            return None
        return _spent(
            f"{self._failed_batches:,} of {self._batches:,} batches failed", limit
        )


def _over(limit: float | None, failed: int, seen: int) -> bool:
    if limit is None:
        return False
    if isinstance(limit, float):
        return seen >= _ENOUGH_FOR_A_SHARE and failed > limit * seen
    return failed > limit


def _spent(what: str, limit: float | None) -> SystemSyncError:
    allowed = (
        f"{limit:.4g}" if limit is None or not isinstance(limit, float) else f"{limit:.1%}"
    )
    return SystemSyncError(
        f"the budget is spent: {what}, {allowed} are allowed",
        code="budget_spent",
        error_class=ErrorClass.BUSINESS_RULE,
    )
