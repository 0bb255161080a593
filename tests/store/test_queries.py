"""Sync Events, batches and Links read back: in pages, in few queries, counting nothing."""

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from engine.domain.errors import Misused
from engine.domain.outcome import Ending, Status
from engine.domain.sync_event import Kind, OpenCounts
from engine.store.store import Store
from tests.store.world import (
    a_snapshot,
    an_error,
    clean,
    never_received,
    new_event,
    running,
    told,
    with_failures,
)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Everything the store asks its database from here on."""
    seen: list[str] = []

    def hear(*said: object) -> None:
        seen.append(str(said[2]))

    sa.event.listen(sa.Engine, "before_cursor_execute", hear)
    yield seen
    sa.event.remove(sa.Engine, "before_cursor_execute", hear)


def _over(store: Store, link: str = "orders", kind: Kind = Kind.SYNC) -> int:
    run = running(store, 2, new_event(link, kind=kind))
    run.finishes(clean(0), with_failures(1, [a_snapshot(1)])).ends()
    return run.number


def test_sync_events_come_newest_first_in_pages(store: Store) -> None:
    for _ in range(5):
        _over(store)

    first = store.events(limit=2)
    second = store.events(limit=2, before=int(first.next or 0))
    last = store.events(limit=2, before=int(second.next or 0))

    pages = [[event.id for event in page.items] for page in (first, second, last)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert last.next is None


def test_sync_events_are_picked_by_link_status_and_kind(store: Store) -> None:
    failed = _over(store)
    test = _over(store, kind=Kind.TEST)
    other = _over(store, "customers")
    completed = running(store, 1).finishes(clean(0)).ends(Ending.DONE).id

    def found(**asked: str) -> list[int]:
        return [event.id for event in store.events(**asked).items]  # type: ignore[arg-type]

    assert found(link="orders") == [completed, test, failed]
    assert found(status="completed") == [completed]
    assert found(status=Status.COMPLETED_WITH_WARNINGS.token) == []
    assert found(link="orders", status=Status.FAILED, kind="sync") == [failed]
    assert found(kind="sync", link="customers") == [other]


def test_a_list_shows_each_sync_event_as_it_is_shown_alone(store: Store) -> None:
    numbers = [_over(store), _over(store, "customers")]

    listed = store.events().items

    assert list(listed) == [store.event(number) for number in reversed(numbers)]
    assert listed[0].errors[0].count == 1


def test_a_page_takes_the_same_few_queries_however_long(
    store: Store, statements: list[str]
) -> None:
    for _ in range(6):
        _over(store)

    def asked(read: Callable[[], object]) -> int:
        statements.clear()
        read()
        return len(statements)

    assert asked(lambda: store.events(limit=5)) == asked(lambda: store.events(limit=1))


def test_no_sync_event_is_ever_shown_by_counting_snapshots(
    store: Store, statements: list[str]
) -> None:
    """Counters are kept: 3,000,000 failing records cost the same as none."""
    number = _over(store)
    statements.clear()

    store.event(number)
    store.events()
    store.link_states()
    store.batches(number)
    store.failing_batches(number)

    table = re.compile(r"\b(FROM|JOIN) snapshot\b")
    assert [said for said in statements if table.search(said)] == []
    assert [said for said in statements if "count(" in said.lower()] == []


def test_a_chain_shows_both_directions(store: Store) -> None:
    """C2: a child knows its parent and root, the root all that descend from it."""
    root = _over(store)
    child = told(store, new_event(kind=Kind.RETRY, parent=root)).starts().plans(0)
    child.ends()
    grandchild = told(store, new_event(kind=Kind.RETRY, parent=child.number))

    above = store.event(root)

    assert above is not None
    assert (above.children, above.descendants) == ((2,), (2, 3))
    assert child.seen().descendants == (3,)
    assert (grandchild.seen().parent, grandchild.seen().root) == (2, 1)


def test_what_is_open_in_a_child_keeps_the_parent_failed(store: Store) -> None:
    root = running(store, 1).finishes(clean(0))
    root.ends()
    child = running(store, 1, new_event(kind=Kind.RETRY, parent=root.number))
    child.finishes(never_received(0)).ends()

    assert root.seen().status is Status.FAILED


def test_the_newest_sync_event_of_a_link_has_a_number(store: Store) -> None:
    _over(store)
    _over(store, kind=Kind.TEST)
    _over(store, "customers")

    assert store.latest("orders") == 2
    assert store.latest("returns") is None


def test_a_sync_event_nobody_knows_is_none(store: Store) -> None:
    assert store.event(4711) is None


def test_batches_come_in_order_in_pages(store: Store) -> None:
    number = running(store, 5).finishes(clean(1)).number

    first = store.batches(number, limit=3)
    rest = store.batches(number, limit=3, after=first.next)

    assert [batch.index for batch in first.items] == [0, 1, 2]
    assert [batch.index for batch in rest.items] == [3, 4]
    assert rest.next is None
    assert [batch.index for batch in store.batches(number, state="completed").items] == [1]
    assert [batch.index for batch in store.batches(number, index=4).items] == [4]


def test_a_batch_shows_its_counts_times_and_attempts(store: Store) -> None:
    run = running(store, 1).hands_out(0)
    run.finishes(with_failures(0, [a_snapshot(1)], written=9))

    (batch,) = store.batches(run.number).items

    assert (batch.state, batch.fetched, batch.written, batch.failed) == (
        "completed",
        10,
        9,
        1,
    )
    assert batch.attempts == 1
    assert batch.started_at is not None
    assert batch.finished_at is not None


def test_failing_batches_are_those_that_failed_and_those_never_attempted(
    store: Store,
) -> None:
    run = running(store, 4).finishes(clean(0), never_received(2))
    run.ends(Ending.CANCELLED)

    assert [batch.index for batch in store.failing_batches(run.number)] == [1, 2, 3]
    assert [batch.index for batch in store.failing_batches(run.number, limit=1)] == [1]


def test_links_show_their_newest_run_their_mark_and_all_that_is_open(store: Store) -> None:
    running(store, 1, new_event("orders")).finishes(clean(0)).ends()
    moved = store.mark("orders")
    failed = running(store, 2).finishes(never_received(0), clean(1)).ends()
    running(store, 2).finishes(clean(0), with_failures(1, [a_snapshot(1)])).ends()
    _over(store, kind=Kind.TEST)
    _over(store, "customers")

    states = store.link_states()

    last, mark, waiting = states["orders"]
    assert last == store.event(3)
    assert (mark, moved) == (moved, mark)
    assert failed.open == OpenCounts(batches=1)
    assert waiting.records == 1
    assert states["customers"][2] == OpenCounts(records=1)
    assert set(states) == {"orders", "customers"}


def test_a_cursor_that_is_none_is_refused(store: Store) -> None:
    number = running(store, 2).number

    for wrong in ("x", "", "-1", "9" * 30, "²"):
        with pytest.raises(
            Misused, match="is no cursor; take the one the page before gave"
        ):
            store.batches(number, after=wrong)


def test_the_patterns_of_personal_data_are_those_of_the_run(store: Store) -> None:
    assert store.privacy(running(store).number).patterns == ("email",)


def test_error_groups_put_system_errors_first_then_what_there_is_most_of(
    store: Store,
) -> None:
    from engine.domain.errors import Tier

    often, once = an_error("often"), an_error("once")
    run = running(store, 2)
    run.finishes(
        with_failures(
            0, [a_snapshot(0, error=once), *(a_snapshot(n, error=often) for n in (1, 2))]
        ),
        never_received(1),
    )
    event = run.ends(Ending.STOPPED, error=an_error("budget spent", tier=Tier.SYSTEM))

    assert [group.message for group in event.errors] == [
        "budget spent",
        "page 3 timed out",
        "often",
        "once",
    ]
