"""Last Successful Sync in the store: moved in the ending transaction, taken over, explained."""

from engine.domain.delta import Mark, MarkValue, Window
from engine.domain.errors import Tier
from engine.domain.outcome import Ending, Status
from engine.domain.progress import BatchesPlanned
from engine.domain.requests import Selection
from engine.domain.sync_event import Kind, OpenCounts
from engine.recovery import mark
from engine.store.store import Store
from tests.store.world import (
    Told,
    a_snapshot,
    an_error,
    at,
    clean,
    never_received,
    new_event,
    told,
    with_failures,
)


def _run(
    store: Store,
    since: MarkValue | None,
    until: MarkValue | None,
    *,
    of: str | None = None,
    source_hash: str = "source",
) -> Told:
    """A run over a window, planned with two batches."""
    window = Window(since, until)
    new = new_event(window=window, source_hash=source_hash)
    return told(store, new).starts().plans(2, of=of)


def _clean(run: Told) -> Told:
    run.finishes(clean(0), clean(1)).ends()
    return run


def test_a_completed_run_moves_the_mark_to_the_end_of_its_window(store: Store) -> None:
    """M1, M3: with the hash of the source block."""
    run = _clean(_run(store, None, at(1)))

    assert store.mark("orders") == Mark(at(1), run.number, "source")
    assert store.mark("customers") is None


def test_the_mark_of_a_column_is_the_bound_of_the_plan(store: Store) -> None:
    run = told(store, new_event(window=Window(None, None))).starts().plans(1, bound=812)
    run.finishes(clean(0)).ends()

    assert store.mark("orders") == Mark(812, run.number, "source")


def test_a_failed_run_holds_the_mark_and_says_so(store: Store) -> None:
    """M1: everything up to it must be accounted for."""
    first = _clean(_run(store, None, at(1)))
    second = _run(store, at(1), at(2))
    second.finishes(clean(0), with_failures(1, [a_snapshot(3)])).ends()

    verdict = store.verdict("orders", mark.settle)

    assert store.mark("orders") == Mark(at(1), first.number, "source")
    assert verdict.held_by == (second.number,)
    assert verdict.would_move_to == at(2)


def test_a_test_run_neither_moves_nor_holds_the_mark(store: Store) -> None:
    new = new_event(kind=Kind.TEST, window=Window(None, at(9)))
    told(store, new).starts().plans(1).finishes(clean(0)).ends()

    assert store.mark("orders") is None
    assert store.verdict("orders", mark.settle).held_by == ()


def test_a_later_run_that_covers_a_failed_one_takes_over_from_it(store: Store) -> None:
    """M2: failed and unattempted batches close as superseded; the outcome stays what it was."""
    failed = _run(store, None, at(1))
    failed.finishes(never_received(0)).ends(Ending.CANCELLED)
    later = _clean(_run(store, None, at(2)))

    event = failed.seen()

    assert event.outcome is Status.CANCELLED
    assert event.status is Status.COMPLETED
    assert (event.closed_by, event.superseded_by) == ("superseded", later.number)
    assert event.recovered_by is None
    assert event.label == "recovered"
    assert event.open == OpenCounts()
    assert event.batches.failed == 1
    assert store.mark("orders") == Mark(at(2), later.number, "source")


def test_records_not_met_again_stay_open_and_no_longer_hold_the_mark(store: Store) -> None:
    """M2: their Sync Event stays failed."""
    failed = _run(store, None, at(1))
    failed.finishes(never_received(0), with_failures(1, [a_snapshot(3)])).ends()
    later = _clean(_run(store, None, at(2)))

    event = failed.seen()
    page, _ = store.failures(failed.number, Selection())

    assert event.status is Status.FAILED
    assert event.open == OpenCounts(batches=0, records=1)
    assert event.superseded_by == later.number
    assert event.closed_by is None
    assert [record.state for record in page.items] == ["unmet"]
    assert store.verdict("orders", mark.settle).held_by == ()
    assert store.mark("orders") == Mark(at(2), later.number, "source")


def test_a_run_that_does_not_cover_a_failed_one_leaves_it_alone(store: Store) -> None:
    failed = _run(store, None, at(1))
    failed.finishes(never_received(0), clean(1)).ends()
    _clean(_run(store, at(1), at(2)))

    assert failed.seen().open.batches == 1
    assert store.mark("orders") is None


def test_another_source_takes_nothing_over(store: Store) -> None:
    failed = _run(store, None, at(1))
    failed.finishes(never_received(0), clean(1)).ends()
    _clean(_run(store, None, at(2), source_hash="another"))

    assert failed.seen().status is Status.FAILED


def test_a_scope_of_a_file_closes_only_where_the_later_plan_has_that_file(
    store: Store,
) -> None:
    """M2: for files, the same path, inode, size and time."""
    failed = _run(store, None, None, of="/orders.ndjson:7:100")
    failed.finishes(never_received(0), clean(1)).ends()

    later = _clean(_run(store, None, None, of="/orders.ndjson:8:120"))

    event = failed.seen()
    assert (event.open.batches, event.status) == (1, Status.FAILED)
    assert event.superseded_by == later.number


def test_a_scope_of_the_same_file_closes(store: Store) -> None:
    failed = _run(store, None, None, of="/orders.ndjson:7:100")
    failed.finishes(never_received(0), clean(1)).ends()

    _clean(_run(store, None, None, of="/orders.ndjson:7:100"))

    assert failed.seen().status is Status.COMPLETED


def test_the_later_runs_own_failures_hold_the_mark_in_its_stead(store: Store) -> None:
    failed = _run(store, None, at(1))
    failed.finishes(never_received(0), clean(1)).ends()
    later = _run(store, None, at(2))
    later.finishes(clean(0), never_received(1)).ends()

    assert failed.seen().status is Status.COMPLETED
    assert store.verdict("orders", mark.settle).held_by == (later.number,)
    assert store.mark("orders") is None


def test_a_run_that_never_planned_closes_with_the_next_that_plans(store: Store) -> None:
    """C4, C6: and no longer holds the mark."""
    broken = told(store, new_event(window=Window(None, at(1)))).starts()
    broken.ends(Ending.STOPPED, error=an_error("refused", tier=Tier.SYSTEM))
    assert broken.seen().status is Status.FAILED

    later = told(store, new_event(window=Window(None, at(2)))).starts()
    assert broken.seen().status is Status.FAILED
    later.plans(1)

    event = broken.seen()
    assert (event.outcome, event.status) == (Status.FAILED, Status.COMPLETED)
    assert event.superseded_by == later.number
    later.finishes(clean(0)).ends()
    assert store.mark("orders") == Mark(at(2), later.number, "source")


def test_a_run_that_never_planned_does_not_hold_a_mark_that_was_there(
    store: Store,
) -> None:
    _clean(_run(store, None, at(1)))
    broken = told(store, new_event(window=Window(at(1), at(2)))).starts()
    broken.ends(Ending.STOPPED, error=an_error("refused", tier=Tier.SYSTEM))
    later = _clean(_run(store, at(1), at(3)))

    assert store.mark("orders") == Mark(at(3), later.number, "source")
    assert store.verdict("orders", mark.settle).held_by == ()


def test_a_system_error_that_left_open_records_closes_with_them(store: Store) -> None:
    """C4: not with the next run that plans."""
    stop = an_error("budget spent", tier=Tier.SYSTEM)
    stopped = _run(store, None, at(9))
    stopped.finishes(clean(0), with_failures(1, [a_snapshot(1)]))
    stopped.ends(Ending.STOPPED, error=stop)

    _run(store, None, at(1))

    assert stopped.seen().superseded_by is None
    assert stopped.seen().status is Status.FAILED


def test_a_test_run_takes_nothing_over(store: Store) -> None:
    failed = _run(store, None, at(1))
    failed.finishes(never_received(0), clean(1)).ends()
    test = told(store, new_event(kind=Kind.TEST, window=Window(None, at(2)))).starts()
    test.plans(2).finishes(clean(0), clean(1)).ends()

    assert failed.seen().open.batches == 1


def test_a_test_run_that_plans_closes_nothing(store: Store) -> None:
    broken = told(store).starts()
    broken.ends(Ending.STOPPED, error=an_error("refused", tier=Tier.SYSTEM))

    told(store, new_event(kind=Kind.TEST)).starts().plans(1).ends()

    assert broken.seen().status is Status.FAILED


def test_a_plan_that_is_not_complete_leaves_the_run_open(store: Store) -> None:
    run = told(store).starts()
    run.journal.emit(BatchesPlanned(0, ({"what": "page 1"},), complete=False))
    run.finishes(clean(0))

    assert run.ends(Ending.CANCELLED).status is Status.CANCELLED
    assert store.mark("orders") is None


def test_the_mark_never_moves_back(store: Store) -> None:
    """M1: a replayed window leaves it where it is."""
    _clean(_run(store, None, at(5)))
    _clean(_run(store, None, at(2)))

    moved = store.mark("orders")

    assert moved is not None
    assert moved.value == at(5)


def test_a_run_ended_for_a_dead_owner_holds_the_mark(store: Store) -> None:
    from tests.store.world import a_dead_process

    dead = told(store, new_event(window=Window(None, at(1))), a_dead_process())
    dead.starts().plans(2).finishes(clean(0))
    store.end_dead(dead.number, "ana@host", "gone", settle=mark.settle)

    assert store.verdict("orders", mark.settle).held_by == (dead.number,)
