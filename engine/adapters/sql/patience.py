"""Tries of one transaction: what is worth another one, and when to give up."""

import random
from collections.abc import Callable
from typing import TypeVar

from engine.domain.adapter import Sleep
from engine.domain.errors import Attempt, BatchSyncError, ErrorClass
from engine.domain.retry import RetryPolicy, wait_before

Made = TypeVar("Made")

_chance = random.Random()


def persevere(
    work: Callable[[], Made], *, policy: RetryPolicy, sleep: Sleep
) -> tuple[Made, tuple[Attempt, ...]]:
    """What the work gives, and the tries before it that failed.

    Transient failures and lost connections are worth another try.

    Raises the last BatchSyncError with all of its attempts.
    """
    attempts: list[Attempt] = []
    while True:
        try:
            return work(), tuple(attempts)
        except BatchSyncError as failure:
            if not _may_pass(failure):
                failure.attempts = tuple(attempts)
                raise
            wait = wait_before(len(attempts) + 2, policy, rng=_chance)
            attempts.append(Attempt(len(attempts) + 1, failure.message, wait or 0.0))
            if wait is None:
                failure.attempts = tuple(attempts)
                raise
        sleep(wait)


_OF_THE_WAY = frozenset({"connection_refused", "connection_failed", "connection_lost"})


def _may_pass(failure: BatchSyncError) -> bool:
    return failure.error_class is ErrorClass.TRANSIENT or failure.code in _OF_THE_WAY
