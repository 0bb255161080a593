"""What the demo's story says as it goes on, and how it ended: frozen values a face shows."""

from pathlib import Path

from engine.demo.verdict import Difference
from engine.domain.requests import Failures, RecordDetail
from engine.domain.retry_plan import RetryPlan
from engine.domain.sync_event import SyncEvent
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Opened:
    """The shop is open: where the demo lives, and what it is made of."""

    home: Path
    shop: str
    records: int
    seed: int


@dataclass(frozen=True, slots=True)
class Ran:
    """A run is over; `title` says in one sentence what it shows."""

    title: str
    event: SyncEvent


@dataclass(frozen=True, slots=True)
class Planned:
    """A retry plan, frozen: what would be sent; `title` says why it is made."""

    title: str
    plan: RetryPlan


@dataclass(frozen=True, slots=True)
class Grouped:
    """The failures of the run before: groups, failed batches, the first few records."""

    failures: Failures


@dataclass(frozen=True, slots=True)
class Looked:
    """One failing record, before and after, with blame."""

    record: RecordDetail


@dataclass(frozen=True, slots=True)
class Settled:
    """All Sync Events of the demo as they stand at its end, oldest first."""

    events: tuple[SyncEvent, ...]


Step = Opened | Ran | Planned | Grouped | Looked | Settled


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the demo ended. `home` stays, to be explored with `linkdeck --home HOME show 2`."""

    home: Path
    events: tuple[SyncEvent, ...]
    differences: tuple[Difference, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 when every number is the planted one."""
        if self.interrupted:
            return 130
        return 3 if self.differences else 0
