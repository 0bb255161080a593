"""Whose a Sync Event is: adopted after a crash, refused while it runs, late ones fenced (I19)."""

import os
import socket
import sys
from dataclasses import replace
from subprocess import Popen

import psutil
import pytest

from engine.domain.errors import Refused
from engine.domain.outcome import Ending, Status
from engine.domain.progress import BatchFinished, SyncFinished, SyncStarted
from engine.domain.sync_event import BatchCounts
from engine.recovery import mark
from engine.store.events import Owner
from engine.store.refusals import Fenced
from engine.store.store import Store
from tests.store.conftest import Place
from tests.store.world import (
    NOON,
    Told,
    a_dead_process,
    at,
    clean,
    new_event,
    running,
    scopes,
    this_process,
    told,
)


def _orphaned(store: Store, link: str = "orders") -> Told:
    """A Sync Event whose owner died with one Batch done and one in flight."""
    run = told(store, new_event(link), a_dead_process())
    return run.starts().plans(3).hands_out(0, 1).finishes(clean(0))


def _elsewhere(who: str = "eve@far") -> Owner:
    return Owner("far.example", 4711, 5.0, who)


def test_an_interrupted_sync_event_is_found_by_its_link(store: Store) -> None:
    run = _orphaned(store)

    found = store.interrupted("orders")

    assert found == run.seen()
    assert store.interrupted("customers") is None


def test_a_sync_event_whose_owner_lives_is_not_interrupted(store: Store) -> None:
    running(store)

    assert store.interrupted("orders") is None


def test_a_process_that_was_killed_no_longer_owns_anything(store: Store) -> None:
    with Popen([sys.executable, "-c", "input()"], stdin=-1) as process:
        started = psutil.Process(process.pid).create_time()
        owner = Owner(socket.gethostname(), process.pid, started, "bob@host")
        told(store, owner=owner).starts()
        assert store.interrupted("orders") is None
        process.kill()
    assert store.interrupted("orders") is not None


def test_a_process_killed_but_not_yet_reaped_no_longer_owns_anything(store: Store) -> None:
    process = Popen([sys.executable, "-c", "input()"], stdin=-1)
    owner = Owner(
        socket.gethostname(), process.pid, psutil.Process(process.pid).create_time(), "b"
    )
    told(store, owner=owner).starts()
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

    assert store.interrupted("orders") is not None
    process.communicate()


def test_adopting_keeps_what_is_done_and_lets_the_rest_wait(store: Store) -> None:
    """X1, K4: finished batches stay finished; what was started says so."""
    run = _orphaned(store)

    owned = store.adopt_event(run.number, this_process())

    plan = store.plan_of(run.number)
    event = run.seen()
    assert owned.fence == run.owned.fence + 1
    assert event.interrupted
    assert event.batches == BatchCounts(planned=3, completed=1, waiting=2)
    assert plan.planned
    assert plan.pending == ((1, scopes(3)[1], True), (2, scopes(3)[2], False))
    assert plan.next_index == 3
    assert (plan.text, plan.folder, plan.path) == (
        '{"link":"orders","source":"source","masks":["email"]}',
        "/links",
        "/links/orders.yaml",
    )


def test_what_is_in_flight_is_still_to_be_done_until_it_is_finished(store: Store) -> None:
    run = running(store, 2).hands_out(0)

    assert [index for index, _, _ in store.plan_of(run.number).pending] == [0, 1]


def test_a_resumed_run_ends_with_exact_counts(store: Store) -> None:
    run = _orphaned(store)
    owned = store.adopt_event(run.number, this_process())

    resumed = Told(store, owned, store.journal(owned, mark.settle))
    resumed.journal.emit(SyncStarted(at(3)))
    event = resumed.finishes(clean(0), clean(1), clean(2)).ends()

    assert event.status is Status.COMPLETED
    assert event.started_at == NOON
    assert event.records.written == 30
    assert event.interrupted


def test_a_late_coordinator_is_fenced_and_changes_nothing(store: Store) -> None:
    """I19: a result that comes after the take-over is not counted."""
    late = _orphaned(store)
    store.adopt_event(late.number, this_process())
    before = late.seen()

    for progress in (BatchFinished((clean(1),)), SyncFinished(at(9), Ending.DONE)):
        with pytest.raises(Fenced, match=r"#1 was taken over by ana@host \(pid \d+ on "):
            late.journal.emit(progress)

    assert late.seen() == before


def test_a_journal_of_a_sync_event_that_is_over_writes_no_more(store: Store) -> None:
    run = running(store, 1).finishes(clean(0))
    run.ends()

    with pytest.raises(Fenced, match="#1 is over"):
        run.journal.emit(BatchFinished((clean(0),)))


def test_a_sync_event_that_somebody_runs_is_not_adopted(store: Store) -> None:
    run = running(store)

    with pytest.raises(
        Refused, match=rf"^#1 is being run by pid {os.getpid()} \(ana@host\)"
    ):
        store.adopt_event(run.number, this_process("bob@host"))


def test_a_sync_event_that_is_over_is_not_adopted(store: Store) -> None:
    run = running(store, 1).finishes(clean(0))
    run.ends()

    with pytest.raises(
        Refused, match=r"^#1 is over \(completed\); there is nothing to resume"
    ):
        store.adopt_event(run.number, this_process())


def test_a_sync_event_nobody_knows_is_not_adopted(store: Store) -> None:
    with pytest.raises(Refused, match=r"^there is no Sync Event #99"):
        store.adopt_event(99, this_process())


def test_an_owner_on_another_host_is_believed_for_a_minute(place: Place) -> None:
    moment = NOON
    store = place.open(clock=lambda: moment)
    run = told(store, owner=_elsewhere()).starts()

    moment = at(0.9)
    assert store.interrupted("orders") is None
    with pytest.raises(Refused, match=r"^#1 is being run on far\.example \(eve@far\)"):
        store.adopt_event(run.number, this_process())

    moment = at(1.1)
    assert store.interrupted("orders") is not None
    assert store.adopt_event(run.number, this_process()).fence == 2
    store.close()


def test_a_sign_of_life_renews_the_lease(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = NOON
    store = place.open(clock=lambda: moment)
    run = told(store, owner=_elsewhere()).starts()
    monkeypatch.setattr("engine.store.journal.BEATS", 1e9)

    moment = at(0.9)
    run.journal.beat()

    moment = at(1.5)
    assert store.interrupted("orders") is None
    store.close()


def test_a_sign_of_life_is_not_written_when_something_else_was(store: Store) -> None:
    run = running(store)
    before = store.changed()

    run.journal.beat()

    assert store.changed() == before


def test_a_fenced_coordinator_learns_it_from_its_own_heartbeat(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = _orphaned(store)
    store.adopt_event(late.number, this_process())
    monkeypatch.setattr("engine.store.journal.BEATS", 1e9)

    with pytest.raises(Fenced):
        late.journal.beat()


def test_two_events_of_different_links_do_not_meet(store: Store) -> None:
    one = running(store, 1, replace(new_event("orders")))
    other = running(store, 1, new_event("customers"))

    one.finishes(clean(0)).ends()

    assert other.seen().status is Status.RUNNING
