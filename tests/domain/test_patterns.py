"""Regular expressions are refused where a text could keep them busy for ever."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.expression import (
    MATCHED_LIMIT,
    ExpressionError,
    compile_expression,
    compile_pattern,
)


@pytest.mark.parametrize(
    "pattern",
    [
        r"[\w.+-]+@[\w-]+(\.[\w-]+)+",
        r"[a-z0-9]+(-[a-z0-9]+)*",
        r"\d{1,3}(\.\d{1,3}){3}",
        r"https?://[^\s/]+(/\S*)?",
        r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
        r"(?=.*\d)(?=.*[a-z]).{8,}",
        r"(?i)[A-Z]{2}\d{2}[A-Z0-9]{11,30}",
        r".*(error|warning).*",
        r"(\w+\W+)+",
        r"([A-F0-9]{2}:){5}[A-F0-9]{2}",
        r"^$",
        "|".join(f"word{number}" for number in range(120)),
    ],
)
def test_patterns_as_people_write_them_are_accepted(pattern: str) -> None:
    assert compile_pattern(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"(a+)+$",
        r"(?:[a-z]+ ?)+",
        r"(x+x+)+y",
        r"(a|ab|b)*c",
        r"(.*?,){11}P",
        r"(\w\w?)+!",
    ],
)
def test_a_repetition_of_a_repetition_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_pattern(pattern)

    assert refusal.value.message == (
        f"the pattern {pattern!r} repeats a repetition of the same characters, such as (a+)+, "
        "and could run for ever; leave one of the repetitions out"
    )


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(a*)*", "cannot be used: it repeats something that can be empty, such as (a*)*"),
        (
            r"(a?){20}a",
            "cannot be used: it repeats something that can be empty, such as (a*)*",
        ),
        (r"(.)\1", "cannot be used: references back to a group are not allowed"),
        (
            ".*a.*b.*c",
            "has more than two repetitions that can take the same text and could run for hours; "
            "use contains(), or a pattern for each part",
        ),
        ("(", "is wrong: missing ), unterminated subpattern at position 0"),
    ],
)
def test_what_cannot_be_judged_or_is_wrong_says_so(pattern: str, reason: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_pattern(pattern)

    assert refusal.value.message == f"the pattern {pattern!r} {reason}"


def test_a_pattern_over_its_limit_is_refused() -> None:
    with pytest.raises(ExpressionError, match="has 1001 characters, more than 1000"):
        compile_pattern("a" * 1001)


def test_the_refusal_of_a_pattern_points_into_the_expression() -> None:
    with pytest.raises(ExpressionError) as refusal:
        compile_expression('b == 1 and matches(a, "(a+)+")')

    assert refusal.value.column == 23


def test_a_text_over_the_limit_matches_nothing() -> None:
    expression = compile_expression('matches(a, "a*")')

    assert expression.truth({"a": "a" * MATCHED_LIMIT})
    assert not expression.truth({"a": "a" * (MATCHED_LIMIT + 1)})


ATOMS = st.sampled_from(["a", "b", "[ab]", r"\w", "."])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds(lambda one, sign: f"(?:{one}){sign}", inner, st.sampled_from("*+?")),
        st.builds(lambda one, two: one + two, inner, inner),
        st.builds(lambda one, two: f"(?:{one}|{two})", inner, inner),
    )


@settings(max_examples=200, deadline=None)
@given(st.recursive(ATOMS, _larger, max_leaves=6))
def test_what_is_accepted_is_quick_on_texts_made_to_be_slow(pattern: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except ExpressionError:
        return
    begun = time.process_time()

    for letters in ("a", "ab", "b"):
        compiled.fullmatch((letters * 1000)[:1000] + "!")

    assert time.process_time() - begun < 1
