"""Writes whose answer never came, and a person who has looked at the target (K3)."""

from typing import Any

import pytest

from engine.adapters.memory.store import shelf as memory_shelf
from engine.domain.errors import Misused, Refused
from engine.domain.outcome import Status
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition
from tests.stories.records import audited
from tests.stories.world import World, order


def in_doubt(world: World, name: str) -> None:
    """Two of ten writes of which nobody knows whether they came through."""
    held = memory_shelf(name)
    held.records.clear()
    held.lost.update({(3,), (7,)})
    target = {"adapter": "memory", "name": name, "idempotent": False, "lookup": "none"}
    world.orders([order(n) for n in range(1, 11)])
    world.link("orders", definition(target=target, stages=[COLUMNS, EMAIL]))
    first = world.run()
    held.lost.clear()
    assert (first.records.in_doubt, first.open.records) == (2, 2)
    balance = world.engine.chain("1").balance
    assert (balance.in_doubt, balance.open) == (2, 0)


def resolve(world: World, snapshot: str, *, written: bool) -> str:
    """What a person says who has looked; the state the record then is in."""
    detail = world.engine.resolve(
        snapshot, written=written, reason="looked it up", actor="ana@desk"
    )
    return detail.snapshot.state


@both_stores
def test_what_was_written_after_all_is_recovered_and_closes_its_event(
    world: World, request: pytest.FixtureRequest
) -> None:
    in_doubt(world, request.node.name)

    states = [resolve(world, snapshot, written=True) for snapshot in ("s1", "s2")]

    assert states == ["recovered", "recovered"]
    event = world.event(1)
    assert event.status is Status.COMPLETED
    assert (event.outcome, event.label) == (Status.FAILED, "recovered")
    assert (event.records.written, event.records.in_doubt) == (10, 0)
    balance = world.engine.chain("1").balance
    assert (balance.written, balance.in_doubt, balance.residual) == (10, 0, 0)
    assert audited(world)[-1] == ("ana@desk", "resolve", "s2", "looked it up")
    findings = [each.message for each in world.engine.doctor()]
    assert [each for each in findings if "counted as" in each] == []


@both_stores
def test_what_was_not_written_is_open_and_goes_with_the_next_retry(
    world: World, request: pytest.FixtureRequest
) -> None:
    in_doubt(world, request.node.name)

    states = [resolve(world, snapshot, written=False) for snapshot in ("s1", "s2")]
    open_now = world.event(1)
    world.retry(1)

    assert states == ["open", "open"]
    assert open_now.status is Status.FAILED
    records: Any = open_now.records
    assert (records.written, records.failed, records.in_doubt) == (8, 2, 0)
    assert world.event(1).status is Status.COMPLETED


@both_stores
def test_only_a_record_in_doubt_is_resolved(
    world: World, request: pytest.FixtureRequest
) -> None:
    in_doubt(world, request.node.name)
    resolve(world, "s1", written=True)

    with pytest.raises(Refused, match="s1 is recovered, not in doubt"):
        resolve(world, "s1", written=False)
    with pytest.raises(Refused, match="there is no Snapshot s9"):
        resolve(world, "s9", written=True)
    with pytest.raises(Misused, match="a reason is needed"):
        world.engine.resolve("s2", written=True, reason="", actor="ana")


def test_the_command_line_wants_to_know_what_was_found(
    world: World, request: pytest.FixtureRequest
) -> None:
    in_doubt(world, request.node.name)
    home = world.folder

    unsaid = linkdeck("resolve", "s1", "--reason", "x", home=home)
    assert (unsaid.code, "--written or --not-written" in unsaid.err) == (2, True)
    open_ = linkdeck("resolve", "s1", "--not-written", "--reason", "x", "--json", home=home)
    assert open_.document()["state"] == "open"
    done = linkdeck("resolve", "s2", "--written", "--reason", "x", home=home)
    assert (done.code, "recovered" in done.out) == (0, True)
