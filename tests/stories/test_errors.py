"""What every error answers: class, durability, route, owner, place, fingerprint (T5-T7)."""

import json
from typing import Any

import pytest

from engine.domain.requests import Selection
from tests.servers.scripted import Reset, ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import (
    COLUMNS,
    EMAIL,
    both_stores,
    custom,
    definition,
    pages,
    shelf,
)
from tests.stories.world import World, order


@both_stores
def test_a_failing_record_answers_the_seven_questions(world: World) -> None:
    """T5."""
    world.orders([order(n) for n in range(1, 13)] + [order(13, email=" ")])
    text = definition(
        severity="critical",
        downstream=["finance-dashboard"],
        owner="data-operations",
        source={"adapter": "file", "path": "orders.ndjson", "system": "shop"},
    )
    world.link("orders", text)

    event = world.run()

    [snapshot] = world.failing(event)
    [error] = snapshot.errors
    assert {name: error[name] for name in _PLAIN} == {
        "tier": "record",
        "class": "validation",
        "durability": "durable",
        "code": "required",
        "message": "email is blank",
        "field": "email",
        "stage": "rules",
        "route": "quarantine",
        "severity": "critical",
        "owner": "data-operations",
        "source": "shop",
        "target": "warehouse.db",
        "downstream": ["finance-dashboard"],
        "batch": snapshot.batch,
        "position": 2,
    }
    assert len(error["fingerprint"]) == 16
    assert error["at"]
    assert error["attempts"] == []


_PLAIN = (
    "tier", "class", "durability", "code", "message", "field", "stage", "route", "severity",
    "owner", "source", "target", "downstream", "batch", "position",
)  # fmt: skip


def test_the_route_picks_the_owner(world: World) -> None:
    """Contract: `owners: {source, target, pipeline, governance, business}`."""
    world.orders([order(1, email=""), order(2, amount=-1)])
    rules = [
        {"field": "email", "rule": "required"},
        {"when": "amount < 0", "code": "negative", "message": "amount is negative",
         "class": "business_rule"},
    ]  # fmt: skip
    owners = {"source": "shop-team", "business": "finance"}
    stages = [COLUMNS, {"name": "rules", "check": rules}]
    world.link("orders", definition(stages=stages, owners=owners))

    event = world.run()

    assert {group.code: group.owner for group in event.errors} == {
        "required": "shop-team",
        "negative": "finance",
    }


CLASSES = [
    ("transient", "retry", "ephemeral"),
    ("availability", "retry", "ephemeral"),
    ("partial_load", "retry", "ephemeral"),
    ("schema", "producer", "durable"),
    ("validation", "quarantine", "durable"),
    ("duplicate", "duplicate", "durable"),
    ("reference", "review", "durable"),
    ("authorization", "access_review", "durable"),
    ("business_rule", "review", "durable"),
    ("unclassified", "error_queue", "durable"),
]


def test_each_class_has_its_route_and_its_durability(world: World) -> None:
    """T6, one record a class, by checks that name it."""
    rules = [
        {
            "when": f"kind == '{name}'",
            "code": f"is_{name}",
            "message": "so it is",
            "class": name,
        }
        for name, _, _ in CLASSES
    ]
    kinds = [order(n, kind=name) for n, (name, _, _) in enumerate(CLASSES, 1)]
    world.orders(kinds)
    world.link("orders", definition(stages=[{"name": "kinds", "check": rules}, COLUMNS]))

    event = world.run()

    found = {
        (str(group.error_class), str(group.route), str(group.durability))
        for group in event.errors
    }
    assert found == set(CLASSES)


def test_a_definition_overrides_class_durability_severity_route_and_owner_by_code(
    world: World,
) -> None:
    """T6."""
    override = {
        "class": "business_rule", "durability": "ephemeral", "severity": "low",
        "route": "producer", "owner": "crm-team",
    }  # fmt: skip
    world.orders([order(1, email="")])
    world.link("orders", definition(severity="high", errors={"required": override}))

    event = world.run()

    [group] = event.errors
    assert (group.error_class, group.durability, group.severity, group.route, group.owner) == (
        "business_rule", "ephemeral", "low", "producer", "crm-team",
    )  # fmt: skip
    [snapshot] = world.failing(event)
    assert snapshot.errors[0]["severity"] == "low"


@both_stores
def test_failures_of_one_cause_share_a_fingerprint(world: World) -> None:
    """T7: numbers, ids and quoted values are taken out of the message."""
    bad = [order(n, amount=f"{n} euros") for n in range(1, 21)]
    world.orders([*bad, order(30, email=""), order(31, email="")])

    event = world.run()

    assert sorted((group.field or "", group.count) for group in event.errors) == [
        ("amount", 20), ("email", 2),
    ]  # fmt: skip
    amount = next(group for group in event.errors if group.field == "amount")
    chosen = world.failing(event, fingerprints=(amount.fingerprint,))
    assert len(chosen) == 20
    again = world.run()
    assert {group.fingerprint for group in again.errors} == {
        group.fingerprint for group in event.errors
    }


def test_the_target_another_stage_and_another_field_are_other_fingerprints(
    world: World,
) -> None:
    """T7."""
    world.orders([order(1, email="", amount="x"), order(2, email="")])
    first = world.run()
    renamed = {**EMAIL, "name": "other rules"}
    world.link("orders", definition(stages=[COLUMNS, renamed]))
    second = world.run()

    one = {group.fingerprint for group in first.errors}
    other = {group.fingerprint for group in second.errors if group.code == "required"}
    assert len(one) == 2
    assert not one & other


def test_attempts_are_kept_with_the_error_they_ended_in(world: World) -> None:
    """T5: what each try said."""
    source = Pages(
        [order(n) for n in range(1, 31)], faults={2: [Answered(503), Answered(502)]}
    )
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run()

    [batch] = world.engine.failures(str(event.id), Selection()).batches
    assert batch.error is not None
    tries = batch.error["attempts"]
    assert [attempt["number"] for attempt in tries] == [1, 2]
    assert "503" in tries[0]["message"]
    assert "502" in tries[1]["message"]
    assert batch.attempts == 2


def test_a_page_that_comes_at_the_second_try_is_no_failure(world: World) -> None:
    """The attempts are counted all the same."""
    source = Pages(
        [order(n) for n in range(1, 31)], faults={2: [Answered(503)], 3: [Reset()]}
    )
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run()

    assert event.status == "completed"
    tries = {
        batch.index: batch.attempts
        for batch in (world.engine.batch("1", index).batch for index in (1, 2, 3))
    }
    assert sorted(tries.values()) == [1, 2, 2]


@pytest.mark.parametrize(
    ("status", "error_class"),
    [
        (400, "validation"), (403, "authorization"), (404, "reference"), (409, "duplicate"),
        (412, "business_rule"), (422, "validation"), (503, "availability"),
    ],
)  # fmt: skip
def test_what_a_target_answers_has_its_class(
    world: World, status: int, error_class: str
) -> None:
    """T6."""
    world.orders([order(1)])
    with ScriptedServer(Shelf(faults={"1": [Answered(status)] * 2})) as server:
        world.link("orders", definition(target=shelf(server.url)))

        event = world.run()

    assert [group.error_class for group in event.errors] == [error_class]


SECRET = "tok-5f2c9a71e0"


def test_a_secret_that_a_server_echoes_is_not_kept(world: World) -> None:
    """Contract: masked everywhere, also where a server echoes it."""
    (world.links / "token").write_text(SECRET, encoding="utf-8")
    (world.links / "token").chmod(0o600)

    def echo(seen: Any) -> Any:
        return Answered(400, f"bad header {seen.headers['authorization']}")

    world.orders([order(1)])
    with ScriptedServer(echo) as server:
        target = shelf(server.url, auth={"bearer": "${file:token}"})
        world.link("orders", definition(target=target))
        event = world.run()
        sent = server.seen[0].headers["authorization"]

    assert sent == f"Bearer {SECRET}"
    [snapshot] = world.failing(event)
    assert "bad header" in snapshot.errors[0]["message"]
    assert SECRET not in json.dumps([dict(error) for error in snapshot.errors])
    assert SECRET not in event.errors[0].message
    held = b"".join(path.read_bytes() for path in world.folder.glob("linkdeck.db*"))
    assert SECRET.encode() not in held


def test_a_secret_in_an_exception_of_custom_code_is_not_kept(world: World) -> None:
    """Contract: secrets never reach the store."""
    (world.links / "token").write_text(SECRET, encoding="utf-8")
    (world.links / "token").chmod(0o600)
    code = f"def leak(record):\n    raise ValueError('{SECRET} is what we used')\n"
    (world.links / "ours.py").write_text(code, encoding="utf-8")
    world.orders([order(1)])
    with ScriptedServer(Shelf()) as server:
        text = definition(
            target=shelf(server.url, auth={"bearer": "${file:token}"}),
            stages=[custom("leak"), COLUMNS],
            workers="threads",
        )
        world.link("orders", text)
        event = world.run()

    [snapshot] = world.failing(event)
    assert "is what we used" in snapshot.errors[0]["message"]
    held = b"".join(path.read_bytes() for path in world.folder.glob("linkdeck.db*"))
    assert SECRET.encode() not in held
