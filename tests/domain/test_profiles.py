"""The profiles, number by number: which statuses are tried again, how often, how long apart."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

import pytest

from engine.domain.retry import (
    PROFILES,
    Responses,
    RetryPolicy,
    Verdict,
    classify,
    patience_of,
    wait_before,
)

GOOD, AGAIN, STOP = Verdict.SUCCESS, Verdict.REPEAT, Verdict.STOP

STATUSES: tuple[int, ...] = (
    200,
    204,
    299,
    300,
    304,
    400,
    401,
    404,
    407,
    408,
    409,
    422,
    425,
    429,
    499,
)
STATUSES += (500, 501, 502, 503, 504, 505, 599)

TRIED_AGAIN = {
    "default": {408, 425, 429, 500, 502, 503, 504},
    "cannectors": {429, 500, 502, 503, 504},
    "orchesty": {408, 500, 501, 502, 503, 504, 505, 599},
    "guide": {408, 425, 429, 500, 502, 503, 504},
}
"""Of the statuses above; those from 200 to 299 are success, the others stop."""

TRIES = {"default": 4, "cannectors": 1, "orchesty": 10, "guide": 4}

Bounds = Sequence[tuple[float, float]]

WAITS: Mapping[str, Bounds] = {
    "default": [(0, 1), (0, 2), (0, 4)],
    "cannectors": [],
    "orchesty": [(60, 60)] * 9,
    "guide": [(2, 2.5), (4, 4.5), (8, 8.5)],
}
"""The least and the most of each wait, in seconds."""

SEVEN: Mapping[str, Bounds] = {
    "default": [(0, 1), (0, 2), (0, 4), (0, 8), (0, 10), (0, 10)],
    "cannectors": [(1, 1), (2, 2), (4, 4), (8, 8), (10, 10), (10, 10)],
    "orchesty": [(60, 60)] * 6,
    "guide": [(2, 2.5), (4, 4.5), (8, 8.5), (10, 10.5), (10, 10.5), (10, 10.5)],
}
"""The same where a definition asks for seven tries."""

PATIENCE = {"default": 7, "cannectors": 0, "orchesty": 540, "guide": 14}
"""All waits together, at most, what is added at random left out."""


@pytest.mark.parametrize("profile", PROFILES)
def test_each_status_means_what_its_profile_says(profile: str) -> None:
    policy, plain = PROFILES[profile], Responses()

    found = {status: classify(status, policy, plain) for status in STATUSES}

    assert found == {
        status: GOOD if status < 300 else AGAIN if status in TRIED_AGAIN[profile] else STOP
        for status in STATUSES
    }


@pytest.mark.parametrize("profile", PROFILES)
def test_each_profile_tries_so_often_and_waits_so_long(profile: str) -> None:
    policy = PROFILES[profile]

    assert policy.max_attempts == TRIES[profile]
    assert_waits(policy, WAITS[profile])
    assert_waits(replace(policy, max_attempts=7), SEVEN[profile])
    assert patience_of(policy) == PATIENCE[profile]


@pytest.mark.parametrize("profile", ["default", "orchesty", "guide"])
def test_a_wait_that_the_server_names_wins_over_the_profiles(profile: str) -> None:
    policy, rng = PROFILES[profile], Random(1)

    assert wait_before(2, policy, rng=rng, retry_after=42) == 42
    assert wait_before(2, policy, rng=rng, retry_after=301) is None


def assert_waits(policy: RetryPolicy, bounds: Bounds) -> None:
    for seed in range(50):
        rng = Random(seed)
        waits = [
            wait_before(attempt, policy, rng=rng) for attempt in range(2, len(bounds) + 2)
        ]
        for wait, (least, most) in zip(waits, bounds, strict=True):
            assert wait is not None
            assert least <= wait <= most
    assert wait_before(len(bounds) + 2, policy, rng=Random(0)) is None
