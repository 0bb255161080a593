"""Cancel, end, enable: asked by anybody, with a reason, and in the audit (P7)."""

import pytest

from engine.domain.errors import Refused
from engine.domain.outcome import Ending, Status
from engine.domain.progress import BatchFinished
from engine.store.refusals import Fenced
from engine.store.store import Store
from tests.store.world import a_dead_process, clean, never_received, running, told


def test_a_cancel_reaches_the_coordinator_with_who_and_why(store: Store) -> None:
    run = running(store)
    assert run.journal.cancel_requested() is None

    assert store.request_cancel(run.number, "eve@far", "wrong file")

    assert run.journal.cancel_requested() == ("eve@far", "wrong file")
    assert run.seen().status is Status.RUNNING


def test_the_first_who_cancels_is_remembered(store: Store) -> None:
    run = running(store)
    store.request_cancel(run.number, "eve@far", "wrong file")

    assert store.request_cancel(run.number, "bob@host", "me too")

    assert run.journal.cancel_requested() == ("eve@far", "wrong file")


def test_a_run_that_is_over_is_not_cancelled(store: Store) -> None:
    run = running(store, 1).finishes(clean(0))
    run.ends()

    assert not store.request_cancel(run.number, "eve@far", "too late")
    assert store.desk.verify_audit().bad is None


def test_a_run_nobody_knows_is_not_cancelled(store: Store) -> None:
    with pytest.raises(Refused, match=r"^there is no Sync Event #7; see: linkdeck events$"):
        store.request_cancel(7, "eve@far", "which?")


def test_a_run_whose_owner_is_dead_is_ended_where_it_stood(store: Store) -> None:
    """The same books as when its own coordinator ends it: the rest was not attempted."""
    run = told(store, owner=a_dead_process()).starts().plans(4)
    run.hands_out(0, 1, 2).finishes(clean(0), never_received(1))

    event = store.end_dead(run.number, "ana@host", "the host is gone")

    assert event == run.seen()
    assert event.status is event.outcome is Status.CANCELLED
    assert event.ending is Ending.CANCELLED
    assert (event.batches.failed, event.batches.not_attempted) == (1, 2)
    assert event.open.batches == 3
    assert event.reason == "cancelled by ana@host: the host is gone"
    with pytest.raises(Fenced):
        run.journal.emit(BatchFinished((clean(2),)))


def test_a_run_whose_owner_died_after_its_last_batch_completes(store: Store) -> None:
    run = told(store, owner=a_dead_process()).starts().plans(1).finishes(clean(0))

    assert store.end_dead(run.number, "ana@host", "gone").status is Status.COMPLETED


def test_a_run_whose_owner_lives_is_not_ended_for_it(store: Store) -> None:
    run = running(store)
    before = run.seen()

    with pytest.raises(Refused, match="is being run by pid"):
        store.end_dead(run.number, "eve@far", "impatient")

    assert run.seen() == before


def test_a_run_that_is_over_is_not_ended_again(store: Store) -> None:
    run = told(store, owner=a_dead_process()).starts().plans(1).finishes(clean(0))
    run.ends()

    with pytest.raises(
        Refused, match=r"^#1 is over \(completed\); there is nothing to cancel"
    ):
        store.end_dead(run.number, "eve@far", "gone")


def test_a_link_says_what_an_operator_has_said_of_it(store: Store) -> None:
    assert store.enabled("orders") is None

    store.set_enabled("orders", False, actor="ana@host", reason="shop is moving")
    assert store.enabled("orders") is False

    store.set_enabled("orders", True, actor="ana@host", reason="moved")
    assert store.enabled("orders") is True
    assert store.enabled("customers") is None
    assert store.desk.verify_audit().bad is None
