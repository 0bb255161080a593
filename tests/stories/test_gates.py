"""Gates: may downstream go on? What they say for every label and every state of a Link."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.adapters.memory.store import shelf as memory_shelf
from engine.domain.errors import Misused, Refused
from engine.domain.gate import Gate
from engine.domain.requests import RunOptions, Selection, Stop
from engine.domain.retry_plan import Choice, RetryOptions
from engine.operations.queueing import queue_retry, queue_run
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition
from tests.stories.moved_clock import with_clock
from tests.stories.records import audited
from tests.stories.world import World, order

NOON = "2026-11-22T12:00"
LENIENT = {**EMAIL, "on_error": "skip"}


def gate(world: World, **asked: Any) -> Gate:
    """The gate of orders."""
    (found,) = world.engine.gates(["orders"], **asked)
    return found


def messages(found: Gate) -> list[str]:
    return [each.message for each in found.reasons]


def good(world: World) -> None:
    """Orders that all pass."""
    world.orders([order(1), order(2)])
    world.link("orders", definition())


def bad(world: World) -> None:
    """One of the orders fails."""
    world.orders([order(1), order(2, email="")])
    world.link("orders", definition())


# What each state of a Link says: how it came about, the label, whether it opens, and why not.


def never(world: World) -> None:
    good(world)


def complete(world: World) -> None:
    good(world)
    world.run()


def partial(world: World) -> None:
    bad(world)
    world.run()


def recovered(world: World) -> None:
    partial(world)
    world.link("orders", definition(stages=[COLUMNS]))
    world.retry(1, definition=Choice.CURRENT)


def exception_filtered(world: World) -> None:
    bad(world)
    world.link("orders", definition(stages=[COLUMNS, LENIENT]))
    world.run()


def recovered_by_leaving_out(world: World) -> None:
    partial(world)
    world.link("orders", definition(stages=[COLUMNS, LENIENT]))
    world.retry(1, definition=Choice.CURRENT)


def discarded(world: World) -> None:
    partial(world)
    world.engine.discard(["1"], reason="a known one", actor="ana@test")


def source_gone(world: World) -> None:
    complete(world)
    (world.links / "orders.ndjson").rename(world.links / "away")
    world.run()


def source_back(world: World) -> None:
    source_gone(world)
    (world.links / "away").rename(world.links / "orders.ndjson")
    world.run()


def failed_anew(world: World) -> None:
    partial(world)
    world.run()


def queued(world: World) -> None:
    complete(world)
    queue_run(world.engine._context, "orders", RunOptions(actor="ana@test"))


def only_tested(world: World) -> None:
    complete(world)
    bad(world)
    world.run(test=True)


def in_doubt(world: World) -> None:
    name = f"gate {world.folder}"
    held = memory_shelf(name)
    held.lost.update({(2,)})
    target = {"adapter": "memory", "name": name, "idempotent": False, "lookup": "none"}
    world.orders([order(1), order(2)])
    world.link("orders", definition(target=target))
    world.run()


def interrupted(world: World) -> None:
    """A retry was begun and left by whoever ran it."""
    partial(world)
    world.link("orders", definition(stages=[COLUMNS]))
    queue_retry(
        world.engine._context,
        "1",
        Selection(),
        RetryOptions(actor="ana@test", reason="mended", definition=Choice.CURRENT),
    )


def cancelled(world: World) -> None:
    good(world)
    stop = Stop()
    stop.now("ctrl+c")
    world.run(stop=stop)


STATES: list[tuple[Callable[[World], None], str | None, list[str]]] = [
    (never, None, ["it never ran"]),
    (complete, "complete", []),
    (partial, "partial", ["#1 failed, 1 record open"]),
    (recovered, "recovered", []),
    (
        exception_filtered,
        "exception_filtered",
        ["errors left records out of #1 (exception filtered)"],
    ),
    (
        recovered_by_leaving_out,
        "exception_filtered",
        ["errors left records out of #1 (exception filtered)"],
    ),
    (discarded, "recovered", []),
    (source_gone, "partial", ["#2 failed"]),
    (source_back, "complete", []),
    (failed_anew, "partial", ["#2 failed, 1 record open"]),
    (queued, "complete", ["#2 is queued since "]),
    (only_tested, "complete", []),
    (cancelled, "partial", ["#1 cancelled"]),
    (in_doubt, "partial", ["#1 failed, 1 record open, 1 of them in doubt"]),
    (interrupted, "partial", ["#1 failed, 1 record open", "#2 is queued since"]),
]


@pytest.mark.parametrize(
    ("made", "label", "why"), STATES, ids=[each[0].__name__ for each in STATES]
)
def test_what_the_gate_says_of_a_link(
    world: World, made: Callable[[World], None], label: str | None, why: list[str]
) -> None:
    made(world)

    found = gate(world)

    assert (found.label, found.open) == (label, not why)
    assert len(found.reasons) == len(why)
    for message, beginning in zip(messages(found), why, strict=True):
        assert message.startswith(beginning)


def test_data_that_is_too_old_closes_the_gate(world: World) -> None:
    clock = with_clock(world, NOON)
    complete(world)
    clock.on(hours=3)

    assert gate(world).open
    assert gate(world, max_age=3 * 3600.0).open
    found = gate(world, max_age=2 * 3600.0)

    assert (found.open, found.label, found.age) == (False, "complete", 3 * 3600.0)
    assert messages(found) == ["its data is 3 h old; at most 2 h is allowed"]
    assert found.as_of == datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_retry_long_after_makes_no_data_fresh(world: World) -> None:
    """What is recovered is of the time its first run began."""
    clock = with_clock(world, NOON)
    partial(world)
    clock.on(hours=3)
    world.link("orders", definition(stages=[COLUMNS]))
    world.retry(1, definition=Choice.CURRENT)

    assert not gate(world, max_age=2 * 3600.0).open


def test_a_link_that_runs_closes_the_gate_until_it_is_over(world: World) -> None:
    complete(world)
    seen: list[Gate] = []

    world.run(watch=lambda glimpse: seen.append(gate(world)))

    assert not seen[0].open
    assert messages(seen[0])[0].startswith("#2 is running since")
    assert gate(world).open


@both_stores
def test_an_approval_opens_the_gate_until_its_time(world: World) -> None:
    clock = with_clock(world, NOON)
    partial(world)

    given = world.engine.approve_gate(
        "orders", until="2026-11-22T14:00", reason="one is known", actor="ana@test"
    )

    assert (given.batches, given.records) == (0, 1)
    found = gate(world)
    assert (found.open, found.label) == (True, "partial")
    assert messages(found) == ["#1 failed, 1 record open"]
    assert found.approval == given
    assert audited(world) == [("ana@test", "approve gate", "orders", "one is known")]
    clock.to("2026-11-22T13:59:59")
    assert gate(world).open
    clock.to("2026-11-22T14:00")
    assert (gate(world).open, gate(world).approval) == (False, None)


def test_an_approval_is_for_what_was_known_and_no_more(world: World) -> None:
    with_clock(world, NOON)
    partial(world)
    approved(world)

    world.run()
    assert gate(world).open
    world.orders([order(1), order(2, email=""), order(3, email="")])
    world.link("orders", definition())
    world.run()

    found = gate(world)
    assert not found.open
    assert messages(found)[0] == (
        "ana@test approved it with 1 record open, now it is 2 records"
    )


def test_an_approval_can_be_taken_back(world: World) -> None:
    with_clock(world, NOON)
    partial(world)
    approved(world)

    world.engine.withdraw_gate("orders", reason="it was not known", actor="bob@test")

    assert not gate(world).open
    acts = [row[:3] for row in audited(world)]
    assert acts[-1] == ("bob@test", "withdraw gate approval", "orders")
    with pytest.raises(Refused, match="nobody has approved the gate of orders"):
        world.engine.withdraw_gate("orders", reason="again", actor="bob@test")


def approved(world: World) -> None:
    """A person's word for two hours."""
    world.engine.approve_gate(
        "orders", until="2026-11-22T14:00", reason="one is known", actor="ana@test"
    )


@pytest.mark.parametrize(
    ("until", "reason", "why"),
    [
        ("2026-11-22T11:00", "why not", "has passed"),
        ("teatime", "why not", "is not a time"),
        ("2026-11-22T14:00", "  ", "a reason is needed"),
    ],
)
def test_an_approval_that_says_nothing_is_refused(
    world: World, until: str, reason: str, why: str
) -> None:
    with_clock(world, NOON)
    partial(world)

    with pytest.raises(Misused, match=why):
        world.engine.approve_gate("orders", until=until, reason=reason, actor="ana@test")

    assert audited(world) == []


# On the command line


def asked(world: World, *words: str) -> tuple[int, str, str]:
    answer = linkdeck("gate", *words, home=world.folder)
    return answer.code, answer.out, answer.err


def test_the_command_says_4_and_the_reasons_where_the_gate_is_closed(world: World) -> None:
    complete(world)
    assert asked(world, "orders", "--max-age", "2h")[0] == 0

    bad(world)
    world.run()
    code, out, err = asked(world, "orders")

    assert (code, err) == (4, "")
    assert "orders" in out
    assert "closed" in out
    assert "#2 failed, 1 record open; linkdeck retry 2" in out


def test_one_closed_gate_of_several_closes_them_all_in_json_too(world: World) -> None:
    complete(world)
    other = definition(link="others", source={"adapter": "file", "path": "none.ndjson"})
    world.link("others", other)

    answer = linkdeck("gate", "orders", "others", "--json", home=world.folder)

    assert answer.code == 4
    told = answer.document()
    assert told["open"] is False
    assert [(each["link"], each["open"]) for each in told["gates"]] == [
        ("orders", True),
        ("others", False),
    ]
    assert told["gates"][1]["reasons"] == [
        {
            "kind": "never_ran",
            "message": "it never ran",
            "event": None,
            "hint": "linkdeck run others",
        }
    ]


def test_a_gate_is_approved_and_withdrawn_on_the_command_line(world: World) -> None:
    partial(world)
    words = ("approve", "orders", "--until", "2099-01-01", "--reason", "one is known")

    assert asked(world, *words)[0] == 0
    code, out, _ = asked(world, "orders")
    assert code == 0
    assert "open: approved" in out
    assert "approved until 2099-01-01 00:00:00 UTC by" in out
    assert asked(world, "withdraw", "orders", "--reason", "it was not")[0] == 0
    assert asked(world, "orders")[0] == 4


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), 2, "is missing"),
        (("nobody",), 3, "there is no Link 'nobody'"),
        (("orders", "--max-age", "soon"), 2, "takes a duration such as 30m, 2h or 1d"),
        (("approve", "orders"), 2, "needs a reason"),
        (("approve", "orders", "--reason", "so"), 2, "say till when"),
        (("approve", "--reason", "so"), 2, "takes one Link"),
        (("orders", "--reason", "so"), 2, "belong to: linkdeck gate approve"),
    ],
)
def test_a_gate_that_is_asked_wrongly_is_never_taken_for_a_closed_one(
    world: World, words: tuple[str, ...], code: int, sentence: str
) -> None:
    good(world)

    answer = asked(world, *words)

    assert answer[0] == code
    assert sentence in answer[2]


def test_a_link_whose_definition_is_broken_still_has_its_gate(world: World) -> None:
    complete(world)
    path: Path = world.links / "orders.yaml"
    text = path.read_text(encoding="utf-8").replace('"batch_size"', '"batchsize"')
    path.write_text(text, encoding="utf-8")

    assert gate(world).open


def test_explain_says_what_the_data_lacks(world: World) -> None:
    partial(world)

    told = linkdeck("explain", "orders", home=world.folder).out

    assert "Its data: partial; downstream should wait:" in told
    assert "#1 failed, 1 record open" in told
