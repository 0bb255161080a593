"""Last Successful Sync moves only over what is accounted for (M1-M4)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.delta import Mark, Run, Window
from engine.recovery.mark import settle

START = datetime(2026, 11, 1, tzinfo=UTC)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def run(event: int, since: float | None, until: float, **changes: bool | str) -> Run:
    facts = {"planned": True, "ended": True, "accounted": True, "moves": True, **changes}
    source = str(facts.pop("source_hash", "a"))
    window = Window(None if since is None else at(since), at(until))
    return Run(event, window, source, **facts)  # type: ignore[arg-type]


def mark(hours: float, by: int = 1, source: str = "a") -> Mark:
    return Mark(at(hours), by, source)


def test_a_first_completed_run_sets_the_mark_to_its_start() -> None:
    assert settle([run(1, None, 10)], None).mark == mark(10)


def test_a_failed_run_holds_the_mark_where_it_was() -> None:
    verdict = settle([run(2, 10, 20, accounted=False)], mark(10))

    assert (verdict.mark, verdict.held_by) == (mark(10), (2,))
    assert verdict.would_move_to == at(20)


def test_a_later_run_over_the_same_window_takes_over_from_a_failed_one() -> None:
    """M2: the later run's own failures count then, the earlier ones hold no longer."""
    verdict = settle([run(2, 10, 20, accounted=False), run(3, 10, 30)], mark(10))

    assert verdict.mark == mark(30, by=3)
    assert verdict.taken_over == ((2, 3),)
    assert verdict.held_by == ()


def test_a_later_failed_run_takes_over_and_holds_itself() -> None:
    verdict = settle(
        [run(2, 10, 20, accounted=False), run(3, 10, 30, accounted=False)], mark(10)
    )

    assert (verdict.mark, verdict.held_by) == (mark(10), (3,))


def test_a_later_window_that_starts_above_a_failed_one_takes_nothing_over() -> None:
    verdict = settle([run(2, 10, 20, accounted=False), run(3, 20, 30)], mark(10))

    assert (verdict.mark, verdict.held_by) == (mark(10), (2,))


def test_another_source_block_takes_nothing_over() -> None:
    verdict = settle(
        [run(2, 10, 20, accounted=False), run(3, 10, 30, source_hash="b")], mark(10)
    )

    assert verdict.mark == mark(10)


def test_a_replayed_window_never_moves_the_mark() -> None:
    """M4."""
    assert settle([run(2, 0, 40, moves=False)], mark(10)).mark == mark(10)


def test_the_mark_never_moves_backwards() -> None:
    assert settle([run(2, 5, 8)], mark(10)).mark == mark(10)


def test_a_run_that_never_planned_holds_nothing_over_by_itself() -> None:
    verdict = settle(
        [run(2, 10, 20, planned=False, accounted=False), run(3, 10, 30)], mark(10)
    )

    assert verdict.mark == mark(30, by=3)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans(), st.booleans()),
        max_size=12,
    )
)
def test_the_mark_never_passes_a_run_that_holds_it(
    raw: list[tuple[int, int, bool, bool]],
) -> None:
    runs = [
        run(index, since, since + length, accounted=accounted, moves=moves)
        for index, (since, length, accounted, moves) in enumerate(raw, 1)
    ]

    verdict = settle(runs, mark(0, by=0))

    assert verdict.mark is not None
    assert verdict.mark.value >= at(0)  # type: ignore[operator]
    for held in verdict.held_by:
        later = [each for each in runs if each.event >= held and each.moves]
        assert verdict.mark.set_by not in {each.event for each in later}


def test_of_two_runs_up_to_the_same_bound_the_newer_sets_the_mark() -> None:
    """M1: then only runs from there on need to be looked at."""
    verdict = settle([run(2, 10, 10), run(3, 10, 10)], mark(10))

    assert verdict.mark == mark(10, by=3)
