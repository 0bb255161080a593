"""The Chain ledger: journeys, convergence, and what became of each cause (S3, C2, C3)."""

from typing import Any

import pytest

from engine.domain.errors import Refused
from engine.domain.retry_plan import Choice
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition, pages
from tests.stories.world import World, order

CURRENT = Choice.CURRENT
BAD = {2, 5, 8, 23}
ORDERS = [order(n, email="" if n in BAD else f"o{n}@x.de") for n in range(1, 61)]


def words(world: World, before: int, after: int) -> dict[str, tuple[str, int, int]]:
    trends = world.engine.trends(str(before), str(after))
    return {each.message: (each.word, each.before, each.after) for each in trends}


@both_stores
def test_a_chain_converges_and_its_books_hold_at_every_step(world: World) -> None:
    """The story of the design: batches 3 → 1 → 0, records 4 → 0."""
    faults = {2: [Answered(503)] * 2, 4: [Answered(503)] * 2, 5: [Answered(503)] * 4}
    with ScriptedServer(Pages(ORDERS, faults=faults)) as server:
        source = pages(server.url)
        world.link("orders", definition(source=source, stages=[COLUMNS, EMAIL]))
        first = world.run()
        world.link("orders", definition(source=source, stages=[COLUMNS]))
        second = world.retry(first, definition=CURRENT)
        world.retry(second)

    chain = world.engine.chain("2")

    assert (chain.root, chain.status) == (1, "completed")
    assert (chain.batches, chain.records) == ((3, 1, 0), (4, 0, 0))
    assert [event.event for event in chain.events] == [1, 2, 3]
    assert [event.residual for event in chain.events] == [0, 0, 0]
    assert [event.plan is None for event in chain.events] == [True, False, False]
    balance = chain.balance
    assert (balance.fetched, balance.written, balance.residual) == (60, 60, 0)
    shown = linkdeck("show", "1", home=world.folder).out
    if world.engine._context.settings.store is None:
        assert "batches 3 → 1 → 0, records 4 → 0 → 0" in shown
        assert "fetched 60 = written 60" in shown


@both_stores
def test_a_record_knows_its_journey_and_its_successors(world: World) -> None:
    """C3: failed #1 → failed #2 → written #3."""
    world.orders(ORDERS)
    first = world.run()
    second = world.retry(first)
    world.link("orders", definition(stages=[COLUMNS]))
    world.retry(second, definition=CURRENT)

    history = world.engine.record("s1").history

    assert [(step.event, step.state, step.by) for step in history] == [
        (1, "carried", 2),
        (2, "recovered", 3),
    ]
    assert [step.successor for step in history] == [history[1].snapshot, None]


@both_stores
def test_a_failure_met_anew_moved_and_its_chain_says_where_it_continues(
    world: World,
) -> None:
    """C4, I4."""
    world.orders(ORDERS)
    world.run()
    second = world.run()

    chain = world.engine.chain("1")
    assert (chain.moved_to, chain.balance.moved) == ((2,), 4)
    [step, last] = world.engine.record("s1").history
    assert (step.state, step.by, last.event) == ("moved", 2, 2)

    world.link("orders", definition(stages=[COLUMNS]))
    world.retry(second, definition=CURRENT)

    closed = world.engine.chain("1")
    assert (closed.status, closed.moved_to) == ("completed", ())
    assert (closed.balance.moved, closed.residual) == (4, 0)


@both_stores
def test_causes_are_new_same_fixed_or_regressed(world: World) -> None:
    def run(*bad: dict[str, Any]) -> None:
        world.orders([order(n) for n in range(10, 15)] + list(bad))
        world.link("orders", definition(stages=[COLUMNS, EMAIL]))
        world.run(full=True)

    run(order(1, email=""), order(2, amount="x"))
    run(order(2, amount="x"), order(3, amount="y"))
    run(order(1, email=""), order(2, amount="x"))

    [blank, number] = world.event(1).errors
    blank, number = sorted((blank, number), key=lambda group: group.code != "required")
    assert words(world, 1, 2) == {
        blank.message: ("fixed", 1, 0),
        number.message: ("same", 1, 2),
    }
    assert words(world, 2, 3) == {
        blank.message: ("regressed", 0, 1),
        number.message: ("same", 2, 1),
    }


def test_what_a_retry_did_not_try_is_not_fixed(world: World) -> None:
    world.orders([order(1, email=""), order(2, amount="x")])
    first = world.run()
    world.retry(first, keys=("1",))

    assert {word for word, _, _ in words(world, 1, 2).values()} == {"same"}


def test_only_events_of_one_link_are_compared(world: World) -> None:
    world.orders([order(1, email="")])
    world.run()
    world.link("others", definition(link="others"))
    world.run("others")

    with pytest.raises(Refused, match="causes are compared within one Link"):
        world.engine.trends("1", "2")
    with pytest.raises(Refused, match="with itself"):
        world.engine.trends("1", "1")


def test_a_running_record_count_is_never_invented(world: World) -> None:
    """S3: the size of a Batch never received is unknown, not 0."""
    faults = {2: [Answered(503)] * 2}
    with ScriptedServer(Pages(ORDERS[:20], faults=faults)) as server:
        world.link("orders", definition(source=pages(server.url), stages=[COLUMNS]))
        world.run()

    chain = world.engine.chain("1")

    assert (chain.batches, chain.records) == ((1,), (0,))
    assert (chain.balance.fetched, chain.balance.open) == (10, 0)


def test_show_says_what_became_of_each_cause_since_the_run_before(world: World) -> None:
    world.orders([order(1, email=""), order(2)])
    first = world.run()
    world.retry(first)
    world.run()

    child = linkdeck("show", "2", home=world.folder).out
    later = linkdeck("show", "3", home=world.folder).out

    assert "Causes since #1" in child
    assert "records 1 → 1" in child
    assert "Causes since #1" in later
    assert "email is blank  same           1    1" in later
