"""A pattern as positions and the ways between them, to see how often one text can be read.

Positions stand for the pattern's characters (Glushkov's construction). A way that comes about
twice is kept twice: a matcher that goes back tries both. Look-arounds are automata of their own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from engine.domain.expression.alphabet import Alphabet, op, parts_inside
from engine.domain.values import dataclass

POSITION_LIMIT = 2000
"""The largest automaton that is looked into."""

WAYS_LIMIT = 50_000
"""The most ways between positions that are looked into."""

COPIES = 6
"""Up to so many repetitions are written out; more count as without end."""


class Unjudged(Exception):
    """The pattern cannot be judged; the text says why."""


@dataclass(slots=True)
class Automaton:
    """Positions with the sample characters each takes; `ways` counts how often a way exists."""

    takes: list[frozenset[str]] = field(default_factory=list)
    ways: Counter[tuple[int, int]] = field(default_factory=Counter)


Ends = Mapping[int, int]
"""Positions, and in how many ways each is come to: once, or more often (2)."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the pattern: where it begins and ends, and in how many ways it is empty."""

    first: Ends
    last: Ends
    empty: int


_NOTHING = _Part({}, {}, 1)


def automata_of(tree: Any) -> list[Automaton]:
    """The automata of a parsed pattern: the pattern itself, then its look-arounds."""
    alphabet = Alphabet(tree)
    pending: list[Any] = [tree]
    built: list[Automaton] = []
    while pending:
        builder = _Builder(alphabet, aside=pending)
        builder.sequence(pending.pop(0))
        built.append(builder.automaton)
    return built


class _Builder:
    """One automaton being built; `aside` gathers the look-arounds met on the way."""

    def __init__(self, alphabet: Alphabet, *, aside: list[Any]) -> None:
        self.automaton = Automaton()
        self._alphabet = alphabet
        self._aside = aside

    def sequence(self, items: Sequence[Any]) -> _Part:
        """Parts one after the other."""
        whole = _NOTHING
        for operator, argument in items:
            whole = self._joined(whole, self._part(operator, argument))
        return whole

    def _part(self, operator: object, argument: Any) -> _Part:
        if operator in {op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY}:
            return self._position(self._alphabet.taken(operator, argument))
        if operator in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
            return self._repeated(*argument)
        if operator in {op.ASSERT, op.ASSERT_NOT}:
            self._aside.append(argument[1])
            return _NOTHING
        if operator in {op.SUBPATTERN, op.ATOMIC_GROUP, op.BRANCH}:
            return self._either(parts_inside(operator, argument))
        if operator is op.AT:
            return _NOTHING
        raise Unjudged("references back to a group are not allowed")

    def _position(self, taken: frozenset[str]) -> _Part:
        number = len(self.automaton.takes)
        if number >= POSITION_LIMIT:
            raise Unjudged("it is too large; make it simpler")
        self.automaton.takes.append(taken)
        return _Part({number: 1}, {number: 1}, 0)

    def _joined(self, left: _Part, right: _Part) -> _Part:
        self._connect(left.last, right.first)
        return _Part(
            _either_end(left.first, _times(right.first, left.empty)),
            _either_end(right.last, _times(left.last, right.empty)),
            min(left.empty * right.empty, 2),
        )

    def _either(self, choices: Sequence[Any]) -> _Part:
        parts = [self.sequence(each) for each in choices]
        return _Part(
            _either_end(*(part.first for part in parts)),
            _either_end(*(part.last for part in parts)),
            min(sum(part.empty for part in parts), 2),
        )

    def _repeated(self, least: int, most: int, body: Sequence[Any]) -> _Part:
        if most <= COPIES:
            return self._copies(least, most, body)
        whole = self.sequence(body)
        if whole.empty:
            raise Unjudged("it repeats something that can be empty, such as (a*)*")
        self._connect(whole.last, whole.first)
        return _Part(whole.first, whole.last, 1 if least == 0 else 0)

    def _copies(self, least: int, most: int, body: Sequence[Any]) -> _Part:
        """So many copies; the optional ones nested, since a matcher stops at the first it lacks."""
        whole = _NOTHING
        for copy in reversed(range(most)):
            whole = self._joined(self.sequence(body), whole)
            if copy >= least:
                whole = _Part(whole.first, whole.last, min(whole.empty + 1, 2))
        return whole

    def _connect(self, ends: Ends, begins: Ends) -> None:
        for end, often in ends.items():
            for begin, times in begins.items():
                self.automaton.ways[end, begin] += often * times
        if len(self.automaton.ways) > WAYS_LIMIT:
            raise Unjudged("it is too large; make it simpler")


def _times(ends: Ends, factor: int) -> Ends:
    return {end: min(often * factor, 2) for end, often in ends.items() if factor}


def _either_end(*several: Ends) -> Ends:
    merged: Counter[int] = Counter()
    for ends in several:
        merged.update(ends)
    return {end: min(often, 2) for end, often in merged.items()}
