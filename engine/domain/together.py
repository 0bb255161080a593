"""Failures of several Chains taken up together: one plan and one child a Chain (P3)."""

from collections.abc import Mapping
from dataclasses import field

from engine.domain.inbox import InboxFilter
from engine.domain.requests import Selection
from engine.domain.retry_plan import ItemClass, RetryPlan
from engine.domain.sync_event import SyncEvent
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be retried: Sync Events, Snapshots and kept scopes by name, or of the Inbox.

    `refs` are `12`, `s5` and `#12.3`; `inbox`, where it is set, is all that waits and matches.
    `selection` narrows either.
    """

    refs: tuple[str, ...] = ()
    inbox: InboxFilter | None = None
    selection: Selection = field(default_factory=Selection)


@dataclass(frozen=True, slots=True)
class ChainRefused:
    """A Chain of which nothing can go now, and why; `event` is the one that was meant."""

    event: int
    link: str
    why: str


@dataclass(frozen=True, slots=True)
class Plans:
    """A plan for each Chain, to be confirmed together, and what was refused."""

    plans: tuple[RetryPlan, ...]
    refused: tuple[ChainRefused, ...] = ()

    @property
    def records(self) -> int:
        """Records that go, in all."""
        return sum(plan.records for plan in self.plans)

    @property
    def batches(self) -> int:
        """Failed Batches that are fetched again, in all."""
        return sum(plan.batches for plan in self.plans)

    @property
    def runs_as(self) -> int:
        """Batches of all the children."""
        return sum(plan.runs_as for plan in self.plans)

    @property
    def counts(self) -> Mapping[ItemClass, int]:
        """Records by class, in all."""
        return {
            each: sum(plan.counts.get(each, 0) for plan in self.plans) for each in ItemClass
        }

    @property
    def empty(self) -> bool:
        """Whether nothing would be sent."""
        return not (self.records or self.batches)


@dataclass(frozen=True, slots=True)
class Retried:
    """The children, one after another as they ended, and the Chains that were refused."""

    events: tuple[SyncEvent, ...]
    refused: tuple[ChainRefused, ...] = ()
