"""The queue: each Sync Event claimed by one, handed over by fence, and never tried for ever."""

from datetime import timedelta

import pytest

from engine.domain.errors import Refused
from engine.domain.progress import BatchStarted
from engine.domain.sync_event import Kind
from engine.recovery import mark
from engine.store.presence import Here
from engine.store.refusals import Fenced, LinkBusy
from engine.store.store import Store
from tests.store.conftest import Place
from tests.store.world import (
    NOON,
    Told,
    a_dead_process,
    clean,
    new_event,
    running,
    this_process,
)


def test_the_oldest_is_claimed_first_and_each_once(store: Store, place: Place) -> None:
    other = place.open()
    first = store.queue.put(new_event("orders"))
    second = store.queue.put(new_event("customers"))

    claimed = [queue.claim(this_process()) for queue in (store.queue, other.queue)]

    assert [each and each.owned.event for each in claimed] == [first, second]
    assert store.queue.claim(this_process()) is None
    other.close()


def test_a_queued_sync_event_keeps_its_link_busy(store: Store) -> None:
    """C5."""
    store.queue.put(new_event("orders"))

    with pytest.raises(LinkBusy, match="waits for an engine as #1"):
        store.open_event(new_event("orders"), this_process())
    assert store.interrupted("orders") is None


def test_only_the_fence_it_was_claimed_under_hands_it_over(store: Store) -> None:
    """I19."""
    event = store.queue.put(new_event("orders"))
    stale = store.queue.claim(a_dead_process())
    fresh = store.queue.claim(this_process())
    assert stale is not None
    assert fresh is not None

    with pytest.raises(Fenced):
        store.queue.hand_over(stale.owned, this_process())
    owned = store.queue.hand_over(fresh.owned, this_process("another"))

    run = Told(store, owned, store.journal(owned, mark.settle)).starts()
    assert run.ends().id == event
    assert (fresh.who, store.queue.active()) == ("ana@host", 0)


def test_a_claim_that_came_to_nothing_interrupted_nothing(store: Store) -> None:
    """The engine died before its run had begun."""
    store.queue.put(new_event("orders"))
    store.queue.claim(a_dead_process())

    claimed = store.queue.claim(this_process())

    assert claimed is not None
    assert not claimed.interrupted
    seen = store.event(claimed.owned.event)
    assert seen is not None
    assert not seen.interrupted


def test_what_three_processes_died_over_in_a_row_is_hopeless(store: Store) -> None:
    store.queue.put(new_event("orders"))

    hopeless = []
    for _ in range(4):
        claimed = store.queue.claim(this_process())
        assert claimed is not None
        hopeless.append(claimed.hopeless)
        store.queue.hand_over(claimed.owned, a_dead_process())

    assert hopeless == [False, False, False, True]


def test_a_batch_done_between_gives_hope(store: Store) -> None:
    run = running(store, 3)
    number = run.number
    for batch in range(3):
        _dies(store, number)
        claimed = store.queue.claim(this_process())
        assert claimed is not None
        assert not claimed.hopeless
        owned = store.queue.hand_over(claimed.owned, this_process())
        journal = store.journal(owned, mark.settle)
        Told(store, owned, journal).finishes(clean(batch))


def _dies(store: Store, event: int) -> None:
    with store._database.writing() as write:
        write.connection.exec_driver_sql(
            f"UPDATE sync_event SET process_started = '1.0' WHERE id = {event}"
        )


def test_what_was_left_waits_without_a_doubt_and_at_once(store: Store) -> None:
    """Handed out and never begun is not uncertain; begun before a crash remains so."""
    run = running(store, 3)
    run.journal.emit(BatchStarted((0, 1), NOON, durable=True))

    run.journal.leave(unbegun=[0])

    started = {index: sure for index, _, sure in store.plan_of(run.number).pending}
    assert started == {0: False, 1: True, 2: False}
    with pytest.raises(Fenced):
        run.finishes(clean(1))
    claimed = store.queue.claim(this_process())
    assert claimed is not None
    assert (claimed.owned.event, claimed.interrupted) == (run.number, False)


def test_push_waits_while_a_retry_of_its_link_runs(store: Store) -> None:
    """C5; and for no other run."""
    parent = running(store, 1)
    parent.finishes(clean(0))
    parent.ends()
    retry = store.queue.put(new_event(kind=Kind.RETRY, parent=parent.number))
    push = store.queue.put(new_event(kind=Kind.PUSH))

    taken = [store.queue.claim(this_process()) for _ in range(2)]
    assert [each and each.owned.event for each in taken] == [retry, None]
    assert taken[0] is not None
    owned = store.queue.hand_over(taken[0].owned, this_process())
    Told(store, owned, store.journal(owned, mark.settle)).starts().ends()

    after = store.queue.claim(this_process())
    assert after is not None
    assert after.owned.event == push


def test_a_sqlite_store_takes_one_engine_and_a_shared_one_several(
    store: Store, place: Place
) -> None:
    first = store.engines.register(this_process(), version="1", listen=None)

    if place.kind == "postgresql":
        assert store.engines.register(this_process(), version="1", listen=None) > first
        assert len(store.engines.seen()) == 2
        return
    with pytest.raises(Refused, match=r"pid \d+ since .*; a SQLite store has one engine"):
        store.engines.register(this_process(), version="1", listen=None)
    store.engines.leave(first)
    assert store.engines.register(this_process(), version="1", listen=None) > first


def test_an_engine_elsewhere_lives_as_long_as_its_lease() -> None:
    class Row:
        host, pid, process_started = "far.example", 1, "1.0"
        heartbeat_at = NOON

    here = Here("near", timedelta(seconds=60))

    assert here.lives(Row(), NOON + timedelta(seconds=59))  # type: ignore[arg-type]
    assert not here.lives(Row(), NOON + timedelta(seconds=60))  # type: ignore[arg-type]
