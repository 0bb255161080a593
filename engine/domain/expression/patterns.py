"""Regular expressions from definitions: compiled once, refused where they could run for ever."""

import importlib
import re
import warnings
from typing import Any

from engine.domain.expression.ambiguity import degree_of
from engine.domain.expression.automaton import Unjudged, automata_of
from engine.domain.expression.error import ExpressionError

PATTERN_LIMIT = 1000
"""The longest pattern, in characters."""

MATCHED_LIMIT = 10_000
"""The longest text that is held against a pattern; quadratic work on it is still bearable."""

_reader: Any = importlib.import_module("re._parser")


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled; ExpressionError where it is wrong or its cost has no bound."""
    if len(pattern) > PATTERN_LIMIT:
        raise ExpressionError(
            f"the pattern has {len(pattern)} characters, more than {PATTERN_LIMIT}"
        )
    compiled, tree = _read(pattern)
    try:
        degrees = [degree_of(part) for part in automata_of(tree)]
    except Unjudged as reason:
        raise ExpressionError(f"the pattern {pattern!r} cannot be used: {reason}") from None
    if any(degree is None for degree in degrees):
        raise ExpressionError(
            f"the pattern {pattern!r} repeats a repetition of the same characters, such as "
            "(a+)+, and could run for ever; leave one of the repetitions out"
        )
    if any(degree is not None and degree > 1 for degree in degrees):
        raise ExpressionError(
            f"the pattern {pattern!r} has more than two repetitions that can take the same "
            "text and could run for hours; use contains(), or a pattern for each part"
        )
    return compiled


def _read(pattern: str) -> tuple[re.Pattern[str], Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return re.compile(pattern), _reader.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ExpressionError(f"the pattern {pattern!r} is wrong: {error}") from None
