"""`on_error` in all its settings: what becomes of the record, the Batch, the run (contract, 1)."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import LinkdeckError
from engine.domain.outcome import Ending, Status
from engine.domain.stored_json import parsed
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, both_stores, definition, pages, shelf
from tests.stories.world import World, order

CAST = {"name": "dated", "map": {"day": {"from": "day", "cast": "date"}}, "keep": True}


def shaped(world: World, **policy: Any) -> None:
    """Three orders, the second without a date; the stage that reads it has this policy."""
    days = [order(1, day="2026-01-01"), order(2, day="soon"), order(3, day="2026-01-03")]
    world.orders(days)
    stages = [COLUMNS | {"map": {**COLUMNS["map"], "day": "day"}}, CAST | policy]  # type: ignore[dict-item]
    world.link("orders", definition(stages=stages, target=_part_files()))


def _part_files() -> dict[str, Any]:
    return {"adapter": "file", "path": "out", "format": "ndjson"}


def written(world: World) -> dict[int, Any]:
    """What the part files hold, by id."""
    lines = [
        json.loads(line)
        for part in sorted((world.links / "out").glob("*"))
        for line in part.read_text(encoding="utf-8").splitlines()
    ]
    return {line["id"]: line for line in lines}


@pytest.mark.parametrize(
    "policy", [{}, {"on_error": "record"}, {"continue": False, "status": "failed"}]
)
def test_record_stops_the_record_here_and_fails_it(world: World, policy: Any) -> None:
    shaped(world, **policy)

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 1)
    assert sorted(written(world)) == [1, 3]
    [snapshot] = world.failing(event)
    assert snapshot.errors[0]["stage"] == "dated"


@pytest.mark.parametrize(
    "policy", [{"on_error": "log"}, {"continue": True, "status": "warning"}]
)
def test_log_lets_it_pass_unchanged_with_a_warning(world: World, policy: Any) -> None:
    shaped(world, **policy)

    event = world.run()

    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert (event.records.written, event.records.warned, event.records.failed) == (3, 1, 0)
    assert written(world)[2]["day"] == "soon"
    [warning] = event.warnings
    assert "day" in warning


@pytest.mark.parametrize(
    "policy", [{"on_error": "skip"}, {"continue": False, "status": "ignored"}]
)
def test_skip_ignores_the_record_and_the_error_is_the_reason(
    world: World, policy: Any
) -> None:
    shaped(world, **policy)

    event = world.run()

    assert event.status is Status.COMPLETED
    assert (event.records.written, event.records.ignored) == (2, 1)
    [reason] = event.ignored_reasons
    assert "day" in reason


def test_true_and_failed_runs_the_remaining_stages_and_pushes_nothing(world: World) -> None:
    """The record fails with every error it meets on the way."""
    world.orders([order(1), order(2, amount="much", email="")])
    amount = {"map": {"amount": {"from": "amount", "cast": "int"}}, "keep": True}
    first = {"name": "first", **amount, "continue": True, "status": "failed"}
    second = {"name": "second", "check": [{"field": "email", "rule": "required"}]}
    world.link("orders", definition(stages=[first, second], target=_part_files()))

    event = world.run()

    assert (event.records.written, event.records.failed) == (1, 1)
    [snapshot] = world.failing(event)
    assert [error["stage"] for error in snapshot.errors] == ["first", "second"]


def test_false_and_warning_ignores_with_a_warning(world: World) -> None:
    shaped(world, **{"continue": False, "status": "warning"})

    event = world.run()

    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert (event.records.written, event.records.ignored, event.records.warned) == (2, 1, 1)
    assert list(event.ignored_reasons) == list(event.warnings)


def test_true_and_ignored_is_refused(world: World) -> None:
    shaped(world, **{"continue": True, "status": "ignored"})

    with pytest.raises(LinkdeckError, match="ignored"):
        world.run()
    assert world.engine.events().items == ()


def test_the_camel_case_spelling_is_accepted(world: World) -> None:
    shaped(world, onError="skip")

    assert world.run().records.ignored == 1


@both_stores
def test_fail_stops_the_batch_at_that_record_and_accounts_for_every_record(
    world: World,
) -> None:
    """T1, S3: what came before it is written, what comes after is not attempted and stays open."""
    world.orders(
        [order(n, email="" if n in {14, 16} else f"o{n}@x.example") for n in range(1, 401)]
    )
    rules = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}
    world.link("orders", definition(stages=[COLUMNS, rules | {"on_error": "fail"}]))

    event = world.run()

    assert (event.status, event.ending) == (Status.FAILED, Ending.STOPPED)
    assert event.batches.planned == 40
    assert (event.batches.completed, event.batches.failed) == (1, 1)
    assert event.batches.not_attempted == 38
    assert (event.records.fetched, event.records.written, event.records.failed) == (
        20, 13, 7,
    )  # fmt: skip
    assert sorted(row["id"] for row in world.rows()) == list(range(1, 14))
    failing = {
        int(snapshot.label.rpartition(":")[2]): snapshot
        for snapshot in world.failing(event)
    }
    assert sorted(failing) == list(range(14, 21))
    assert failing[14].errors[0]["code"] == "required"
    assert {failing[n].errors[0]["code"] for n in range(15, 21)} == {"not_attempted"}
    assert json.loads(failing[20].before or b"")["id"] == 20
    assert (event.open.batches, event.open.records) == (38, 7)


def test_where_the_run_stopped_every_record_keeps_its_story(world: World) -> None:
    """I1, T2: lines that cannot be read, before and after; key, `after` and blame of the one."""
    world.orders(
        [order(1), '{"bad', order(3), order(4, email=" ", amount="40"), order(5), '{"worse']
    )
    rules = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}
    world.link("orders", definition(stages=[COLUMNS, rules | {"on_error": "fail"}]))

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 4)
    told = {
        snapshot.label: (snapshot.errors[0]["code"], parsed(snapshot.before))
        for snapshot in world.failing(event)
    }
    assert told == {
        "orders.ndjson:2": ("malformed_record", '{"bad'),
        "4": ("required", order(4, email=" ", amount="40")),
        "5": ("not_attempted", order(5)),
        "orders.ndjson:6": ("not_attempted", '{"worse'),
    }
    [stopped] = [each for each in world.failing(event) if each.label == "4"]
    assert json.loads(stopped.after or b"") == {"id": 4, "email": "", "amount": 40}
    changes = world.engine.record(f"s{stopped.id}").changes
    assert {change.path: change.stage for change in changes} == {
        "email": "to columns", "amount": "to columns",
    }  # fmt: skip


def test_fail_exits_3_with_one_line_that_says_where_and_why(
    world: World, tmp_path: Path
) -> None:
    """T1, contract: Link, stage kind, batch and position, root cause."""
    world.orders([order(n, email="" if n == 14 else "a@x.example") for n in range(1, 31)])
    rules = {
        "name": "rules",
        "check": [{"field": "email", "rule": "required"}],
        "on_error": "fail",
    }
    world.link("orders", definition(stages=[COLUMNS, rules]))

    answer = linkdeck("run", "orders", home=tmp_path)

    assert answer.code == 3
    lines = [line for line in answer.err.splitlines() if "ERROR" in line]
    assert len(lines) == 1
    for told in ("orders", "check", "batch", "14", "email is blank"):
        assert told in lines[0], lines[0]


def test_fail_of_a_target_stops_the_run_at_the_record_it_refused(world: World) -> None:
    world.orders([order(n) for n in range(1, 201)])
    target = Shelf(faults={"3": [Answered(422, "no threes")]})
    with ScriptedServer(target) as server:
        text = definition(target=shelf(server.url, on_error="fail"), parallel=1)
        world.link("orders", text)

        event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.batches.not_attempted > 0
    assert "no threes" in event.errors[0].message
    assert event.records.failed >= 1


def test_fail_of_a_source_stops_the_run_at_the_batch_it_could_not_give(
    world: World,
) -> None:
    source = Pages([order(n) for n in range(1, 201)], faults={3: [Answered(500)] * 2})
    with ScriptedServer(source) as server:
        fails = pages(server.url, on_error="fail")
        world.link("orders", definition(source=fails, parallel=1))

        event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.batches.failed == 1
    assert event.batches.not_attempted >= 15


@pytest.mark.parametrize(
    ("policy", "written", "ignored", "warned", "failed"),
    [
        ("record", 2, 0, 0, 1),
        ("skip", 2, 1, 0, 0),
        ("log", 2, 1, 1, 0),
    ],
)
def test_a_targets_own_policy_says_what_a_refusal_is(
    world: World, policy: str, written: int, ignored: int, warned: int, failed: int
) -> None:
    """A record that was refused is not written, whatever it is called."""
    world.orders([order(n) for n in range(1, 4)])
    target = Shelf(faults={"2": [Answered(422, "no twos")]})
    with ScriptedServer(target) as server:
        world.link("orders", definition(target=shelf(server.url, on_error=policy)))

        event = world.run()

    records = event.records
    assert (records.written, records.ignored, records.warned, records.failed) == (
        written, ignored, warned, failed,
    )  # fmt: skip


def test_the_innermost_policy_wins(world: World) -> None:
    """Contract: `on_error` at the top is what stages and target inherit."""
    world.orders([order(1), order(2, email="")])
    world.link("orders", definition(on_error="skip"))

    inherited = world.run()

    assert (inherited.records.ignored, inherited.records.failed) == (1, 0)
    rules = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}
    world.link(
        "orders",
        definition(on_error="skip", stages=[COLUMNS, rules | {"on_error": "record"}]),
    )

    own = world.run()

    assert (own.records.ignored, own.records.failed) == (0, 1)
