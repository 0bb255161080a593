"""A Link runs end to end and fails honestly (T1-T4, S1-S3, I1, K2)."""

import json

from engine.domain.outcome import Status
from engine.domain.requests import Selection
from tests.stories.world import World, order


def test_a_clean_run_writes_every_record_and_completes(world: World) -> None:
    world.orders(order(n) for n in range(1, 36))

    event = world.run()

    assert event.status is Status.COMPLETED
    assert (event.batches.planned, event.batches.completed) == (4, 4)
    assert event.records.written == 35
    assert [row["id"] for row in world.rows()] == list(range(1, 36))


def test_one_bad_record_fails_alone_and_its_neighbours_are_written(world: World) -> None:
    """T3, and the walk of order 1042."""
    world.orders([*(order(n) for n in range(1, 10)), order(1042, email="  "), order(11)])

    event = world.run()

    assert event.status is Status.FAILED
    assert (event.records.fetched, event.records.written, event.records.failed) == (
        11,
        10,
        1,
    )
    [group] = event.errors
    assert (group.code, group.field, group.message, group.count) == (
        "required", "email", "email is blank", 1,
    )  # fmt: skip
    [snapshot] = world.failing(event)
    assert snapshot.label == "1042"
    assert json.loads(snapshot.before or b"")["email"] == "  "
    assert json.loads(snapshot.after or b"")["email"] == ""
    detail = world.engine.record(f"s{snapshot.id}")
    assert ("email", "  ", "", "to columns") in [
        (c.path, c.before, c.after, c.stage) for c in detail.changes
    ]


def test_a_malformed_line_is_a_record_error_with_its_raw_text(world: World) -> None:
    world.orders([order(1), '{"id": 2, "email"', order(3)])

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 1)
    [snapshot] = world.failing(event)
    assert snapshot.label == "orders.ndjson:2"
    assert json.loads(snapshot.before or b"") == '{"id": 2, "email"'
    assert event.errors[0].error_class == "schema"


def test_the_same_key_twice_in_a_batch_lets_the_last_win(world: World) -> None:
    """K2."""
    world.orders([order(1, amount=1), order(2), order(1, amount=3)])

    event = world.run()

    assert event.status is Status.COMPLETED
    assert event.ignored_reasons == {"superseded in the same batch": 1}
    assert {row["id"]: row["amount"] for row in world.rows()} == {1: 3, 2: 20}


def test_a_second_run_writes_the_same_rows_once(world: World) -> None:
    """K1: targets upsert by key."""
    world.orders(order(n) for n in range(1, 6))

    world.run()
    event = world.run()

    assert event.id == 2
    assert event.records.written == 5
    assert len(world.rows()) == 5


def test_a_test_run_counts_what_it_would_write_and_leaves_nothing_open(
    world: World,
) -> None:
    """S3: kind test has no open failures and touches no target."""
    world.orders([order(1), order(2, email="")])

    event = world.run(test=True)

    assert event.kind == "test"
    assert (event.records.would_write, event.records.written, event.records.failed) == (
        1,
        0,
        1,
    )
    assert (event.open.batches, event.open.records) == (0, 0)
    assert not (world.links / "warehouse.db").exists()


def test_a_missing_file_is_a_system_error_and_the_next_run_says_it_again(
    world: World,
) -> None:
    """T1, C6: nothing was planned, so there is nothing to retry."""
    world.orders([order(1)])
    (world.links / "orders.ndjson").unlink()

    event = world.run()

    assert event.status is Status.FAILED
    assert event.batches.planned == 0
    [group] = event.errors
    assert group.tier == "system"
    assert "orders.ndjson" in group.message


def test_failures_can_be_paged_and_selected(world: World) -> None:
    world.orders([order(n, email="" if n % 2 else f"o{n}@x.io") for n in range(1, 31)])
    event = world.run()

    first = world.engine.failures(str(event.id), Selection(), limit=10)
    second = world.engine.failures(str(event.id), Selection(), limit=10, after=first.next)
    chosen = world.engine.failures(str(event.id), Selection(where="id > 25"), limit=10)

    assert (first.matching, len(first.records), len(second.records)) == (15, 10, 5)
    assert second.next is None
    assert [snapshot.label for snapshot in chosen.records] == ["27", "29"]
