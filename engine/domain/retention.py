"""Retention: what goes by age, what stays and why, and what became of one subject's data."""

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Purgeable:
    """What of one Link is old enough to go, and what stays though it is (`stays`, in sentences)."""

    link: str
    snapshots: int = 0
    batches: int = 0
    events: int = 0
    deliveries: int = 0
    plans: int = 0
    stays: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether all is young enough, or stays."""
        return not (
            self.snapshots or self.batches or self.events or self.deliveries or self.plans
        )


@dataclass(frozen=True, slots=True)
class Purge:
    """What retention took, or would take: Link by Link, and rows of the audit."""

    links: tuple[Purgeable, ...]
    audit: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased of one subject; `key` is its hash, as the audit has it.

    `discarded` of its records were open. `left` says, in sentences, where traces may remain.
    """

    key: str
    records: int
    discarded: int
    deliveries: int
    events: tuple[int, ...]
    left: tuple[str, ...] = ()
