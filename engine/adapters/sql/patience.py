"""Tries of one transaction: which waits lie between them, and when to give up."""

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

from engine.domain.adapter import Sleep
from engine.domain.errors import Attempt, BatchSyncError, ErrorClass
from engine.domain.retry import Backoff, Jitter, RetryPolicy

Made = TypeVar("Made")

_GUIDE_SPREAD = 0.5
_STEEPEST = 64


def waits(
    policy: RetryPolicy, spread: Callable[[float, float], float] = random.uniform
) -> Iterator[float]:
    """Seconds before each further try, the first try not counted."""
    for tried in range(1, policy.max_attempts):
        if policy.backoff is Backoff.GUIDE:
            yield (policy.delay_ms / 1000) ** tried + spread(0.0, _GUIDE_SPREAD)
            continue
        growth = policy.backoff_multiplier ** min(tried - 1, _STEEPEST)
        delay = policy.delay_ms * (1 if policy.backoff is Backoff.FIXED else growth)
        longest = min(delay, policy.max_delay_ms) / 1000
        yield spread(0.0, longest) if policy.jitter is Jitter.FULL else longest


def persevere(
    work: Callable[[], Made], *, policy: RetryPolicy, sleep: Sleep
) -> tuple[Made, tuple[Attempt, ...]]:
    """What the work gives, and the tries before it that failed.

    Transient failures and lost connections are worth another try.

    Raises the last BatchSyncError with all of its attempts.
    """
    attempts: list[Attempt] = []
    between = waits(policy)
    while True:
        try:
            return work(), tuple(attempts)
        except BatchSyncError as failure:
            if not _may_pass(failure):
                failure.attempts = tuple(attempts)
                raise
            wait = next(between, None)
            attempts.append(Attempt(len(attempts) + 1, failure.message, wait or 0.0))
            if wait is None:
                failure.attempts = tuple(attempts)
                raise
        sleep(wait)


_OF_THE_WAY = frozenset({"connection_refused", "connection_failed", "connection_lost"})


def _may_pass(failure: BatchSyncError) -> bool:
    return failure.error_class is ErrorClass.TRANSIENT or failure.code in _OF_THE_WAY
