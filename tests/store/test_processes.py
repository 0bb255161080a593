"""Several processes over one store: seen live, killed at any moment, never in each other's way."""

import threading

import pytest

from engine.domain.outcome import Status
from engine.domain.progress import BatchFinished
from engine.domain.requests import Selection
from engine.recovery import mark
from engine.store.store import Store
from tests.store.conftest import Place
from tests.store.processes import process
from tests.store.teller import GROUP
from tests.store.world import Told, books_hold, clean, new_event, running, this_process


def test_a_running_sync_event_is_seen_live_from_another_process(
    store: Store, place: Place
) -> None:
    with process("teller", place, "100") as teller:
        number = int(teller.says())
        for turn in range(1, 4):
            teller.tells("")
            assert teller.says() == str(turn * GROUP)
            event = store.event(number)
            assert event is not None
            assert event.status is Status.RUNNING
            assert event.records.written == turn * 380
            assert event.open.records == turn * 20
            books_hold(event)


def test_a_change_in_another_process_is_noticed_and_quiet_is_quiet(
    store: Store, place: Place
) -> None:
    with process("teller", place, "100") as teller:
        teller.says()
        before = store.changed()
        assert store.changed() == before
        teller.tells("")
        teller.says()
        assert store.changed() != before


def test_a_change_in_this_process_is_noticed(store: Store) -> None:
    before = store.changed()

    running(store)

    assert store.changed() != before


@pytest.mark.parametrize("after", [1, 4, 12])
def test_a_coordinator_killed_at_any_moment_leaves_books_that_hold(
    place: Place, after: int
) -> None:
    """X1: the next start opens the store, takes the Sync Event up, and ends it exactly."""
    with process("teller", place, "1000") as teller:
        number = int(teller.says())
        teller.tells("run")
        said = [int(teller.says()) for _ in range(after)]
        teller.popen.kill()
        teller.popen.wait()

    store = place.open()
    interrupted = store.interrupted("orders")
    assert interrupted is not None
    assert interrupted.id == number
    assert interrupted.batches.completed >= said[-1]
    books_hold(interrupted)
    assert [finding for finding in store.check() if finding.serious] == []

    owned = store.adopt_event(number, this_process())
    run = Told(store, owned, store.journal(owned, mark.settle)).starts()
    pending = [index for index, _, _ in store.plan_of(number).pending]
    run.finishes(*(clean(index, 100) for index in pending))
    event = run.ends()

    groups = interrupted.batches.completed // GROUP
    assert event.batches.completed == 1000
    assert event.records.fetched == 100_000
    assert event.records.failed == groups * 20
    assert store.failures(number, Selection())[1] == groups * 20
    store.close()


def test_threads_of_one_process_write_without_losing_anything(
    store: Store, place: Place
) -> None:
    """Two stores of one process share the lock file too."""
    other = place.open()
    runs = [
        running(opened, 30, new_event(f"link-{n}"))
        for n, opened in enumerate((store, other, store, other))
    ]

    def work(run: Told) -> None:
        for batch in range(30):
            run.finishes(clean(batch))

    threads = [threading.Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [run.ends().records.written for run in runs] == [300] * 4
    other.close()


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_reader_is_never_held_up_by_a_writer(store: Store, place: Place) -> None:
    run = running(store, 1)
    other = place.open()

    with store._database.writing() as write:
        run.journal._keep(write.connection, BatchFinished((clean(0),)))
        during = other.event(run.number)

    after = other.event(run.number)
    other.close()
    assert during is not None
    assert after is not None
    assert (during.batches.completed, after.batches.completed) == (0, 1)
