"""Sample characters by which two parts of a pattern can be told to take the same text, or not."""

import importlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

op: Any = importlib.import_module("re._constants")
"""The standard library's names for the parts of a parsed pattern."""

_ELSEWHERE = "éßΩйא٣日€\x85\xa0\u2028😀"
_CATEGORIES = {
    op.CATEGORY_DIGIT: re.compile(r"\d"),
    op.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    op.CATEGORY_SPACE: re.compile(r"\s"),
    op.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    op.CATEGORY_WORD: re.compile(r"\w"),
    op.CATEGORY_NOT_WORD: re.compile(r"\W"),
}


class Alphabet:
    """ASCII, some letters from elsewhere, and every character the pattern itself names."""

    def __init__(self, tree: Any) -> None:
        named = {chr(code) for code in _codes(tree)}
        self._samples = frozenset(map(chr, range(128))) | frozenset(_ELSEWHERE) | named
        self._folded = bool(tree.state.flags & re.IGNORECASE)

    def taken(self, operator: object, argument: Any) -> frozenset[str]:
        """The samples that one character of the pattern takes."""
        if operator is op.ANY:
            return self._samples
        if operator is op.IN:
            items, wanted = argument, True
            if items[0][0] is op.NEGATE:
                items, wanted = items[1:], False
        else:
            items, wanted = [(op.LITERAL, argument)], operator is op.LITERAL
        return frozenset(
            each for each in self._samples if self._held(each, items) is wanted
        )

    def _held(self, sample: str, items: Sequence[tuple[Any, Any]]) -> bool:
        forms = {sample, *sample.lower(), *sample.upper()} if self._folded else {sample}
        return any(_is(form, *item) for form in forms for item in items)


def _is(sample: str, operator: object, argument: Any) -> bool:
    if operator is op.LITERAL:
        return bool(ord(sample) == argument)
    if operator is op.RANGE:
        return bool(argument[0] <= ord(sample) <= argument[1])
    return _CATEGORIES[argument].match(sample) is not None


def parts_inside(operator: object, argument: Any) -> list[Any]:
    """The stretches of the pattern that an operator holds."""
    if operator is op.SUBPATTERN:
        return [argument[3]]
    if operator is op.BRANCH:
        return list(argument[1])
    if operator in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        return [argument[2]]
    if operator in {op.ASSERT, op.ASSERT_NOT}:
        return [argument[1]]
    return [argument] if operator in {op.IN, op.ATOMIC_GROUP} else []


def _codes(items: Any) -> Iterator[int]:
    for operator, argument in items:
        if operator in {op.LITERAL, op.NOT_LITERAL}:
            yield argument
        elif operator is op.RANGE:
            yield from argument
        for part in parts_inside(operator, argument):
            yield from _codes(part)
