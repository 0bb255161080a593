"""The journal: what a runner says becomes counts that add up, whole finished batches at a time."""

import pytest

from engine.domain.batch import BatchOutcome, BatchState
from engine.domain.delta import Window
from engine.domain.errors import Tier
from engine.domain.outcome import Ending, Status
from engine.domain.progress import BatchesPlanned, BatchFinished
from engine.domain.requests import Selection
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import (
    BatchCounts,
    Kind,
    OpenCounts,
    RecordCounts,
    WindowSeen,
)
from engine.store.store import Store
from tests.store.world import (
    NOON,
    a_snapshot,
    an_error,
    at,
    clean,
    never_received,
    new_event,
    running,
    scopes,
    told,
    with_failures,
)


def test_a_new_sync_event_is_queued_and_keeps_what_it_was_asked(store: Store) -> None:
    """D1: the definition's hash and text are there before anything runs."""
    run = told(store)

    event = run.seen()

    assert event.status is Status.QUEUED
    assert (event.link, event.actor, event.options) == (
        "orders",
        "ana@host",
        {"full": True},
    )
    assert (event.source, event.target) == ("orders.ndjson", "warehouse")
    assert (event.owner, event.downstream) == ("data-operations", ("finance",))
    assert event.definition == store.plan_of(run.number).hash
    assert event.root == event.id


def test_a_clean_run_completes_and_every_number_adds_up(store: Store) -> None:
    run = running(store, 3).hands_out(0, 1, 2).finishes(clean(0), clean(1), clean(2, 4))

    event = run.ends()

    assert event.status is event.outcome is Status.COMPLETED
    assert event.batches == BatchCounts(planned=3, completed=3)
    assert event.records == RecordCounts(fetched=24, written=24)
    assert event.label == "complete"
    assert (event.started_at, event.finished_at) == (NOON, at(5))
    assert event.workers == "2 threads"


def test_a_batch_in_flight_is_counted_as_such(store: Store) -> None:
    run = running(store, 4).hands_out(0, 1).finishes(clean(0))

    event = run.seen()

    assert event.status is Status.RUNNING
    assert event.batches == BatchCounts(planned=4, completed=1, in_flight=1, waiting=2)


def test_failing_records_are_open_and_grouped_by_fingerprint(store: Store) -> None:
    blank, long = an_error("email is blank"), an_error("note is too long")
    failing = [a_snapshot(1, error=blank), a_snapshot(2, error=blank)]
    run = running(store, 2)
    run.finishes(with_failures(0, failing), with_failures(1, [a_snapshot(3, error=long)]))

    event = run.ends()

    assert event.status is event.outcome is Status.FAILED
    assert event.open == OpenCounts(batches=0, records=3)
    assert event.label == "partial"
    assert [(group.message, group.count) for group in event.errors] == [
        ("email is blank", 2),
        ("note is too long", 1),
    ]


def test_a_record_with_several_errors_counts_once_under_its_first(store: Store) -> None:
    snapshot = a_snapshot(1)
    snapshot = type(snapshot)(
        **{
            **{name: getattr(snapshot, name) for name in snapshot.__slots__},
            "errors": (an_error("email is blank"), an_error("country is unknown")),
        }
    )
    run = running(store, 1).finishes(with_failures(0, [snapshot]))

    page, matching = store.failures(run.number, Selection())

    assert [group.message for group in run.seen().errors] == ["email is blank"]
    assert matching == 1
    assert [error["message"] for error in page.items[0].errors] == [
        "email is blank",
        "country is unknown",
    ]


def test_a_batch_never_received_keeps_its_scope_and_no_size(store: Store) -> None:
    """T2: its size is unknown, not 0."""
    run = running(store, 2).finishes(clean(0), never_received(1))

    event = run.ends()

    (batch,) = store.failing_batches(run.number)
    assert event.open == OpenCounts(batches=1, records=0)
    assert (batch.index, batch.fetched, batch.open) == (1, None, True)
    assert batch.scope == scopes(2)[1]
    assert batch.error is not None
    assert batch.error["message"] == "page 3 timed out"
    assert batch.error["source"] == "orders.ndjson"
    assert batch.error["downstream"] == ["finance"]


def test_a_batch_whose_records_are_open_one_by_one_is_not_open_itself(store: Store) -> None:
    failure = an_error("the target refused", tier=Tier.BATCH, stage="target")
    outcome = BatchOutcome(
        0,
        BatchState.FAILED,
        fetched=2,
        failed=2,
        snapshots=(a_snapshot(0, error=failure), a_snapshot(1, error=failure)),
        error=failure,
        finished_at=NOON,
    )
    run = running(store, 1).finishes(outcome)

    event = run.ends()

    assert event.open == OpenCounts(batches=0, records=2)
    assert [(group.tier, group.count) for group in event.errors] == [(Tier.BATCH, 1)]
    assert store.failures(run.number, Selection())[1] == 2


def test_records_of_a_batch_whose_scope_is_kept_are_not_open_one_by_one(
    store: Store,
) -> None:
    """C7, T2: never both for one Batch."""
    outcome = BatchOutcome(
        0,
        BatchState.FAILED,
        fetched=3,
        failed=3,
        snapshots=(a_snapshot(0),),
        error=an_error("the target refused", tier=Tier.BATCH),
        scope_open=True,
        finished_at=NOON,
    )
    run = running(store, 1).finishes(outcome)

    event = run.ends()

    assert event.open == OpenCounts(batches=1, records=0)
    page, _ = store.failures(run.number, Selection())
    assert [record.state for record in page.items] == ["kept"]


def test_a_record_in_doubt_is_open_and_makes_the_run_failed(store: Store) -> None:
    outcome = BatchOutcome(
        0,
        BatchState.COMPLETED,
        fetched=2,
        written=1,
        in_doubt=1,
        snapshots=(a_snapshot(1, state=RecordState.IN_DOUBT),),
        finished_at=NOON,
    )
    run = running(store, 1).finishes(outcome)

    event = run.ends()

    assert event.status is Status.FAILED
    assert (event.records.in_doubt, event.open.records) == (1, 1)


def test_ignored_records_and_warnings_keep_their_reasons_with_counts(store: Store) -> None:
    """S1: ignored records do not count against a run, a Warning makes it so."""
    one = BatchOutcome(
        0,
        BatchState.COMPLETED,
        fetched=10,
        written=7,
        ignored={"archived": 2, "test data": 1},
        warnings={"no tier": 4},
        warned=4,
        snapshots=(a_snapshot(2, state=RecordState.WARNED),),
        finished_at=NOON,
    )
    other = BatchOutcome(
        1, BatchState.COMPLETED, fetched=1, ignored={"archived": 1}, finished_at=NOON
    )
    run = running(store, 2).finishes(one).finishes(other)

    event = run.ends()

    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert event.ignored_reasons == {"archived": 3, "test data": 1}
    assert event.warnings == {"no tier": 4}
    assert event.records.warned == 4
    assert event.errors == ()
    assert event.open == OpenCounts()


def test_reasons_with_a_text_of_their_own_do_not_swell_a_sync_event(store: Store) -> None:
    reasons = {f"order {number} is odd": 1 for number in range(1500)}
    outcome = BatchOutcome(
        0, BatchState.COMPLETED, fetched=1500, ignored=reasons, finished_at=NOON
    )
    more = BatchOutcome(
        1, BatchState.COMPLETED, fetched=2, ignored={"new": 2}, finished_at=NOON
    )
    run = running(store, 2).finishes(outcome).finishes(more)

    kept = run.seen().ignored_reasons

    assert len(kept) == 1001
    assert sum(kept.values()) == 1502


def test_a_plan_warning_makes_the_run_completed_with_warnings(store: Store) -> None:
    run = told(store).starts()
    run.journal.emit(BatchesPlanned(0, scopes(1), warnings=("the target cannot upsert",)))

    event = run.finishes(clean(0)).ends()

    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert event.warnings == {"the target cannot upsert": 1}


def test_a_batch_counts_once_however_often_its_outcome_comes(store: Store) -> None:
    """X1: the same outcome after a crash, with other counts even, changes nothing."""
    run = running(store, 2)
    failing = with_failures(0, [a_snapshot(1)])
    run.finishes(failing, failing)
    before = run.seen()

    run.finishes(failing, clean(0, 99))

    assert run.seen() == before
    assert before.records.failed == 1
    assert store.failures(run.number, Selection())[1] == 1


def test_an_outcome_of_a_batch_nobody_planned_is_refused_whole(store: Store) -> None:
    run = running(store, 1)

    with pytest.raises(ValueError, match="batch 7 of #1 was never planned"):
        run.journal.emit(BatchFinished((clean(0), clean(7))))

    assert run.seen().batches.completed == 0


def test_what_an_outcome_reveals_is_planned_with_it(store: Store) -> None:
    """A plan may grow (S3)."""
    cursor = BatchOutcome(
        0,
        BatchState.COMPLETED,
        fetched=5,
        written=5,
        follow=({"what": "after c1"}, {"what": "after c2"}),
        finished_at=NOON,
    )
    run = running(store, 1).finishes(cursor)

    event = run.seen()

    assert event.batches == BatchCounts(planned=3, completed=1, waiting=2)
    assert store.plan_of(run.number).pending == (
        (1, {"what": "after c1"}, False),
        (2, {"what": "after c2"}, False),
    )
    assert store.plan_of(run.number).next_index == 3


def test_batches_left_when_a_run_is_stopped_were_not_attempted(store: Store) -> None:
    """T1: the rest is recorded as not attempted, its scopes open."""
    stop = an_error("the target table is gone", tier=Tier.SYSTEM, stage="target")
    failing = BatchOutcome(
        0,
        BatchState.FAILED,
        fetched=1,
        failed=1,
        snapshots=(a_snapshot(0, error=stop),),
        error=stop,
        stop=stop,
        finished_at=NOON,
    )
    run = running(store, 4).hands_out(0, 1).finishes(failing, clean(1))

    event = run.ends(Ending.STOPPED, error=stop)

    assert event.status is Status.FAILED
    assert event.batches == BatchCounts(planned=4, completed=1, failed=1, not_attempted=2)
    assert event.open == OpenCounts(batches=2, records=1)
    assert [(group.tier, group.count) for group in event.errors] == [(Tier.SYSTEM, 1)]


def test_a_system_error_before_planning_is_kept_and_open(store: Store) -> None:
    """C6: the run has nothing to retry, and is failed all the same."""
    error = an_error("shop.example refused the connection", tier=Tier.SYSTEM)

    event = told(store).starts().ends(Ending.STOPPED, error=error)

    assert event.status is event.outcome is Status.FAILED
    assert event.open == OpenCounts()
    assert [group.message for group in event.errors] == [error.message]


def test_a_system_error_after_the_last_batch_still_fails_the_run(store: Store) -> None:
    run = running(store, 1).finishes(clean(0))

    event = run.ends(Ending.STOPPED, error=an_error("budget spent", tier=Tier.SYSTEM))

    assert event.status is Status.FAILED


def test_a_cancelled_run_is_cancelled_while_something_is_open(store: Store) -> None:
    run = running(store, 2).finishes(clean(0))

    event = run.ends(Ending.CANCELLED, reason="cancelled by ana: wrong file")

    assert event.status is event.outcome is Status.CANCELLED
    assert event.ending is Ending.CANCELLED
    assert event.reason == "cancelled by ana: wrong file"
    assert event.open.batches == 1


def test_a_run_cancelled_before_its_plan_is_cancelled(store: Store) -> None:
    event = told(store).starts().ends(Ending.CANCELLED)

    assert event.status is Status.CANCELLED


def test_books_that_do_not_add_up_fail_the_run(store: Store) -> None:
    """S3: a residual other than 0 makes the run failed."""
    lossy = BatchOutcome(0, BatchState.COMPLETED, fetched=10, written=9, finished_at=NOON)
    run = running(store, 1)
    run.journal.emit(BatchFinished((lossy,)))
    from engine.domain.progress import SyncFinished

    run.journal.emit(SyncFinished(at(5), Ending.DONE))

    event = store.event(run.number)
    assert event is not None
    assert event.status is Status.FAILED
    assert event.residual == 1


def test_a_test_run_counts_what_it_would_write_and_keeps_nothing_open(
    store: Store,
) -> None:
    """S3: no open failures, no mark; what went wrong can still be looked at."""
    run = running(store, 2, new_event(kind=Kind.TEST, window=Window(None, NOON)))
    run.finishes(with_failures(0, [a_snapshot(3)], written=9), never_received(1))

    event = run.ends()

    assert event.status is Status.FAILED
    assert event.records == RecordCounts(fetched=10, would_write=9, failed=1)
    assert event.open == OpenCounts()
    assert event.label is None
    assert store.mark("orders") is None
    assert store.failures(run.number, Selection())[0].items[0].state == "kept"


def test_a_clean_test_run_completes(store: Store) -> None:
    run = running(store, 1, new_event(kind=Kind.TEST)).finishes(clean(0))

    assert run.ends().status is Status.COMPLETED


def test_the_bound_of_the_plan_becomes_the_end_of_the_window(store: Store) -> None:
    """M1: for other columns the bound is the source's maximum."""
    run = told(store, new_event(window=Window(17, None))).starts().plans(1, bound=2**70)

    assert run.seen().window == WindowSeen(17, 2**70)
