"""Attempts: which answers are worth another try, and how long to wait before it."""

from dataclasses import dataclass
from enum import StrEnum


class Backoff(StrEnum):
    """How waits grow from attempt to attempt."""

    EXPONENTIAL = "exponential"
    FIXED = "fixed"
    GUIDE = "guide"


class Jitter(StrEnum):
    """How waits are spread."""

    NONE = "none"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Tries of one request inside a Batch; `max_attempts` counts the first one too."""

    max_attempts: int = 4
    delay_ms: int = 1000
    backoff_multiplier: float = 2.0
    max_delay_ms: int = 10_000
    retryable_status_codes: tuple[int, ...] = (408, 425, 429, 500, 502, 503, 504)
    use_retry_after_header: bool = True
    backoff: Backoff = Backoff.EXPONENTIAL
    jitter: Jitter = Jitter.FULL
    max_retry_after_ms: int = 300_000
    profile: str = "default"


@dataclass(frozen=True, slots=True)
class StatusRange:
    """HTTP statuses from `least` to `most`, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Responses:
    """What a definition says of HTTP statuses; None keeps the profile's own list."""

    success: tuple[StatusRange, ...] | None = None
    repeat: tuple[StatusRange, ...] | None = None
    stop: tuple[StatusRange, ...] | None = None
    interval_s: float | None = None
    hops: int | None = None
