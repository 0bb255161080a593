"""Discards: accounted for with a reason, never deleted, and they close Chains (I3, C4, P7)."""

import threading
from typing import Any

import pytest

from engine.domain.errors import Misused, Refused
from engine.domain.inbox import Discarded
from engine.domain.outcome import Status
from engine.domain.requests import Selection
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.command_line import linkdeck
from tests.stories.definitions import both_stores, definition, pages
from tests.stories.records import audited
from tests.stories.world import World, order

ORDERS = [order(n, email="" if n in {2, 5, 8} else f"o{n}@x.de") for n in range(1, 11)]


def discard(world: World, *refs: str, **selection: Any) -> Discarded:
    """Through the front door."""
    return world.engine.discard(
        refs, Selection(**selection), reason="known", actor="ana@desk"
    )


@both_stores
def test_everything_open_of_an_event_is_discarded_and_it_completes_with_warnings(
    world: World,
) -> None:
    """I3, C4: the outcome stays what it was."""
    world.orders(ORDERS)
    first = world.run()

    done = discard(world, "1")

    assert done == Discarded(records=3, events=(1,), completed=(1,))
    event = world.event(first)
    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert (event.outcome, event.closed_by) == (Status.FAILED, "discard")
    assert (event.open.records, event.recovered_by) == (0, None)
    assert {each.state for each in world.failing(first)} == {"discarded"}
    balance = world.engine.chain("1").balance
    assert (balance.fetched, balance.written, balance.discarded) == (10, 7, 3)
    assert audited(world) == [("ana@desk", "discard", "#1", "known")]


@both_stores
@pytest.mark.parametrize(
    ("selection", "left"),
    [
        ({"keys": ("5", "8")}, {"2"}),
        ({"where": "id > 4"}, {"2"}),
        ({"stage": "rules"}, set()),
        ({"tier": "record"}, set()),
        ({"batch": 1}, set()),
    ],
)
def test_a_selection_narrows_what_is_discarded(
    world: World, selection: dict[str, Any], left: set[str]
) -> None:
    """P3."""
    world.orders(ORDERS)
    first = world.run()

    discard(world, "1", **selection)

    assert {each.label for each in world.failing(first) if each.state == "open"} == left


@both_stores
def test_a_cause_is_discarded_wherever_in_the_chain_it_is_open(world: World) -> None:
    world.orders(ORDERS)
    first = world.run()
    child = world.retry(first, keys=("5",))
    [group] = first.errors

    done = discard(world, "1", fingerprints=(group.fingerprint,))

    assert done == Discarded(records=3, events=(1, 2), completed=(1, 2))
    assert world.event(child).status is Status.COMPLETED_WITH_WARNINGS
    assert world.engine.chain("1").records == (3, 3, 0)


@both_stores
def test_single_records_are_discarded_by_their_names(world: World) -> None:
    world.orders(ORDERS)
    first = world.run()

    done = discard(world, "s1", "s3")

    assert done == Discarded(records=2, events=(1,))
    assert world.event(first).status is Status.FAILED
    assert audited(world) == [("ana@desk", "discard", "s1 and 1 more", "known")]
    [row] = [row for row in world.engine.audit_rows().items if row.action == "discard"]
    assert row.detail is not None
    assert row.detail["snapshots"] == ["s1", "s3"]


@both_stores
def test_records_of_two_chains_are_discarded_by_one_act_a_row_each(world: World) -> None:
    """P3: all of it, or nothing."""
    world.orders(ORDERS)
    world.run()
    world.link("others", definition(link="others"))
    world.run("others")

    done = discard(world, "s1", "s4", "s2", "s3")

    assert (done.records, done.events, done.completed) == (4, (1, 2), (1,))
    assert [row[2] for row in audited(world)] == ["s1 and 2 more", "s4"]


@both_stores
def test_kept_scopes_are_discarded_and_the_chain_closes(world: World) -> None:
    source = Pages(ORDERS, faults={2: [Answered(503)] * 2})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url, paginate=_small())))
        first = world.run()
    assert (first.open.batches, first.open.records) == (1, 2)

    one = discard(world, "1", tier="batch")
    two = discard(world, "1")

    assert one == Discarded(batches=1, events=(1,))
    assert two == Discarded(records=2, events=(1,), completed=(1,))
    assert world.event(first).status is Status.COMPLETED_WITH_WARNINGS


def _small() -> dict[str, Any]:
    return {"style": "page", "size": 5, "total": "meta.total"}


@both_stores
def test_a_system_error_is_discarded_with_its_event(world: World) -> None:
    """C4: with Warnings, as wherever anything was discarded.

    Nobody shall take a run that fetched nothing for one in which all went well; and it is no data
    that is let go: the mark stays, and the next run asks for the same changes (M1).
    """
    world.link("orders", definition(source={"adapter": "file", "path": "gone.ndjson"}))
    first = world.run()
    assert first.status is Status.FAILED

    done = discard(world, "1")

    assert done == Discarded(events=(1,), completed=(1,))
    event = world.event(first)
    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert event.warnings == {"the System error was discarded": 1}
    assert world.engine.explain("orders").mark is None


@both_stores
def test_of_two_operators_who_discard_at_once_one_does_and_one_is_told(
    world: World,
) -> None:
    """I17: nothing is counted twice."""
    world.orders(ORDERS)
    first = world.run()
    told: list[str] = []
    done: list[Discarded] = []
    start = threading.Barrier(2)

    def press() -> None:
        start.wait(10)
        try:
            done.append(discard(world, "1"))
        except Refused as refusal:
            told.append(str(refusal))

    operators = [threading.Thread(target=press) for _ in range(2)]
    for operator in operators:
        operator.start()
    for operator in operators:
        operator.join(20)

    assert [each.records for each in done] == [3]
    assert told == ["nothing of #1 is open; linkdeck failures 1 shows what became of each"]
    assert world.event(first).open.records == 0
    assert world.engine.chain("1").balance.discarded == 3
    assert [row[1] for row in audited(world)] == ["discard"]


@both_stores
def test_snapshots_are_discarded_all_or_none(world: World) -> None:
    world.orders(ORDERS)
    first = world.run()
    discard(world, "s1")

    with pytest.raises(Refused, match="s1 is discarded; there is nothing to discard"):
        discard(world, "s2", "s1")

    assert world.event(first).open.records == 2


@pytest.mark.parametrize(
    ("refs", "selection", "why"),
    [
        ((), {}, "say what to discard"),
        (("1",), {"tier": "warning"}, "a Warning blocks nothing"),
        (("s1", "1"), {}, "by their names alone"),
        (("s1",), {"keys": ("2",)}, "by their names alone"),
        (("1",), {"where": "id >"}, "--where"),
    ],
)
def test_what_cannot_be_meant_is_told(
    world: World, refs: tuple[str, ...], selection: dict[str, Any], why: str
) -> None:
    world.orders(ORDERS)
    world.run()

    with pytest.raises(Misused, match=why):
        discard(world, *refs, **selection)


@pytest.mark.parametrize(
    ("refs", "selection", "why"),
    [
        (("1",), {"keys": ("99",)}, "nothing of #1 is open that matches"),
        (("1",), {"where": "id == 99"}, "nothing open of #1 matches"),
        (("1",), {"fingerprints": ("0000",)}, "nothing of #1 is open that matches"),
        (("9",), {}, "there is no Sync Event #9"),
        (("s99",), {}, "there is no Snapshot s99"),
        (("x",), {}, "is not a Sync Event"),
    ],
)
def test_a_selection_that_means_nothing_is_refused(
    world: World, refs: tuple[str, ...], selection: dict[str, Any], why: str
) -> None:
    """P3: never over an empty one."""
    world.orders(ORDERS)
    world.run()

    with pytest.raises(Refused, match=why):
        discard(world, *refs, **selection)
    assert audited(world) == []


def test_a_blank_reason_is_refused(world: World) -> None:
    """P7."""
    world.orders(ORDERS)
    world.run()

    with pytest.raises(Misused, match="a reason is needed"):
        world.engine.discard(["1"], reason="  ", actor="ana")


def test_a_failure_that_moved_is_discarded_where_it_went(world: World) -> None:
    """C4: #1 continues in #2, and closes with it."""
    world.orders(ORDERS)
    first = world.run()
    second = world.run()

    with pytest.raises(Refused, match="#1 continues in #2; discard it there"):
        discard(world, "1")
    done = discard(world, "2")

    assert done.completed == (1, 2)
    assert world.event(first).status is not Status.FAILED
    assert world.event(second).status is Status.COMPLETED_WITH_WARNINGS
    assert world.engine.chain("1").balance.moved == 3


def test_a_discard_lets_the_mark_move_to_where_the_run_began(world: World) -> None:
    """M1: discarded is accounted for."""
    source = Pages([{**each, "updated": "2026-01-01T00:00:00Z"} for each in ORDERS])
    with ScriptedServer(source) as server:
        changed = pages(server.url, changed_since="since")
        world.link("orders", definition(source=changed))
        first = world.run()
        held = world.engine.explain("orders")
        assert (held.mark, [each.event for each in held.held_by]) == (None, [1])

        discard(world, "1")

    mark = world.engine.explain("orders").mark
    assert mark is not None
    assert (mark.value, mark.set_by) == (first.window.until, 1)


def test_the_command_line_discards_and_says_what_that_completed(world: World) -> None:
    world.orders(ORDERS)
    world.run()
    home = world.folder

    one = linkdeck("discard", "s1", "--reason", "test order", home=home)
    assert (one.code, one.out) == (0, "discarded 1 record of #1\n")
    rest = linkdeck("discard", "1", "--reason", "all tests", "--json", home=home)
    assert rest.document() == {
        "records": 2,
        "batches": 0,
        "events": [1],
        "completed": [1],
    }
    assert linkdeck("discard", "1", "--reason", "again", home=home).code == 3
    assert linkdeck("discard", "1", home=home).code == 2
    assert linkdeck("discard", "--reason", "x", home=home).code == 2
