"""Attempts: which answers are worth another try, and how long to wait before it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from engine.domain.values import dataclass


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


class Chance(Protocol):
    """Where jitter comes from: `random.Random`, or what a test makes predictable."""

    def uniform(self, a: float, b: float, /) -> float: ...


class Verdict(StrEnum):
    """What an HTTP status means for the request that got it."""

    SUCCESS = "success"
    REPEAT = "repeat"
    STOP = "stop"


PROFILES: Mapping[str, RetryPolicy] = {
    "default": RetryPolicy(),
    "cannectors": RetryPolicy(
        max_attempts=1,
        retryable_status_codes=(429, 500, 502, 503, 504),
        jitter=Jitter.NONE,
        profile="cannectors",
    ),
    "orchesty": RetryPolicy(
        max_attempts=10,
        delay_ms=60_000,
        max_delay_ms=60_000,
        retryable_status_codes=(408, *range(500, 600)),
        backoff=Backoff.FIXED,
        jitter=Jitter.NONE,
        profile="orchesty",
    ),
    "guide": RetryPolicy(
        delay_ms=2000, backoff=Backoff.GUIDE, jitter=Jitter.NONE, profile="guide"
    ),
}
"""What a definition may name as `profile`; each fills in what a `retry` block leaves out."""

_SUCCESS = (StatusRange(200, 299),)
_PROFILE_STOPS: Mapping[str, tuple[StatusRange, ...]] = {
    "orchesty": (StatusRange(300, 407), StatusRange(409, 499)),
}
_GUIDE_SPREAD = 0.5
_MOST_STEPS = 64


def classify(status: int, policy: RetryPolicy, responses: Responses) -> Verdict:
    """What a status means: the narrowest entry that names it decides; unnamed is stop.

    Of entries equally narrow, what the definition lists goes before what its profile does, then
    success before repeat before stop.
    """
    claims = _claims(status, policy, responses)
    return min(claims)[-1] if claims else Verdict.STOP


def names(status: int, policy: RetryPolicy, responses: Responses) -> bool:
    """Whether a list of the definition or of its profile decides about this status."""
    return bool(_claims(status, policy, responses))


def effective(policy: RetryPolicy, responses: Responses) -> RetryPolicy:
    """The policy with `interval_s` and `hops` of the responses block put in."""
    if responses.interval_s is not None:
        interval = round(responses.interval_s * 1000)
        policy = replace(
            policy,
            delay_ms=interval,
            max_delay_ms=interval,
            backoff=Backoff.FIXED,
            jitter=Jitter.NONE,
        )
    if responses.hops is not None:
        policy = replace(policy, max_attempts=responses.hops + 1)
    return policy


def wait_before(
    attempt: int,
    policy: RetryPolicy,
    *,
    rng: Chance,
    retry_after: float | None = None,
    throttled: bool = False,
) -> float | None:
    """Seconds to wait before this attempt (the first retry is attempt 2); None means give up.

    A wait the server asks for is kept exactly; one beyond `max_retry_after_ms` is not worth a
    worker, so the request is given up. `throttled`: with jitter, never less than half the wait.
    """
    if attempt > policy.max_attempts:
        return None
    if retry_after is not None and policy.use_retry_after_header:
        return retry_after if retry_after * 1000 <= policy.max_retry_after_ms else None
    wait = _backoff(attempt - 2, policy)
    if policy.backoff is Backoff.GUIDE:
        return wait + rng.uniform(0.0, _GUIDE_SPREAD)
    if policy.jitter is Jitter.NONE:
        return wait
    return rng.uniform(wait / 2 if throttled else 0.0, wait)


def patience_of(policy: RetryPolicy) -> float:
    """Seconds that all waits of one request come to, at most, where the server names none."""
    return sum(_backoff(step, policy) for step in range(policy.max_attempts - 1))


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds a Retry-After header asks for, 0 where that is past; None where it makes no sense."""
    if text is None:
        return None
    trimmed = text.strip()
    if _SECONDS.fullmatch(trimmed):
        return max(0.0, float(trimmed))
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(trimmed)
        # A date that ends in -0000 comes without a zone; HTTP dates are UTC.
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


_SECONDS = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_ORDER = {Verdict.SUCCESS: 0, Verdict.REPEAT: 1, Verdict.STOP: 2}
_Claim = tuple[int, bool, int, Verdict]


@lru_cache(maxsize=1024)
def _claims(status: int, policy: RetryPolicy, responses: Responses) -> tuple[_Claim, ...]:
    lists = (
        (Verdict.SUCCESS, responses.success, _SUCCESS),
        (Verdict.REPEAT, responses.repeat, _single(policy.retryable_status_codes)),
        (Verdict.STOP, responses.stop, _PROFILE_STOPS.get(policy.profile, ())),
    )
    return tuple(
        (entry.most - entry.least, own is None, _ORDER[verdict], verdict)
        for verdict, own, of_profile in lists
        for entry in (of_profile if own is None else own)
        if entry.least <= status <= entry.most
    )


def _single(codes: tuple[int, ...]) -> tuple[StatusRange, ...]:
    return tuple(StatusRange(code, code) for code in codes)


def _backoff(step: int, policy: RetryPolicy) -> float:
    if policy.backoff is Backoff.FIXED:
        return min(policy.delay_ms, policy.max_delay_ms) / 1000
    wait = float(policy.delay_ms)
    for _ in range(min(step, _MOST_STEPS)):
        wait *= policy.backoff_multiplier
    return min(wait, policy.max_delay_ms) / 1000
