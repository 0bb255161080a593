"""A backup of a store: what is in it, whether it holds, and what became of a restore."""

from datetime import datetime

from engine.domain.requests import Finding
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class BackupSeen:
    """A backup file: when it was made, of which schema, and what is in it.

    `sync_events` and `audit` count rows; `size` is in bytes. `findings` are what a check of the
    store in it found.
    """

    path: str
    size: int
    made_at: datetime
    schema: str
    sync_events: int
    audit: int
    findings: tuple[Finding, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the check found nothing serious."""
        return not any(finding.serious for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Restored:
    """A store put back. `aside` is the folder that holds the one before, if there was one.

    `interrupted` are the Sync Events that ran while the backup was made.
    """

    backup: BackupSeen
    store: str
    aside: str | None = None
    interrupted: tuple[int, ...] = ()
