"""The retry plan: what is previewed is what runs, once, and never over newer data (P1-P7)."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from engine.adapters.memory.store import shelf as memory_shelf
from engine.domain.errors import Misused, Refused
from engine.domain.outcome import Status
from engine.domain.requests import Stop
from engine.domain.retry_plan import Choice, ItemClass
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import (
    COLUMNS,
    EMAIL,
    SQLITE,
    both_stores,
    definition,
    pages,
    shelf,
)
from tests.stories.records import audited
from tests.stories.world import World, order

AS_RUN, CURRENT = Choice.AS_RUN, Choice.CURRENT
CHANGED, GONE = ItemClass.CHANGED, ItemClass.GONE
COUNTRY = {"name": "country", "check": [{"field": "amount", "rule": "range", "max": 300}]}

BLANK = {7, 13, 14, 28}
ORDERS = [order(n, email="" if n in BLANK else f"o{n}@x.de") for n in range(1, 41)]


def mend(world: World, **more: Any) -> None:
    """The rule that blocks them goes."""
    world.link("orders", definition(stages=[COLUMNS], **more))


def counts(plan: Any) -> dict[str, int]:
    return {each.value: times for each, times in plan.counts.items() if times}


def put(world: World, number: int, amount: int) -> None:
    """Somebody else writes to the warehouse."""
    with closing(sqlite3.connect(world.links / "warehouse.db")) as other:
        other.execute(
            "INSERT INTO orders (id, email, amount) VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET email = excluded.email, amount = excluded.amount",
            (number, "" if amount == number * 10 else "by hand", amount),
        )
        other.commit()


@both_stores
def test_a_plan_changes_nothing_and_the_same_plan_runs_exactly_as_shown(
    world: World,
) -> None:
    """P1, P2."""
    world.orders(ORDERS)
    first = world.run()
    mend(world)

    plan = world.plan(first)
    again = world.plan(first)

    assert plan.hash == again.hash
    assert (plan.batches, plan.records, plan.runs_as) == (0, 4, 1)
    assert counts(plan) == {"safe": 4}
    assert len(world.engine.events().items) == 1
    items = world.engine.plan_items(plan.hash).items
    assert [item.label for item in items if hasattr(item, "label")] == [
        "7",
        "13",
        "14",
        "28",
    ]
    child = world.retry(first, plan=plan.hash[:12])
    assert child.records.from_snapshots == 4
    assert world.engine.kept_plan(plan.hash).used_by == child.id


@both_stores
def test_a_plan_runs_once(world: World) -> None:
    """P2."""
    world.orders(ORDERS)
    first = world.run()
    plan = world.plan(first)
    child = world.retry(first, plan=plan.hash)

    with pytest.raises(Refused, match=f"run as #{child.id}, and a plan runs once"):
        world.retry(first, plan=plan.hash)


@both_stores
def test_a_plan_made_before_a_new_failure_arrives_does_not_touch_it(world: World) -> None:
    """P2: the failures of a later child are nobody's but the next plan's."""
    source = Pages(ORDERS, faults={3: [Answered(503)] * 2})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))
        first = world.run()
        plan = world.plan(first, tier="record")
        source.faults.clear()
        world.retry(first, tier="batch", definition=CURRENT)
        mended = definition(source=pages(server.url))
        world.link("orders", mended)

        child = world.retry(first, plan=plan.hash)

    assert child.records.from_snapshots == plan.records == 3


@both_stores
def test_items_closed_or_edited_since_are_dropped_with_a_reason(world: World) -> None:
    """P2."""
    world.orders(ORDERS)
    first = world.run()
    mend(world)
    plan = world.plan(first)
    world.retry(first, definition=CURRENT, keys=("13",))

    child = world.retry(first, plan=plan.hash)

    assert child.records.from_snapshots == 3
    assert any("closed since the plan was made" in text for text in child.warnings)
    assert world.event(first).status is Status.COMPLETED


@both_stores
@pytest.mark.parametrize(
    ("selection", "records"),
    [
        ({"keys": ("13", "28")}, 2),
        ({"batch": 2}, 2),
        ({"tier": "record"}, 4),
        ({"where": "amount > 135"}, 2),
        ({"stage": "rules"}, 4),
    ],
)
def test_a_plan_can_be_narrowed(
    world: World, selection: dict[str, Any], records: int
) -> None:
    """P3."""
    world.orders(ORDERS)
    first = world.run()
    mend(world)

    child = world.retry(first, definition=CURRENT, **selection)

    assert child.records.from_snapshots == child.records.written == records
    left = world.event(first).open.records
    assert left == 4 - records


def test_one_snapshot_can_be_retried_alone(world: World) -> None:
    """P3."""
    world.orders(ORDERS)
    first = world.run()
    [one] = world.failing(first, keys=("13",))
    mend(world)

    child = world.retry(f"s{one.id}", definition=CURRENT)

    assert child.parent == first.id
    assert child.records.written == 1
    assert 13 in {row["id"] for row in world.rows()}


def test_an_empty_selection_is_refused(world: World) -> None:
    """P3."""
    world.orders(ORDERS)
    first = world.run()

    with pytest.raises(Refused, match="matches the selection"):
        world.plan(first, keys=("999",))


@both_stores
def test_what_the_target_already_has_closes_as_equal_and_is_not_sent(world: World) -> None:
    """P1: closed as such in the transaction that starts the plan, under its actor and reason."""
    world.orders(ORDERS)
    first = world.run()
    put(world, 13, 130)
    mend(world)

    plan = world.plan(first)
    child = world.retry(first, plan=plan.hash, reason="rule was wrong")

    assert counts(plan) == {"safe": 3, "equal": 1}
    assert child.records.from_snapshots == 3
    states = {each.label: each.state for each in world.failing(first)}
    assert states == {"7": "recovered", "13": "equal", "14": "recovered", "28": "recovered"}
    assert world.event(first).status is Status.COMPLETED
    [act] = [row for row in audited(world) if row[1] == "retry"]
    assert act[0] == "ana@test"


@both_stores
def test_a_plan_of_equal_items_alone_closes_them_and_sends_nothing(world: World) -> None:
    """P1, C4: closed by equal."""
    world.orders(ORDERS)
    first = world.run()
    for number in BLANK:
        put(world, number, number * 10)
    mend(world)

    child = world.retry(first, definition=CURRENT)

    assert (child.batches.planned, child.status) == (0, Status.COMPLETED)
    original = world.event(first)
    assert (original.status, original.closed_by) == (Status.COMPLETED, "equal")


@both_stores
def test_newer_data_in_the_target_is_not_overwritten_unasked(world: World) -> None:
    """P1: `changed` goes only when it is included by name."""
    world.orders(ORDERS)
    first = world.run()
    put(world, 13, 999)
    mend(world)

    plan = world.plan(first)
    child = world.retry(first, plan=plan.hash)

    assert counts(plan) == {"safe": 3, "changed": 1}
    assert child.records.from_snapshots == 3
    assert {row["id"]: row["amount"] for row in world.rows()}[13] == 999
    assert world.event(first).open.records == 1
    last = world.retry(first, definition=CURRENT, include=frozenset({CHANGED}))
    assert last.records.written == 1
    assert {row["id"]: row["amount"] for row in world.rows()}[13] == 130


def test_only_changed_ones_left_is_refused_in_words(world: World) -> None:
    """P1."""
    world.orders(ORDERS)
    first = world.run()
    for number in BLANK:
        put(world, number, 999)
    mend(world)

    with pytest.raises(
        Refused, match=r"nothing of this plan may go: 4 changed; .*--include"
    ):
        world.retry(first, definition=CURRENT)


def test_a_target_that_cannot_be_asked_makes_items_unknown_and_they_go(
    world: World,
) -> None:
    """P1: the age of the Snapshot is the warning."""
    world.orders(ORDERS)
    with ScriptedServer(Shelf()) as server:
        target = shelf(server.url)
        world.link("orders", definition(target=target))
        first = world.run()
        world.link("orders", definition(target=target, stages=[COLUMNS]))

        plan = world.plan(first)
        child = world.retry(first, plan=plan.hash)

    assert counts(plan) == {"unknown": 4}
    assert plan.oldest is not None
    assert child.records.written == 4


def test_a_target_that_is_asked_one_by_one_is_asked_for_the_first_200(
    world: World,
) -> None:
    """P1."""
    orders = [order(n, email="") for n in range(1, 251)]
    world.orders(orders)
    things = Shelf()
    with ScriptedServer(things) as server:
        target = shelf(server.url, lookup={"url": f"{server.url}/things/{{id}}"})
        world.link("orders", definition(target=target))
        first = world.run()
        world.link("orders", definition(target=target, stages=[COLUMNS]))
        before = len(server.seen)

        plan = world.plan(first)

        asked = [seen for seen in server.seen[before:] if seen.method == "GET"]
    assert len(asked) == 200
    assert counts(plan) == {"safe": 200, "unknown": 50}


@both_stores
def test_a_changed_definition_must_be_chosen(world: World) -> None:
    """P6: nothing guesses."""
    world.orders(ORDERS)
    first = world.run()
    mend(world)

    with pytest.raises(
        Refused, match="--definition as-run or --definition current"
    ) as said:
        world.retry(first)

    assert first.definition[:12] in str(said.value)
    as_run = world.retry(first, definition=AS_RUN)
    assert (as_run.definition, as_run.records.failed) == (first.definition, 4)
    current = world.retry(first, definition=CURRENT)
    assert current.definition != first.definition
    assert current.records.written == 4


@both_stores
def test_simulating_says_how_many_would_pass_under_each_definition(world: World) -> None:
    """P4: nothing is written."""
    world.orders(ORDERS)
    first = world.run()
    world.link("orders", definition(stages=[COLUMNS, COUNTRY]))
    rows = world.rows()

    plan = world.plan(first, simulate=True)

    assert plan.would_pass is not None
    passes = (plan.would_pass.as_run, plan.would_pass.current, plan.would_pass.of)
    assert passes == (0, 4, 4)
    assert world.rows() == rows
    assert plan.definitions.difference


@both_stores
def test_a_canary_goes_first_and_a_cause_whose_canary_fails_is_parked(
    world: World,
) -> None:
    """P5: the others go on; what is parked stays open where it was."""
    orders = [order(n, email="" if n <= 10 else "nope" if n <= 20 else "a@x.de", amount=n)
              for n in range(1, 31)]  # fmt: skip
    rules = {"name": "rules", "check": [{"field": "email", "rule": "required"},
                                        {"field": "email", "rule": "email"}]}  # fmt: skip
    world.orders(orders)
    world.link("orders", definition(stages=[COLUMNS, rules]))
    first = world.run()
    assert first.open.records == 20
    milder = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}
    world.link("orders", definition(stages=[COLUMNS, milder]))

    child = world.retry(first, definition=CURRENT, canary=2)

    assert child.records.from_snapshots == 2 + 10
    assert (child.records.written, child.records.failed) == (10, 2)
    assert child.batches.not_attempted == 1
    assert any("parked" in text for text in child.warnings)
    assert world.event(first).open.records == 8
    assert child.open.records == 2
    assert child.status is Status.FAILED
    mend(world)
    last = world.retry(first, definition=CURRENT)
    assert last.records.written == 10
    assert world.event(first).status is Status.COMPLETED
    assert world.event(child).status is Status.COMPLETED_WITH_WARNINGS


@both_stores
def test_of_two_snapshots_of_one_key_the_newest_goes_and_the_older_closes(
    world: World,
) -> None:
    """P1: a key stands in a plan once."""
    world.orders([order(5, email="", amount=1), *map(order, range(6, 16)),
                  order(5, email="", amount=2)])  # fmt: skip
    first = world.run()
    assert first.open.records == 2
    mend(world)

    plan = world.plan(first)
    child = world.retry(first, plan=plan.hash)

    assert counts(plan) == {"safe": 1, "superseded": 1}
    assert child.records.from_snapshots == 1
    assert {row["id"]: row["amount"] for row in world.rows()}[5] == 2
    assert world.event(first).status is Status.COMPLETED


def test_a_reason_is_needed(world: World) -> None:
    """P7."""
    world.orders(ORDERS)
    first = world.run()

    with pytest.raises(Misused, match="a reason is needed"):
        world.retry(first, reason=" ")


def test_a_plan_of_another_event_is_refused(world: World) -> None:
    """P2."""
    world.orders(ORDERS)
    first = world.run()
    plan = world.plan(first)
    child = world.retry(first)

    with pytest.raises(Refused, match="is of #1, not of #2"):
        world.retry(child, plan=plan.hash)
    with pytest.raises(Refused, match="there is no plan abcdef12"):
        world.retry(child, plan="abcdef12")


def test_a_retry_of_a_target_that_takes_nothing_twice_asks_before_it_sends(
    world: World,
) -> None:
    """K3: what is in doubt is looked up by key before anything is sent again."""
    held = memory_shelf("doubts")
    held.records.clear()
    held.log.clear()
    held.lost.update({(7,), (13,)})
    target = {"adapter": "memory", "name": "doubts", "idempotent": False}
    world.orders([order(n) for n in range(1, 21)])
    world.link("orders", definition(target=target, stages=[COLUMNS, EMAIL]))
    first = world.run()
    assert first.records.in_doubt == 2
    del held.records[(13,)]
    held.lost.clear()

    plan = world.plan(first)
    child = world.retry(first, plan=plan.hash, stop=Stop())

    assert counts(plan) == {"equal": 1, "safe": 1}
    assert [key for _, key in held.log].count((7,)) == 1
    assert [key for _, key in held.log].count((13,)) == 2
    assert child.records.written == 1
    assert world.event(first).status is Status.COMPLETED


def test_doubt_that_nobody_can_resolve_waits_for_a_person(world: World) -> None:
    """K3."""
    held = memory_shelf("blind")
    held.records.clear()
    held.lost.update({(7,)})
    target = {"adapter": "memory", "name": "blind", "idempotent": False, "lookup": "none"}
    world.orders([order(n) for n in range(1, 21)])
    world.link("orders", definition(target=target, stages=[COLUMNS, EMAIL]))
    first = world.run()
    held.lost.clear()

    plan = world.plan(first)

    assert counts(plan) == {"in_doubt": 1}
    with pytest.raises(Refused, match="linkdeck resolve"):
        world.retry(first)


def test_the_target_of_the_plan_is_named(world: World) -> None:
    """P1: where it writes."""
    world.orders(ORDERS)
    world.link("orders", definition(target={**SQLITE, "system": "warehouse"}))
    first = world.run()

    assert world.plan(first).target == "warehouse"


def test_a_link_stands_as_its_newest_chain_not_as_the_retry_of_a_part(
    world: World,
) -> None:
    """A retry of one record that completed does not make a failing Link look well."""
    world.orders(ORDERS)
    first = world.run()
    mend(world)
    world.retry(first, definition=CURRENT, keys=("7",))

    [link] = world.engine.links()

    assert link.last is not None
    assert (link.last.id, link.last.status) == (first.id, Status.FAILED)
    assert link.open.records == 3
