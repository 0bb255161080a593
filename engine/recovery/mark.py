"""May Last Successful Sync move, and how far (M1-M4)."""

from collections.abc import Sequence

from engine.domain.delta import Mark, MarkValue, Run, Verdict, Window


def settle(runs: Sequence[Run], mark: Mark | None) -> Verdict:
    """Where the mark stands after these runs of one Link, oldest first.

    It is the upper bound of the newest run up to which everything is accounted for or taken over;
    it never moves backwards, nor past a run whose window starts above it.
    """
    taken_over = _taken_over(runs)
    replaced = {earlier for earlier, _ in taken_over}
    moved, held_by = mark, []
    farthest: MarkValue | None = None
    for run in runs:
        if not run.moves or run.event in replaced or _let_go(run):
            continue
        if not (run.ended and run.planned and run.accounted):
            held_by.append(run.event)
            farthest = _later(farthest, run.window.until)
        elif not held_by:
            moved = _moved(moved, run)
        else:
            farthest = _later(farthest, run.window.until)
    return Verdict(moved, tuple(held_by), taken_over, farthest if held_by else None)


def _let_go(run: Run) -> bool:
    """Whether it ended before it planned, and somebody discarded that: it had fetched nothing."""
    return run.accounted and not run.planned


def _taken_over(runs: Sequence[Run]) -> tuple[tuple[int, int], ...]:
    """Each earlier run that is not accounted for, with the first later one that covers it (M2)."""
    pairs = []
    for index, earlier in enumerate(runs):
        if earlier.accounted or not earlier.ended:
            continue
        later = next((run for run in runs[index + 1 :] if _covers(run, earlier)), None)
        if later is not None:
            pairs.append((earlier.event, later.event))
    return tuple(pairs)


def _covers(later: Run, earlier: Run) -> bool:
    # A replayed window holds no mark: what held it must not hand over to one.
    holds = later.moves or not earlier.moves
    return (
        holds
        and later.planned
        and later.ended
        and later.source_hash == earlier.source_hash
        and _contains(later.window, earlier.window)
    )


def _contains(outer: Window, inner: Window) -> bool:
    """Whether every change the inner window asked for is asked for by the outer one too."""
    if outer.since is not None and (inner.since is None or _less(inner.since, outer.since)):
        return False
    if outer.until is None:
        return True
    return inner.until is not None and not _less(outer.until, inner.until)


def _moved(mark: Mark | None, run: Run) -> Mark | None:
    until = run.window.until
    if until is None:
        return mark
    fresh = Mark(until, run.event, run.source_hash)
    if mark is None or mark.source_hash != run.source_hash:
        return fresh if run.window.since is None else mark
    gap = run.window.since is not None and _less(mark.value, run.window.since)
    # At the same bound the newer run stands for it: what lies before need not be read again.
    reaches = until == mark.value or _less(mark.value, until)
    return fresh if reaches and not gap else mark


def _later(one: MarkValue | None, other: MarkValue | None) -> MarkValue | None:
    if one is None or other is None:
        return one if other is None else other
    return other if _less(one, other) else one


def _less(one: MarkValue, other: MarkValue) -> bool:
    """Order within one kind of mark; different kinds are never in order."""
    if type(one) is not type(other):
        return False
    return bool(one < other)  # type: ignore[operator]
