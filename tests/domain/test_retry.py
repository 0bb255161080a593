"""Which answers are worth another try, and how long to wait before it."""

from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.retry import (
    PROFILES,
    Backoff,
    Jitter,
    Responses,
    RetryPolicy,
    StatusRange,
    Verdict,
    classify,
    effective,
    names,
    parse_retry_after,
    wait_before,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = Responses()
DEFAULT = RetryPolicy()
STEADY = RetryPolicy(jitter=Jitter.NONE)
ORCHESTY = PROFILES["orchesty"]


def only(*codes: int) -> tuple[StatusRange, ...]:
    return tuple(StatusRange(code, code) for code in codes)


def waits(policy: RetryPolicy, *, seed: int = 7) -> list[float]:
    """Every wait of a request that never succeeds."""
    rng = Random(seed)
    found: list[float] = []
    while (wait := wait_before(len(found) + 2, policy, rng=rng)) is not None:
        found.append(wait)
    return found


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.SUCCESS),
        (204, Verdict.SUCCESS),
        (299, Verdict.SUCCESS),
        *((code, Verdict.REPEAT) for code in (408, 425, 429, 500, 502, 503, 504)),
        *((code, Verdict.STOP) for code in (302, 400, 401, 404, 422, 501, 505, 600, 999)),
    ],
)
def test_the_default_profile_repeats_what_may_pass(status: int, verdict: Verdict) -> None:
    assert classify(status, DEFAULT, PLAIN) is verdict


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.SUCCESS),
        (204, Verdict.STOP),
        (429, Verdict.REPEAT),
        (503, Verdict.REPEAT),
        (599, Verdict.REPEAT),
        (404, Verdict.STOP),
        (428, Verdict.STOP),
        (430, Verdict.STOP),
    ],
)
def test_lists_of_the_definition_stand_for_the_profiles(
    status: int, verdict: Verdict
) -> None:
    responses = Responses(
        success=only(200, 201),
        repeat=(*only(429), StatusRange(500, 599)),
        stop=(StatusRange(400, 428),),
    )

    assert classify(status, DEFAULT, responses) is verdict


@pytest.mark.parametrize(
    ("responses", "status", "verdict"),
    [
        (Responses(stop=(StatusRange(400, 499),)), 429, Verdict.REPEAT),
        (
            Responses(repeat=(StatusRange(400, 499),), stop=only(409)),
            409,
            Verdict.STOP,
        ),
        (Responses(success=only(404), stop=only(404)), 404, Verdict.SUCCESS),
        (Responses(repeat=only(404), stop=only(404)), 404, Verdict.REPEAT),
        (Responses(success=only(503)), 503, Verdict.SUCCESS),
        (Responses(stop=only(503)), 503, Verdict.STOP),
        (Responses(repeat=()), 503, Verdict.STOP),
    ],
)
def test_the_narrower_entry_wins_then_the_definition_then_success_repeat_stop(
    responses: Responses, status: int, verdict: Verdict
) -> None:
    assert classify(status, DEFAULT, responses) is verdict


def test_orchesty_lists_every_error_and_default_does_not() -> None:
    assert names(401, ORCHESTY, PLAIN)
    assert not names(401, DEFAULT, PLAIN)
    assert classify(507, ORCHESTY, PLAIN) is Verdict.REPEAT
    assert classify(404, ORCHESTY, PLAIN) is Verdict.STOP


def test_max_attempts_counts_the_first_try_too() -> None:
    tries = {name: 1 + len(waits(policy)) for name, policy in PROFILES.items()}

    assert tries == {"default": 4, "cannectors": 1, "orchesty": 10, "guide": 4}


def test_exponential_waits_double_up_to_the_most() -> None:
    policy = RetryPolicy(max_attempts=7, jitter=Jitter.NONE)

    assert waits(policy) == [1, 2, 4, 8, 10, 10]


def test_fixed_waits_stay_and_interval_and_hops_make_them_so() -> None:
    policy = effective(DEFAULT, Responses(interval_s=60, hops=3))

    assert waits(policy) == [60, 60, 60]
    assert waits(ORCHESTY) == [60] * 9


def test_guide_waits_are_2_4_8_and_up_to_half_a_second() -> None:
    extra = [
        wait - plain
        for wait, plain in zip(waits(PROFILES["guide"]), (2, 4, 8), strict=True)
    ]

    assert all(0 <= each <= 0.5 for each in extra)
    assert len(set(extra)) == 3


@given(seed=st.integers(), attempt=st.integers(2, 4), throttled=st.booleans())
def test_full_jitter_stays_within_the_wait_and_above_half_where_throttled(
    seed: int, attempt: int, *, throttled: bool
) -> None:
    most = waits(STEADY)[attempt - 2]

    wait = wait_before(attempt, DEFAULT, rng=Random(seed), throttled=throttled)

    assert wait is not None
    assert (most / 2 if throttled else 0) <= wait <= most


@given(
    attempts=st.integers(2, 400),
    multiplier=st.floats(0, 1e300),
    most=st.integers(0, 10**9),
)
def test_waits_never_overflow_nor_pass_the_most(
    attempts: int, multiplier: float, most: int
) -> None:
    policy = RetryPolicy(
        max_attempts=attempts,
        backoff_multiplier=multiplier,
        max_delay_ms=most,
        jitter=Jitter.NONE,
    )

    assert all(0 <= wait <= most / 1000 for wait in waits(policy))


def test_a_wait_the_server_asks_for_is_kept_exactly() -> None:
    assert wait_before(2, DEFAULT, rng=Random(1), retry_after=42.0) == 42.0


def test_a_wait_beyond_the_most_is_not_worth_a_worker() -> None:
    assert wait_before(2, DEFAULT, rng=Random(1), retry_after=300.0) == 300.0
    assert wait_before(2, DEFAULT, rng=Random(1), retry_after=300.5) is None
    assert wait_before(2, DEFAULT, rng=Random(1), retry_after=1e20) is None


def test_retry_after_gives_no_attempt_more_and_can_be_turned_off() -> None:
    deaf = RetryPolicy(use_retry_after_header=False, jitter=Jitter.NONE)

    assert wait_before(5, DEFAULT, rng=Random(1), retry_after=1.0) is None
    assert wait_before(2, deaf, rng=Random(1), retry_after=42.0) == 1.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", 0),
        ("1.5", 1.5),
        (str(10**20), 1e20),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("Thu, 01 Jan 2026 00:01:00 -0000", 60),
        ("Thursday, 01-Jan-26 00:02:00 GMT", 120),
        ("Thu Jan  1 00:03:00 2026", 180),
        ("Wed, 31 Dec 2025 23:59:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ],
)
def test_both_forms_of_retry_after_are_read(text: str, seconds: float) -> None:
    assert parse_retry_after(text, NOW) == seconds


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "1m0s",
        "soon",
        "120, 60",
        "1e3",
        "+5",
        "nan",
        "inf",
        "１２",
        "0x10",
        "Fri, 31 Dec 99999 23:59:59 GMT",
        "Thu, 32 Jan 2026 00:00:00 GMT",
        "\x00",
    ],
)
def test_rubbish_in_retry_after_is_no_wait_at_all(text: str | None) -> None:
    """RELIABILITY (d) 61-66: rubbish → backoff."""
    assert parse_retry_after(text, NOW) is None


@given(text=st.text())
def test_no_text_breaks_retry_after(text: str) -> None:
    seconds = parse_retry_after(text, NOW)

    assert seconds is None or seconds >= 0


def test_waits_of_one_request_grow_without_jitter() -> None:
    assert all(later >= sooner for sooner, later in pairwise(waits(STEADY)))
    assert STEADY.backoff is Backoff.EXPONENTIAL
