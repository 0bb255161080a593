"""A pattern as positions and the ways between them, to see how often one text can be read.

Positions stand for the pattern's characters (Glushkov's construction). A way that comes about
twice is kept twice: a matcher that goes back tries both. Look-arounds are automata of their own.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.domain.expression.alphabet import Alphabet, op, parts_inside

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


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of the pattern: where it can begin and end, and whether it can be empty."""

    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    empty: bool = True


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
        whole = _Part()
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
            return _Part()
        if operator in {op.SUBPATTERN, op.ATOMIC_GROUP, op.BRANCH}:
            return self._either(parts_inside(operator, argument))
        if operator is op.AT:
            return _Part()
        raise Unjudged("references back to a group are not allowed")

    def _position(self, taken: frozenset[str]) -> _Part:
        number = len(self.automaton.takes)
        if number >= POSITION_LIMIT:
            raise Unjudged("it is too large; make it simpler")
        self.automaton.takes.append(taken)
        return _Part((number,), (number,), empty=False)

    def _joined(self, left: _Part, right: _Part) -> _Part:
        self._connect(left.last, right.first)
        return _Part(
            left.first + right.first if left.empty else left.first,
            left.last + right.last if right.empty else right.last,
            left.empty and right.empty,
        )

    def _either(self, choices: Sequence[Any]) -> _Part:
        parts = [self.sequence(each) for each in choices]
        return _Part(
            tuple(number for part in parts for number in part.first),
            tuple(number for part in parts for number in part.last),
            any(part.empty for part in parts),
        )

    def _repeated(self, least: int, most: int, body: Sequence[Any]) -> _Part:
        if most <= COPIES:
            return self._copies(least, most, body)
        whole = self.sequence(body)
        if whole.empty:
            raise Unjudged("it repeats something that can be empty, such as (a*)*")
        self._connect(whole.last, whole.first)
        return _Part(whole.first, whole.last, empty=least == 0)

    def _copies(self, least: int, most: int, body: Sequence[Any]) -> _Part:
        whole = _Part()
        for copy in range(most):
            part = self.sequence(body)
            whole = self._joined(
                whole, _Part(part.first, part.last, part.empty or copy >= least)
            )
        return whole

    def _connect(self, ends: Sequence[int], begins: Sequence[int]) -> None:
        for end in ends:
            for begin in begins:
                self.automaton.ways[end, begin] += 1
        if len(self.automaton.ways) > WAYS_LIMIT:
            raise Unjudged("it is too large; make it simpler")
