"""The pace a system is asked at: rate, pauses, outages, and how much may be tried again."""

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.pacing import (
    ALLOWANCE,
    COST,
    Limits,
    Pace,
    allowed,
    answered,
    failed,
    hold,
    paused,
    placed,
    retried,
)

PLAIN = Limits()
FRESH = Pace()
DOWN_AT = 100.0


def down(limits: Limits = PLAIN, *, unreachable: bool = False) -> Pace:
    """After five tries in vain, all at once."""
    pace = FRESH
    for _ in range(limits.failures):
        pace = failed(pace, DOWN_AT, limits, unreachable=unreachable)
    return pace


def test_what_is_all_zeros_lets_everything_through() -> None:
    """So that a fresh piece of shared memory is a fresh pace."""
    pace, said = allowed(FRESH, 5.0, PLAIN)

    assert set(FRESH) == {0.0}
    assert (pace, said.go, said.wait, hold(pace, 5.0)) == (FRESH, True, 0.0, 0.0)


def test_a_rate_gives_each_request_its_own_place() -> None:
    pace, waits = FRESH, []
    for _ in range(4):
        pace, wait = placed(pace, 50.0, 10.0)
        waits.append(round(wait, 6))

    assert waits == [0.0, 0.1, 0.2, 0.3]


@given(
    rate=st.floats(0.5, 1000),
    pauses=st.lists(st.floats(0, 0.5), min_size=5, max_size=60),
)
def test_no_second_ever_sees_more_than_the_rate(rate: float, pauses: list[float]) -> None:
    pace, at = FRESH, 1.0
    sent = []
    for each in pauses:
        pace, wait = placed(pace, at, rate)
        sent.append(at + wait)
        at += each

    for moment in sent:
        within = sum(moment <= other < moment + 1 - 1e-9 for other in sent)
        assert within <= int(rate) + 1


def test_four_tries_in_vain_are_no_outage_and_the_fifth_is() -> None:
    pace = FRESH
    for number in range(1, 6):
        pace = failed(pace, DOWN_AT, PLAIN, unreachable=False)
        assert bool(pace.down_since) is (number == 5)

    _, said = allowed(pace, DOWN_AT, PLAIN)
    assert (said.go, said.wait) == (False, 30.0)
    assert hold(pace, DOWN_AT + 10) == 20.0


def test_one_answer_in_between_begins_the_count_anew() -> None:
    pace = FRESH
    for _ in range(4):
        pace = failed(pace, DOWN_AT, PLAIN, unreachable=False)
    pace = failed(answered(pace, good=True), DOWN_AT, PLAIN, unreachable=False)

    assert (pace.failures, pace.down_since) == (1.0, 0.0)


def test_in_an_outage_one_request_looks_and_the_others_wait_for_it() -> None:
    at = DOWN_AT + 30
    pace, first = allowed(down(), at, PLAIN)
    pace, second = allowed(pace, at, PLAIN)

    assert (first.go, second.go, second.hopeless) == (True, False, False)
    assert 0 < second.wait < 1

    over, third = allowed(answered(pace, good=True), at + 1, PLAIN)
    assert (third.go, over.down_since) == (True, 0.0)
    still, fourth = allowed(failed(pace, at + 1, PLAIN, unreachable=False), at + 1, PLAIN)
    assert (fourth.go, fourth.wait, still.down_since) == (False, 30.0, DOWN_AT)


def test_a_look_whose_maker_was_killed_is_made_again_by_another() -> None:
    pace, _ = allowed(down(), DOWN_AT + 30, PLAIN)

    _, early = allowed(pace, DOWN_AT + 100, PLAIN)
    _, late = allowed(pace, DOWN_AT + 30 + PLAIN.longest, PLAIN)

    assert (early.go, late.go) == (False, True)


def test_an_outage_older_than_the_patience_is_not_waited_for_but_still_looked_into() -> (
    None
):
    pace = down(unreachable=True)
    for at in (130, 160, 190, 220):
        pace, _ = allowed(pace, at, PLAIN)
        pace = failed(pace, at, PLAIN, unreachable=True)

    pace, waiting = allowed(pace, DOWN_AT + 121, PLAIN)
    _, looking = allowed(pace, DOWN_AT + 150, PLAIN)

    assert (waiting.hopeless, waiting.go) == (True, False)
    assert looking.go
    assert pace.unreachable


def test_a_pause_holds_everybody_and_a_shorter_one_does_not_end_it() -> None:
    pace = paused(paused(FRESH, 40.0), 20.0)

    assert (hold(pace, 10.0), hold(pace, 40.0)) == (30.0, 0.0)


def test_a_hundred_further_tries_and_then_one_in_ten_requests() -> None:
    pace, at, tries = FRESH, 1000.0, 0
    while True:
        pace, more_left = retried(pace, at)
        if not more_left:
            break
        tries += 1
    assert tries == ALLOWANCE / COST == 100

    for _ in range(200):
        pace = answered(pace, good=True)
    more = 0
    while True:
        pace, more_left = retried(pace, at)
        if not more_left:
            break
        more += 1
    assert more == 20

    _, after_ten_seconds = retried(pace, at + 10)
    assert after_ten_seconds
