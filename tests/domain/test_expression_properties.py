"""Whatever the expression and the record: one meaning, no exception, however it is run."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.expression import RUNTIME, ExpressionError, compile_expression
from engine.domain.missing import MISSING
from tests.domain.reference_language import value_of

NAMES = ["a", "b", "c"]
FIELDS = st.sampled_from([*NAMES, "a.x", "b[0]", "c['x'][-1]"])
LITERALS = st.sampled_from(
    ["null", "true", "false", "0", "1", "-2", "0.5", "1.0", '""', '"a"', '"ab"', "'1.5'"]
)
FUNCTIONS = ["len", "lower", "upper", "strip", "number", "text", "coalesce"]


def _composed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.builds(
            lambda sign, two: f"({two[0]} {sign} {two[1]})",
            st.sampled_from(
                ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
            ),
            pair,
        ),
        st.builds(
            lambda sign, two: f"({two[0]} {sign} {two[1]})", st.sampled_from("+-*/%"), pair
        ),
        st.builds(lambda each: f"(not {each})", inner),
        st.builds(lambda each: f"(- {each})", inner),
        st.builds(lambda two, c: f"({two[0]} if {c} else {two[1]})", pair, inner),
        st.builds(lambda name, each: f"{name}({each})", st.sampled_from(FUNCTIONS), inner),
        st.builds(lambda each: f"exists({each})", FIELDS),
        st.builds(lambda two: f"startswith({two[0]}, {two[1]})", pair),
        st.builds(lambda two: f"contains({two[0]}, {two[1]})", pair),
        st.builds(lambda each: f'matches({each}, "a+")', inner),
        st.builds(
            lambda sign, each, several: f"({each} {sign} [{', '.join(several)}])",
            st.sampled_from(["in", "not in"]),
            inner,
            st.lists(LITERALS, max_size=3),
        ),
        st.builds(
            lambda low, each, high: f"({low} < {each} <= {high})", LITERALS, inner, LITERALS
        ),
    )


EXPRESSIONS = st.recursive(FIELDS | LITERALS, _composed, max_leaves=8)

PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([10**30, -(2**63)]),
    st.floats(),
    st.sampled_from(["", "a", "ab", "A ", "1.5", "1", "x"]),
    st.sampled_from([Decimal("0.5"), Decimal(1), Decimal("NaN"), Decimal("Infinity")]),
    st.sampled_from([date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)]),
)
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.just("x"), inner),
    max_leaves=4,
)
RECORDS = st.dictionaries(st.sampled_from(NAMES), VALUES)


def _shown(value: Any) -> tuple[str, str]:
    return type(value).__name__, repr(value)


@settings(max_examples=600, deadline=None)
@given(EXPRESSIONS, RECORDS)
def test_evaluate_says_what_the_reference_says(text: str, record: dict[str, Any]) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionError:
        return

    assert _shown(expression.evaluate(record)) == _shown(value_of(expression.tree, record))


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, RECORDS)
def test_rendered_source_and_evaluate_agree(text: str, record: dict[str, Any]) -> None:
    """Rendered over local variables, as stages do, with missing fields as MISSING."""
    try:
        expression = compile_expression(text)
    except ExpressionError:
        return
    source = expression.render(
        lambda path: f"_x_reach(v_{path[0]}, *{path[1:]!r})" if path[1:] else f"v_{path[0]}"
    )
    scope = dict(RUNTIME)
    exec(f"def run(v_a, v_b, v_c):\n    return {source}", scope)

    found = scope["run"](*(record.get(name, MISSING) for name in NAMES))

    assert _shown(None if found is MISSING else found) == _shown(
        expression.evaluate(record)
    )


@settings(max_examples=500, deadline=None)
@given(
    st.text(
        alphabet="abnull ()[]{}.,:;=!<>+-*/%'\"\\0189_ünotifelsé\n\t#`~@&|", max_size=60
    )
)
def test_any_text_is_an_expression_or_refused_in_one_sentence(text: str) -> None:
    refusal = _refusal(text)

    if refusal:
        assert refusal.message
        assert "\n" not in refusal.message
        assert 1 <= refusal.column <= max(len(text), 1)


def _refusal(text: str) -> ExpressionError | None:
    try:
        compile_expression(text).evaluate({"a": 1, "b": "x"})
    except ExpressionError as refusal:
        return refusal
    return None
