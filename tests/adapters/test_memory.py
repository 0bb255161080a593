from collections.abc import Iterator
from typing import Any

import pytest

from engine.adapters.memory import store
from engine.adapters.memory.options import MemorySourceOptions, MemoryTargetOptions
from engine.adapters.memory.source import MemorySource
from engine.adapters.memory.target import MemoryTarget
from engine.domain.adapter import Load, SourceContext, TargetContext
from engine.domain.delta import Window
from engine.domain.errors import BatchSyncError, RecordSyncError, SystemSyncError

CONTEXT = SourceContext(
    link="orders", batch_size=2, parallel=2, folder="/", system="memory"
)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """A name of the test's own; what it held is dropped afterwards."""
    own: str = request.node.name
    yield own
    store.forget(own)


def source(name: str, **options: Any) -> MemorySource:
    return MemorySource(MemorySourceOptions(name=name, **options), CONTEXT)


def target(name: str, **options: Any) -> MemoryTarget:
    context = TargetContext(link="orders", key=("id",), folder="/", system="the shelf")
    return MemoryTarget(MemoryTargetOptions(name=name, **options), context)


def load(*ids: Any, uncertain: bool = False) -> Load:
    keys = [(each,) for each in ids]
    return Load(4, [(each, "x") for each in ids], keys, ("id", "v"), uncertain=uncertain)


def test_records_are_read_in_batches_and_failing_pages_fail_alone(name: str) -> None:
    """T2."""
    store.feed(name).records.extend({"id": n} for n in range(5))
    reader = source(name, fails=(2,))
    first, second, third = reader.plan_fetch(Window()).scopes

    assert [row["id"] for row in reader.fetch(first).rows] == [0, 1]
    with pytest.raises(BatchSyncError, match=r"page 2 of .* timed out"):
        reader.fetch(second)
    assert reader.fetch(third).raw.at(0) == b'{"id":4}'


def test_a_failure_can_be_put_right_without_another_definition(name: str) -> None:
    feed = store.feed(name)
    feed.records.extend({"id": n} for n in range(2))
    feed.failing[1] = BatchSyncError("page 1 is malformed", code="malformed_page")
    reader = source(name)
    (scope,) = reader.plan_fetch(Window()).scopes
    with pytest.raises(BatchSyncError, match="page 1 is malformed"):
        reader.fetch(scope)

    feed.failing.clear()

    assert reader.fetch(scope).count == 2


def test_a_source_nobody_filled_stops_the_run(name: str) -> None:
    """T1."""
    with pytest.raises(SystemSyncError, match="nothing is held in memory under"):
        source(name).plan_fetch(Window())


def test_a_column_filter_fixes_its_bound_before_the_first_fetch(name: str) -> None:
    """M1, M3: inclusive below, the source's maximum above."""
    store.feed(name).records.extend({"id": n, "seq": n} for n in range(6))
    reader = source(name, changed_since="seq", change_filter="column")

    plan = reader.plan_fetch(Window(since=3))
    store.feed(name).records.append({"id": 9, "seq": 9})

    assert plan.bound == 5
    assert [row["id"] for scope in plan.scopes for row in reader.fetch(scope).rows] == [
        3,
        4,
        5,
    ]


def test_a_refused_record_stops_no_other(name: str) -> None:
    """T3."""
    shelf = store.shelf(name)
    shelf.refusing[(3,)] = RecordSyncError("3 is closed", code="closed")

    (receipt,) = target(name, refuses=("2",)).push([load(1, 2, 3, 4)])

    assert receipt.written == 2
    assert [(index, error.message) for index, error in receipt.refused] == [
        (1, "the shelf refuses '2'"),
        (2, "3 is closed"),
    ]
    assert list(shelf.records) == [(1,), (4,)]


def test_an_answer_that_never_came_leaves_its_record_in_doubt(name: str) -> None:
    """K3."""
    store.shelf(name).lost.add((2,))

    (receipt,) = target(name).push([load(1, 2)])

    assert receipt.written == 1
    assert [index for index, _ in receipt.in_doubt] == [1]


@pytest.mark.parametrize(("lookup", "doubts", "writes"), [("bulk", 0, 3), ("none", 3, 2)])
def test_an_uncertain_load_is_looked_up_or_left_in_doubt(
    lookup: str, doubts: int, writes: int, name: str
) -> None:
    """K4: a target that is not idempotent never gets a record twice by accident."""
    writer = target(name, idempotent=False, lookup=lookup)
    writer.push([load(1, 2)])

    (receipt,) = writer.push([load(1, 2, 3, uncertain=True)])

    assert len(receipt.in_doubt) == doubts
    assert len(store.shelf(name).log) == writes


def test_a_target_that_is_down_says_so(name: str) -> None:
    store.shelf(name).down = SystemSyncError("the shelf is down", code="down")

    with pytest.raises(SystemSyncError, match="the shelf is down"):
        target(name).open()
