"""Records that the target holds already are left out (contract, Stages: unchanged)."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import count
from typing import Any

import pytest

from engine.domain.outcome import Ending, Status
from engine.domain.snapshot import RecordState
from tests.databases import Postgres
from tests.servers.scripted import Answer, Json, ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.stories.definitions import SQLITE, definition
from tests.stories.world import World

_numbers = count(1)

OF_ALL_CASTS = {
    "name": "to columns",
    "map": {
        "id": {"from": "id", "cast": "int"},
        "name": "name",
        "price": {"from": "price", "cast": "decimal"},
        "weight": {"from": "weight", "cast": "float"},
        "active": {"from": "active", "cast": "bool"},
        "day": {"from": "day", "cast": "date"},
        "at": {"from": "at", "cast": "datetime"},
        "tags": {"from": "tags", "cast": "json"},
    },
}
SAME = {"name": "same", "unchanged": True}


def product(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Product {number}",
        "price": "19.90",
        "weight": 0.1,
        "active": True,
        "day": "2026-01-02",
        "at": "2026-01-02T03:04:05.678+01:00",
        "tags": {"b": [1, 2], "a": None},
        **changes,
    }


def run(
    world: World,
    records: Sequence[Mapping[str, Any]],
    *,
    stages: Sequence[Any] = (OF_ALL_CASTS, SAME),
    target: Mapping[str, Any] = SQLITE,
    **more: Any,
) -> Any:
    text = "".join(json.dumps(record) + "\n" for record in records)
    (world.links / "orders.ndjson").write_text(text, encoding="utf-8")
    options = {name: more.pop(name) for name in ("test",) if name in more}
    world.link("orders", definition(stages=stages, target=target, **more))
    return world.run(**options)


def counts(event: Any) -> tuple[int, Mapping[str, int]]:
    return event.records.written, dict(event.ignored_reasons)


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """The table orders, in a database of each kind."""
    if request.param == "sqlite":
        return SQLITE
    postgres: Postgres = request.getfixturevalue("postgres")
    return {**SQLITE, "url": postgres.database(f"same{next(_numbers)}")}


def test_what_the_target_holds_is_ignored_whatever_the_casts(
    world: World, target: Mapping[str, Any]
) -> None:
    """Values compare as the casts make them, not by how a database spells them."""
    products = [product(1), product(2, price=None, tags=None), product(3, active=False)]
    first = run(world, products, target=target)
    again = run(world, products, target=target)

    assert counts(first) == (3, {})
    assert counts(again) == (0, {"unchanged": 3})
    assert again.status is Status.COMPLETED


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "another"},
        {"price": "19.91"},
        {"price": None},
        {"active": False},
        {"day": "2026-01-03"},
        {"at": "2026-01-02T03:04:05.679+01:00"},
        {"tags": {"b": [2, 1], "a": None}},
    ],
)
def test_a_record_that_differs_in_one_field_is_written(
    world: World, target: Mapping[str, Any], changes: Mapping[str, Any]
) -> None:
    run(world, [product(1), product(2)], target=target)

    event = run(world, [product(1, **changes), product(2)], target=target)

    assert counts(event) == (1, {"unchanged": 1})


def test_columns_that_no_stage_makes_do_not_matter(world: World) -> None:
    run(world, [product(1)])
    with closing(sqlite3.connect(world.links / "warehouse.db")) as held:
        held.execute("ALTER TABLE orders ADD COLUMN seen TEXT DEFAULT 'yes'")
        held.commit()

    assert counts(run(world, [product(1)])) == (0, {"unchanged": 1})


def test_a_condition_decides_what_is_compared(world: World) -> None:
    run(world, [product(1), product(2)])

    event = run(
        world, [product(1), product(2)], stages=[OF_ALL_CASTS, {**SAME, "if": "id == 2"}]
    )

    assert counts(event) == (1, {"unchanged": 1})


def test_of_a_key_that_comes_twice_in_a_batch_nothing_is_left_out(world: World) -> None:
    """K2: the last wins, though the target holds just that already."""
    run(world, [product(1)])

    event = run(world, [product(1, name="in between"), product(1)])

    assert counts(event) == (1, {"superseded in the same batch": 1})
    [row] = world.rows()
    assert row["name"] == "Product 1"


def test_records_in_a_payload_of_any_fields_are_compared_too(world: World) -> None:
    """Without a map that names all fields, records leave as they came."""
    shape = {"name": "keep", "map": {"id": "id"}, "keep": True}
    run(world, [{"id": 1, "name": "a"}], stages=[OF_ALL_CASTS])

    event = run(
        world,
        [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
        stages=[shape, SAME],
        target={**SQLITE, "create": False},
    )

    assert counts(event) == (1, {"unchanged": 1})


def test_a_test_run_compares_and_needs_no_table(world: World) -> None:
    event = run(world, [product(1)], test=True)

    assert (event.status, event.records.would_write) == (Status.COMPLETED, 1)
    assert not (world.links / "warehouse.db").exists()


# targets over HTTP


class Held:
    """A shelf that is asked for many keys at once."""

    def __init__(self, *things: Mapping[str, Any], broken: int | None = None) -> None:
        self.things = {str(thing["id"]): thing for thing in things}
        self.broken = broken

    def __call__(self, seen: Seen) -> Answer:
        if seen.method == "GET":
            if self.broken is not None:
                return Answered(self.broken, "closed")
            wanted = seen.query["ids"].split(",")
            return Json([self.things[key] for key in wanted if key in self.things])
        self.things[str(seen.json["id"])] = seen.json
        return Json({})


PLAIN = {
    "name": "to columns",
    "map": {"id": "id", "name": "name", "at": {"from": "at", "cast": "datetime"}},
}


def held_at(url: str) -> dict[str, Any]:
    lookup = {"url": f"{url}/things?ids={{id}}", "size": 50, "id": "id"}
    return {"adapter": "http", "url": f"{url}/things/{{id}}", "lookup": lookup}


def test_a_target_over_http_is_asked_in_bulk(world: World) -> None:
    shelf = Held()
    things = [{"id": n, "name": f"n{n}", "at": "2026-01-02T03:04:05Z"} for n in (1, 2, 3)]
    with ScriptedServer(shelf) as server:
        target = held_at(server.url)
        first = run(world, things, stages=[PLAIN, SAME], target=target)
        things[1]["name"] = "other"
        again = run(world, things, stages=[PLAIN, SAME], target=target)

    assert counts(first) == (3, {})
    assert counts(again) == (1, {"unchanged": 2})
    assert [seen.method for seen in server.seen].count("GET") == 2


@pytest.mark.parametrize(
    ("word", "status", "written", "ignored"),
    [
        ("record", Status.FAILED, 0, 0),
        ("log", Status.COMPLETED_WITH_WARNINGS, 2, 0),
        ("skip", Status.COMPLETED, 0, 2),
        ("fail", Status.FAILED, 0, 0),
    ],
)
def test_a_target_that_cannot_be_asked_fails_the_batch_or_is_made_less_of(
    world: World, word: str, status: Status, written: int, ignored: int
) -> None:
    """T2: its scope is what a retry takes up."""
    with ScriptedServer(Held(broken=500)) as server:
        event = run(
            world,
            [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
            stages=[PLAIN, {**SAME, "on_error": word}],
            target=held_at(server.url),
        )

    assert event.status is status
    assert (event.records.written, event.records.ignored) == (written, ignored)
    assert event.open.batches == (1 if word in {"record", "fail"} else 0)
    assert (event.ending is Ending.STOPPED) is (word == "fail")
    assert all(group.stage == "same" for group in event.errors)


def test_what_the_target_holds_already_supersedes_an_older_failure_of_its_key(
    world: World, target: Mapping[str, Any]
) -> None:
    """I4: it is as good as written, and a retry of the older one would undo it."""
    named = {"name": "rules", "check": [{"field": "name", "rule": "required"}]}
    stages = (OF_ALL_CASTS, named, SAME)
    run(world, [product(1), product(2)], stages=stages, target=target)
    failed = run(world, [product(1), product(2, name="")], stages=stages, target=target)
    assert failed.status is Status.FAILED

    mended = run(world, [product(1), product(2)], stages=stages, target=target)

    assert counts(mended) == (0, {"unchanged": 2})
    older = world.event(failed)
    assert (older.status, older.superseded_by) == (Status.COMPLETED, mended.id)
    assert {each.state for each in world.failing(failed)} == {RecordState.SUPERSEDED}


def test_a_record_left_out_for_another_reason_supersedes_nothing(world: World) -> None:
    """I4: nobody knows what the target holds for it."""
    named = {"name": "rules", "check": [{"field": "name", "rule": "required"}]}
    archived = {"name": "archived", "ignore": "archived", "reason": "it is archived"}
    stages = (archived, OF_ALL_CASTS, named, SAME)
    failed = run(world, [product(1), product(2, name="")], stages=stages)

    run(world, [product(1), product(2, archived=True)], stages=stages)

    assert {each.state for each in world.failing(failed)} <= {
        RecordState.OPEN,
        RecordState.UNMET,
    }
