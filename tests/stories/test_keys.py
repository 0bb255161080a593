"""Keys: the same write once, whatever happens; the same key twice (K1, K2)."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from engine.domain.errors import LinkdeckError
from engine.domain.outcome import Status
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Shelf
from tests.stories.definitions import (
    COLUMNS,
    EMAIL,
    SQLITE,
    both_stores,
    definition,
    shelf,
)
from tests.stories.world import World, order


def keys_sent(server: ScriptedServer) -> dict[str, list[str]]:
    """The Idempotency-Keys of the requests, by path."""
    found: dict[str, list[str]] = {}
    for seen in server.seen:
        found.setdefault(seen.path, []).append(seen.headers["idempotency-key"])
    return found


@both_stores
def test_the_idempotency_key_is_the_same_for_every_attempt_and_every_run(
    world: World,
) -> None:
    """K1."""
    world.orders([order(1), order(2)])
    with ScriptedServer(Shelf(faults={"1": [Answered(503)]})) as server:
        world.link("orders", definition(target=shelf(server.url)))
        world.run()
        world.run()
        sent = keys_sent(server)

    assert len(sent["/things/1"]) == 3
    assert len(set(sent["/things/1"])) == 1
    assert set(sent["/things/1"]) != set(sent["/things/2"])


def test_the_idempotency_key_changes_with_the_payload(world: World) -> None:
    """K1: another write is another write."""
    with ScriptedServer(Shelf()) as server:
        text = definition(target=shelf(server.url))
        world.orders([order(1)])
        world.link("orders", text)
        world.run()
        world.orders([order(1, amount=11)])
        world.link("orders", text)
        world.run()
        first, second = keys_sent(server)["/things/1"]

    assert first != second


def test_the_idempotency_key_does_not_depend_on_batch_or_neighbours(world: World) -> None:
    """K1: nor on the size of a Batch."""
    with ScriptedServer(Shelf()) as server:
        world.orders([order(n) for n in range(1, 6)])
        world.link("orders", definition(target=shelf(server.url), batch_size=5))
        world.run()
        world.orders([order(5), order(3)])
        world.link("orders", definition(target=shelf(server.url), batch_size=1))
        world.run()
        sent = keys_sent(server)

    assert len(set(sent["/things/3"])) == 1
    assert len(set(sent["/things/5"])) == 1


def test_another_link_has_another_idempotency_key(world: World) -> None:
    """K1: link, target, key and payload."""
    world.orders([order(1)])
    with ScriptedServer(Shelf()) as server:
        text = definition(target=shelf(server.url))
        world.link("orders", text)
        world.link("others", text.replace('"link": "orders"', '"link": "others"'))
        world.run("orders")
        world.run("others")
        first, second = keys_sent(server)["/things/1"]

    assert first != second


def test_another_installation_has_another_idempotency_key(
    world: World, tmp_path: Any
) -> None:
    """K1: an HMAC, so nobody else can tell it beforehand."""
    from tests.stories.world import a_world

    place = tmp_path / "elsewhere"
    place.mkdir(mode=0o700)
    other = a_world(place)
    with ScriptedServer(Shelf()) as server:
        for each in (world, other):
            each.orders([order(1)])
            each.link("orders", definition(target=shelf(server.url)))
            each.run()
        first, second = keys_sent(server)["/things/1"]
    other.engine.close()

    assert first != second


def test_the_last_of_a_key_wins_in_its_batch(world: World) -> None:
    """K2: in the order of the source, and after the stages."""
    world.orders([order(1, amount=1), order(2), order(1, amount=2), order(1, amount=3)])
    with ScriptedServer(shop := Shelf()) as server:
        world.link("orders", definition(target=shelf(server.url)))
        event = world.run()

    assert event.ignored_reasons == {"superseded in the same batch": 2}
    assert shop.held["1"]["amount"] == 3
    assert sorted(shop.effects) == ["1", "2"]


def test_a_record_that_fails_supersedes_nobody(world: World) -> None:
    """K2: duplicates are settled among what is left."""
    world.orders([order(1, amount=1), order(1, amount=2, email="")])

    event = world.run()

    assert (event.records.written, event.records.failed, event.records.ignored) == (1, 1, 0)
    assert [row["amount"] for row in world.rows()] == [1]


def test_a_link_can_call_them_duplicates(world: World) -> None:
    """K2: `duplicates: error`; the earlier ones fail, each with its Snapshot."""
    world.orders([order(1, amount=1), order(2), order(1, amount=3)])
    world.link("orders", definition(duplicates="error"))

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 1)
    [snapshot] = world.failing(event)
    assert (snapshot.label, snapshot.errors[0]["class"]) == ("1", "duplicate")
    assert snapshot.errors[0]["route"] == "duplicate"
    assert json.loads(snapshot.before or b"")["amount"] == 1


def test_a_link_can_mark_them(world: World) -> None:
    """K2, contract: `duplicates: mark` ignores them as "duplicate of ID"."""
    world.orders([order(1, amount=1), order(2), order(1, amount=3)])
    world.link("orders", definition(duplicates="mark"))

    event = world.run()

    assert event.status is Status.COMPLETED
    assert event.ignored_reasons == {"duplicate of 1": 1}


def test_the_same_key_in_two_batches_is_written_twice_without_a_modified_column(
    world: World,
) -> None:
    """K2."""
    world.orders([order(1, amount=1), order(2), order(1, amount=3)], batch_size=1)

    event = world.run()

    assert (event.records.written, event.records.ignored) == (3, 0)
    assert len(world.rows()) == 2


CHANGED = {
    **COLUMNS,
    "map": {**COLUMNS["map"], "changed": {"from": "changed", "cast": "int"}},  # type: ignore[dict-item]
}


def test_a_modified_column_keeps_the_newer_record_whatever_comes_last(world: World) -> None:
    """K2: only where not older; what is older is ignored with that reason."""
    rows = [
        order(1, amount=1, changed=5),
        order(2, changed=1),
        order(1, amount=9, changed=4),
    ]
    world.orders(rows)
    target = {**SQLITE, "modified": "changed"}
    world.link("orders", definition(stages=[CHANGED, EMAIL], target=target, batch_size=1))

    event = world.run()

    assert (event.records.written, event.records.ignored) == (2, 1)
    assert {row["id"]: row["amount"] for row in world.rows()} == {1: 1, 2: 20}
    again = world.run()
    assert {row["id"]: row["amount"] for row in world.rows()} == {1: 1, 2: 20}
    assert again.status is Status.COMPLETED


def test_a_modified_column_decides_inside_a_batch_too(world: World) -> None:
    """K2 says "the last wins" in a Batch, and the target still leaves out what is older."""
    world.orders([order(1, amount=1, changed=5)])
    target = {**SQLITE, "modified": "changed"}
    text = definition(stages=[CHANGED, EMAIL], target=target)
    world.link("orders", text)
    world.run()
    world.orders([order(1, amount=2, changed=3)])
    world.link("orders", text)

    event = world.run()

    assert (event.records.written, event.records.ignored) == (0, 1)
    assert [row["amount"] for row in world.rows()] == [1]


def test_a_key_of_two_fields_matches_on_both(world: World) -> None:
    """K1."""
    rows = [order(1, amount=1), order(1, amount=2), order(1, amount=1, email="b@x.example")]
    world.orders(rows)
    world.link("orders", definition(key=["id", "amount"]))

    event = world.run()

    assert event.ignored_reasons == {"superseded in the same batch": 1}
    assert sorted((row["id"], row["amount"], row["email"]) for row in world.rows()) == [
        (1, 1, "b@x.example"), (1, 2, "o1@example.com"),
    ]  # fmt: skip


def test_a_record_without_its_key_fails_alone(world: World) -> None:
    """K1: nothing is written that could not be found again."""
    world.orders([order(1), {"email": "a@x.example", "amount": 1}, order(3)])

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 1)
    [snapshot] = world.failing(event)
    assert snapshot.label == "orders.ndjson:2"
    assert snapshot.errors[0]["field"] == "id"


def test_a_key_that_no_stage_makes_is_refused_before_anything_runs(world: World) -> None:
    """K1."""
    world.orders([order(1)])
    world.link("orders", definition(key="number"))

    with pytest.raises(LinkdeckError, match="number"):
        world.run()
    assert world.engine.events().items == ()


def test_a_table_without_a_unique_key_cannot_be_upserted_and_is_refused(
    world: World,
) -> None:
    """K1, T1."""
    world.orders([order(1)])
    with closing(sqlite3.connect(world.links / "warehouse.db")) as made:
        made.execute("CREATE TABLE orders (id INTEGER, email TEXT, amount INTEGER)")
        made.commit()

    event = world.run()

    [group] = event.errors
    assert (group.tier, group.code) == ("system", "no_unique_key")


@both_stores
def test_a_record_whose_id_was_written_before_is_marked_a_duplicate(world: World) -> None:
    """K2: also across Sync Events, and only what was written counts as seen."""
    extra: dict[str, Any] = {"duplicates": "mark", "event_id": "delivery"}
    world.orders([order(n, delivery=f"d{n}", email="" if n == 3 else "a@x.de")
                  for n in range(1, 6)])  # fmt: skip
    world.link("orders", definition(**extra))
    first = world.run()
    assert (first.records.written, first.records.failed) == (4, 1)
    world.orders([order(n, delivery=f"d{n % 5 + 1}") for n in range(11, 17)])
    world.link("orders", definition(**extra))

    second = world.run()

    assert second.ignored_reasons == {
        "duplicate of d2": 2, "duplicate of d4": 1, "duplicate of d5": 1, "duplicate of d1": 1,
    }  # fmt: skip
    assert second.records.written == 1
    assert {row["id"] for row in world.rows()} == {1, 2, 4, 5, 12}
