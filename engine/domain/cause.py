"""A cause of failure over all Sync Events: since when, how often, where, what is known of it."""

from datetime import datetime
from enum import StrEnum

from engine.domain.errors import ErrorClass
from engine.domain.values import dataclass


class Pattern(StrEnum):
    """What repeated causes of a class ask for."""

    TRANSIENT = "transient"
    VALIDATION = "validation"
    REVIEW = "review"


PATTERNS = {
    ErrorClass.TRANSIENT: Pattern.TRANSIENT,
    ErrorClass.AVAILABILITY: Pattern.TRANSIENT,
    ErrorClass.PARTIAL_LOAD: Pattern.TRANSIENT,
    ErrorClass.SCHEMA: Pattern.VALIDATION,
    ErrorClass.VALIDATION: Pattern.VALIDATION,
    ErrorClass.DUPLICATE: Pattern.VALIDATION,
    ErrorClass.REFERENCE: Pattern.REVIEW,
    ErrorClass.AUTHORIZATION: Pattern.REVIEW,
    ErrorClass.BUSINESS_RULE: Pattern.REVIEW,
    ErrorClass.UNCLASSIFIED: Pattern.REVIEW,
}

REPEATED = 3
"""Sync Events from which on a cause counts as repeated."""


class Turn(StrEnum):
    """How a cause stands with a Link."""

    REGRESSED = "regressed"
    ACTIVE = "active"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class AtLink:
    """What a cause did to one Link.

    `turn`: met by its newest run and not by the one before (though earlier), met by its newest, or
    not. `returned` counts how often it came back.
    """

    link: str
    first_event: int
    first_at: datetime
    last_event: int
    last_at: datetime
    events: int
    times: int
    recovered: int
    superseded: int
    equal: int
    discarded: int
    returned: int
    turn: Turn


@dataclass(frozen=True, slots=True)
class RootCause:
    """One fingerprint over all Links, with what a person said of it."""

    fingerprint: str
    tier: str
    error_class: str
    durability: str
    code: str
    field: str | None
    stage: str | None
    message: str
    route: str
    links: tuple[AtLink, ...]
    note: str | None = None
    category: str | None = None
    noted_by: str | None = None
    noted_at: datetime | None = None

    @property
    def pattern(self) -> Pattern:
        """What its class asks for."""
        return PATTERNS[ErrorClass(self.error_class)]

    @property
    def turn(self) -> Turn:
        """How it stands where it stands worst."""
        turns = {each.turn for each in self.links}
        return next(turn for turn in Turn if turn in turns)

    @property
    def events(self) -> int:
        """Sync Events that met it."""
        return sum(each.events for each in self.links)

    @property
    def times(self) -> int:
        """Failures it made."""
        return sum(each.times for each in self.links)

    @property
    def first_at(self) -> datetime:
        """When it was first met."""
        return min(each.first_at for each in self.links)

    @property
    def last_at(self) -> datetime:
        """When it was last met."""
        return max(each.last_at for each in self.links)


@dataclass(frozen=True, slots=True)
class CauseFilter:
    """Which causes are shown; everything that is set must hold."""

    link: str | None = None
    pattern: Pattern | None = None
    category: str | None = None
    turn: Turn | None = None
    least: int = 1

    def admits(self, cause: RootCause) -> bool:
        """Whether a cause is shown."""
        return (
            (self.link is None or any(each.link == self.link for each in cause.links))
            and self.pattern in (None, cause.pattern)
            and self.category in (None, cause.category)
            and self.turn in (None, cause.turn)
            and cause.events >= self.least
        )


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person said of a fingerprint."""

    note: str | None
    category: str | None


def cause_weight(cause: RootCause) -> tuple[int, float]:
    """Those that came back first, then those that go on, each the newest first."""
    return tuple(Turn).index(cause.turn), -cause.last_at.timestamp()
