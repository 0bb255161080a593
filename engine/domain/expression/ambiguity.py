"""How the ways to read one text grow with its length: not at all, as a power, or without bound.

Weber and Seidl's criteria on the positions of a pattern: a loop that reads one text in two ways
is exponential; each further loop that can take over the text of the one before adds a power.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product

from engine.domain.expression.automaton import Automaton, Unjudged

STATES_LIMIT = 100_000
"""How many combinations of positions are looked at."""

Loop = frozenset[int]
"""Positions that can be come back to from one another."""


def degree_of(automaton: Automaton) -> int | None:
    """The power with which readings grow with the text; None is exponential."""
    ahead = _ahead(automaton)
    loops = _loops(ahead, len(automaton.takes))
    if any(_reads_twice(automaton, ahead, loop) for loop in loops):
        return None
    return _longest_chain(automaton, ahead, loops)


def _ahead(automaton: Automaton) -> Mapping[int, list[int]]:
    ahead: dict[int, list[int]] = defaultdict(list)
    for begin, end in automaton.ways:
        ahead[begin].append(end)
    return ahead


def _loops(ahead: Mapping[int, list[int]], size: int) -> list[Loop]:
    """The loops, each after those it leads to; a position alone counts if it leads to itself."""
    found = _components(ahead, size)
    return [each for each in found if len(each) > 1 or _leads_to_itself(ahead, each)]


def _leads_to_itself(ahead: Mapping[int, list[int]], single: Loop) -> bool:
    (position,) = single
    return position in ahead.get(position, ())


def _components(ahead: Mapping[int, list[int]], size: int) -> list[Loop]:
    """Strongly connected positions, by Tarjan's algorithm without recursion."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    found: list[Loop] = []
    done: set[int] = set()
    for root in range(size):
        path: list[tuple[int, Iterator[int]]] = []
        following: int | None = None if root in index else root
        while path or following is not None:
            if following is not None:
                index[following] = low[following] = len(index)
                stack.append(following)
                path.append((following, iter(ahead.get(following, ()))))
            at, onward = path[-1]
            following = _next_new(at, onward, index, low, done)
            if following is None:
                path.pop()
                if path:
                    low[path[-1][0]] = min(low[path[-1][0]], low[at])
                if low[at] == index[at]:
                    cut = stack.index(at)
                    found.append(frozenset(stack[cut:]))
                    done.update(stack[cut:])
                    del stack[cut:]
    return found


def _next_new(
    at: int,
    onward: Iterator[int],
    index: dict[int, int],
    low: dict[int, int],
    done: set[int],
) -> int | None:
    for each in onward:
        if each not in index:
            return each
        if each not in done:
            low[at] = min(low[at], index[each])
    return None


def _reads_twice(automaton: Automaton, ahead: Mapping[int, list[int]], loop: Loop) -> bool:
    """Whether a text leads from a position of the loop back to it in two ways."""
    if any(
        automaton.ways[begin, end] > 1
        for begin in loop
        for end in ahead[begin]
        if end in loop
    ):
        return True

    def onward(pair: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield from _steps(automaton, ahead, pair, (loop, loop))

    apart = {
        pair
        for pair in _reached([(each, each) for each in loop], onward)
        if pair[0] != pair[1]
    }
    return any(left == right for left, right in _reached(apart, onward))


def _longest_chain(
    automaton: Automaton, ahead: Mapping[int, list[int]], loops: list[Loop]
) -> int:
    """The most loops of which each can take over text from the one before."""
    beyond = {loop: _beyond(ahead, loop) for loop in loops}
    best: dict[Loop, int] = {}
    for loop in loops:  # those a loop leads to come before it
        best[loop] = max((best[each] for each in best if each & beyond[loop]), default=0)
        taking_over = [
            each
            for each in best
            if each != loop
            and each & beyond[loop]
            and best[each] + 1 > best[loop]
            and _takes_over(automaton, ahead, loop, each)
        ]
        best[loop] = max([best[loop], *(best[each] + 1 for each in taking_over)])
    return max(best.values(), default=0)


def _beyond(ahead: Mapping[int, list[int]], loop: Loop) -> frozenset[int]:
    def onward(position: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield from ((each,) for each in ahead.get(position[0], ()))

    return frozenset(each for (each,) in _reached([(each,) for each in loop], onward))


def _takes_over(
    automaton: Automaton, ahead: Mapping[int, list[int]], earlier: Loop, later: Loop
) -> bool:
    """Whether one text can stay in the first loop, go over, and stay in the second."""

    def onward(state: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield from _steps(automaton, ahead, state, (earlier, None, later))

    return any(
        (begin, end, end) in _reached([(begin, begin, end)], onward)
        for begin, end in product(earlier, later)
    )


def _steps(
    automaton: Automaton,
    ahead: Mapping[int, list[int]],
    state: tuple[int, ...],
    within: tuple[Loop | None, ...],
) -> Iterator[tuple[int, ...]]:
    """Where several walkers can be after reading one and the same character."""
    choices = [
        [each for each in ahead.get(at, ()) if bounds is None or each in bounds]
        for at, bounds in zip(state, within, strict=True)
    ]
    for target in product(*choices):
        if frozenset.intersection(*(automaton.takes[each] for each in target)):
            yield target


State = tuple[int, ...]


def _reached(
    begin: Iterable[State], onward: Callable[[State], Iterator[State]]
) -> set[State]:
    seen: set[State] = set(begin)
    waiting = list(seen)
    while waiting:
        for target in onward(waiting.pop()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
        if len(seen) > STATES_LIMIT:
            raise Unjudged("it is too large; make it simpler")
    return seen
