"""The pace one system is asked at, whoever asks: its rate, its pauses, its outages, its retries.

Decisions only: where things stand goes in with the time, where they stand then comes out. All of
it is a row of numbers that begins as zeros, so that processes can share it as a piece of memory.
"""

from typing import NamedTuple

from engine.domain.values import dataclass

COST = 5.0
"""What another try costs of the allowance."""

ALLOWANCE = 500.0
"""What there is to spend at first: a hundred further tries."""

GAIN = 0.5
"""What every good answer, and every second, puts back: one further try in ten requests."""

LOOK = 0.25
"""Seconds between looks at how somebody else's try during an outage went."""


class Pace(NamedTuple):
    """Where things stand with one system, or one endpoint of it; times on a monotonic clock."""

    free_at: float = 0.0
    """When the rate has room for the next request."""
    paused_until: float = 0.0
    """Until when the system asked to be left alone."""
    failures: float = 0.0
    """Tries in a row that found it unavailable."""
    down_since: float = 0.0
    """When its outage began."""
    next_try: float = 0.0
    """When the outage is looked into again."""
    trying_until: float = 0.0
    """Until when somebody is looking into it."""
    unreachable: float = 0.0
    """1 where it did not even accept connections."""
    spent: float = 0.0
    """What further tries have cost, less what was put back."""
    counted_at: float = 0.0
    """Up to when time has put something back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How a system is spared.

    `rate` is requests a second. So many `failures` in a row begin an outage, in which one request
    every `pause` seconds looks whether it is over; the others wait, but not once the outage is
    older than `patience`. A look takes `longest` seconds at most.
    """

    rate: float | None = None
    failures: int = 5
    pause: float = 30.0
    patience: float = 120.0
    longest: float = 120.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What is said to a request: go, wait and ask again, or do not go.

    `look`: it goes to see whether the outage is over.
    """

    wait: float = 0.0
    go: bool = False
    look: bool = False
    hopeless: bool = False


def allowed(pace: Pace, at: float, limits: Limits) -> tuple[Pace, Turn]:
    """Whether an endpoint may be asked now, for all that is known of its outages."""
    if not pace.down_since:
        return pace, Turn(go=True)
    if at < max(pace.next_try, pace.trying_until):
        return pace, _kept_out(pace, at, limits)
    return pace._replace(trying_until=at + limits.longest), Turn(go=True, look=True)


def placed(pace: Pace, at: float, rate: float) -> tuple[Pace, float]:
    """The next place in a system's rate, which is taken: seconds until then."""
    slot = max(pace.free_at, at)
    return pace._replace(free_at=slot + 1 / rate), slot - at


def failed(pace: Pace, at: float, limits: Limits, *, unreachable: bool) -> Pace:
    """After a try that found the system unavailable."""
    pace = pace._replace(failures=pace.failures + 1, unreachable=float(unreachable))
    if pace.failures < limits.failures:
        return pace
    return pace._replace(
        down_since=pace.down_since or at, next_try=at + limits.pause, trying_until=0.0
    )


def answered(pace: Pace, *, good: bool) -> Pace:
    """After an answer of any kind: the outage, if there was one, is over."""
    spent = max(0.0, pace.spent - GAIN) if good else pace.spent
    return pace._replace(
        failures=0.0, down_since=0.0, next_try=0.0, trying_until=0.0, spent=spent
    )


def paused(pace: Pace, until: float) -> Pace:
    """After the system asked everybody to wait."""
    return pace._replace(paused_until=max(pace.paused_until, until))


def retried(pace: Pace, at: float) -> tuple[Pace, bool]:
    """Whether there is something left for another try, which is spent if so."""
    since = at - pace.counted_at if pace.counted_at else 0.0
    spent = max(0.0, pace.spent - GAIN * max(since, 0.0))
    allowed = spent + COST <= ALLOWANCE
    return pace._replace(counted_at=at, spent=spent + COST * allowed), allowed


def hold(pace: Pace, at: float) -> float:
    """How long from now nobody is let through; 0 where somebody may be."""
    closed = pace.next_try if pace.down_since else 0.0
    return max(0.0, pace.paused_until - at, closed - at)


def _kept_out(pace: Pace, at: float, limits: Limits) -> Turn:
    if at - pace.down_since >= limits.patience:
        return Turn(hopeless=True)
    return Turn(pace.next_try - at if at < pace.next_try else LOOK)
