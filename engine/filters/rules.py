"""The named rules of a check: each a function from a value to what is wrong with it, or None.

Every rule but `required` passes on null and missing, which never reach it.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from engine.domain.expression import MATCHED_LIMIT, compile_pattern
from engine.filters.bounds import length_fault, range_fault
from engine.filters.casts import as_text
from engine.filters.kinds import type_fault
from engine.filters.refusal import Refusal, not_a
from engine.filters.sentences import emptiness, listing, quoted

Fault = Callable[[Any], str | None]
"""What is wrong with a value, as the end of the sentence that starts with its field."""

Options = Mapping[str, Any]

LONGEST_EMAIL = 254

_LETTER = r"""\s\x00-\x1f\x7f<>()\[\],;:@\\\""""
EMAIL = re.compile(rf"[^{_LETTER}]++@[^.{_LETTER}]++(?:\.[^.{_LETTER}]++)++")
"""Something, an @, and a domain of two labels or more: linear in time, whatever the text."""

PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]++@[A-Za-z0-9-]++(?:\.[A-Za-z0-9-]++)++"
)
"""The addresses nearly everybody has, all of them in `EMAIL` too: quicker to tell."""


def fault_of(rule: str, options: Options) -> Fault:
    """The rule with its options; ValueError or KeyError where they make no sense."""
    if rule not in _RULES:
        raise ValueError(f"no rule is called '{rule}'")
    return _RULES[rule](options)


def allowed_of(options: Options) -> frozenset[object] | None:
    """The values of `one_of` as a set; None where one of them cannot be in a set."""
    try:
        return frozenset(options["values"])
    except TypeError:
        return None


def required(value: object) -> str | None:
    """Null, missing and blank fail."""
    state = emptiness(value)
    return f"is {state}" if state else None


def email(value: object) -> str | None:
    """Not whether mail arrives there, only whether it reads like an address."""
    if not isinstance(value, str):
        return not_a("an email address", value).why
    if len(value) <= LONGEST_EMAIL and EMAIL.fullmatch(value):
        return None
    return (
        f"{quoted(value)} is not an email address"
        if value
        else "is blank, not an email address"
    )


def _regex(options: Options) -> Fault:
    pattern = compile_pattern(options["pattern"])

    def fault(value: object) -> str | None:
        if not isinstance(value, str):
            if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
                return not_a("text", value).why
            try:
                value = as_text(value)
            except Refusal as refusal:
                return refusal.why
        if len(value) > MATCHED_LIMIT:
            return f"is longer than the {MATCHED_LIMIT} characters a pattern is tried on"
        if pattern.fullmatch(value):
            return None
        return f"{quoted(value)} does not match {quoted(pattern.pattern)}"

    return fault


def _one_of(options: Options) -> Fault:
    values = tuple(options["values"])
    allowed = allowed_of(options)
    complaint = f"is not one of {listing(values)}"

    def fault(value: object) -> str | None:
        if _among(value, values, allowed):
            return None
        return f"{quoted(value)} {complaint}"

    return fault


def _among(
    value: object, values: tuple[object, ...], allowed: frozenset[object] | None
) -> bool:
    """Equal to one of them, where true is not 1."""
    if allowed is not None and isinstance(value, str):
        return value in allowed
    return any(
        isinstance(value, bool) is isinstance(each, bool) and _equal(value, each)
        for each in values
    )


def _equal(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    except ArithmeticError:  # a signalling NaN cannot even be compared
        return False


_RULES: Mapping[str, Callable[[Options], Fault]] = {
    "required": lambda _: required,
    "email": lambda _: email,
    "regex": _regex,
    "one_of": _one_of,
    "range": range_fault,
    "length": length_fault,
    "type": type_fault,
}
