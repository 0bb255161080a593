"""How a Sync Event ended, and the one function that names its status (S1, S2)."""

from enum import StrEnum

from engine.domain.values import dataclass


class Status(StrEnum):
    """Where a Sync Event stands; the value is the word on screen."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_WARNINGS = "completed with warnings"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def token(self) -> str:
        """The word in JSON and on the command line, with underscores."""
        return self.value.replace(" ", "_")

    @property
    def over(self) -> bool:
        """Whether nothing runs or waits any more."""
        return self not in {Status.QUEUED, Status.RUNNING}


class Ending(StrEnum):
    """Why a run ended."""

    DONE = "done"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a status follows from.

    `open_errors` counts open System errors, failed or unattempted batches and failing records in
    the event and its subtree; `warnings` Warnings and discards; `residual` what the books do not
    explain (S3).
    """

    ending: Ending
    open_errors: int
    in_doubt: int = 0
    warnings: int = 0
    residual: int = 0


def status_of(facts: Facts) -> Status:
    """Any open error, doubt or residual → failed; else a Warning → with warnings; else completed.

    Cancelled is an outcome: the status is cancelled while something is open (C4).
    """
    unsettled = facts.open_errors or facts.in_doubt or facts.residual
    if unsettled:
        return Status.CANCELLED if facts.ending is Ending.CANCELLED else Status.FAILED
    return Status.COMPLETED_WITH_WARNINGS if facts.warnings else Status.COMPLETED
