"""How far a failure reaches: the run, a Batch, a Record, or nobody (T1-T4)."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from engine.domain.outcome import Ending, Status
from engine.domain.requests import Selection
from tests.servers.scripted import Body, Hang, Json, Reset, ScriptedServer, Seen
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages, Shelf
from tests.stories.definitions import (
    COLUMNS,
    both_stores,
    custom,
    definition,
    pages,
    shelf,
)
from tests.stories.world import World, order

ORDERS = [order(n) for n in range(1, 51)]
"""Five pages of ten."""


# T1: System errors


def test_a_source_that_cannot_be_reached_while_planning_stops_the_run(world: World) -> None:
    """T1, C6: nothing is planned, and nothing pretends to be."""
    with ScriptedServer(Pages(ORDERS)) as server:
        gone = server.url
    world.link("orders", definition(source=pages(gone)))

    event = world.run()

    assert (event.status, event.ending) == (Status.FAILED, Ending.STOPPED)
    assert event.batches.planned == 0
    [group] = event.errors
    assert (group.tier, group.code, group.error_class) == (
        "system", "refused", "availability",
    )  # fmt: skip
    assert group.stage == "source"
    assert (event.open.batches, event.open.records) == (0, 0)


@both_stores
def test_bad_credentials_stop_the_run(world: World) -> None:
    """T1: 401 while planning."""
    with ScriptedServer(lambda seen: Answered(401, "who are you?")) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run()

    [group] = event.errors
    assert (group.tier, group.error_class, group.route) == (
        "system", "authorization", "access_review",
    )  # fmt: skip
    assert "401" in group.message
    assert event.status is Status.FAILED


def test_credentials_that_expire_in_the_middle_stop_the_run(world: World) -> None:
    """T1: what is planned and did not start is recorded as not attempted, and stays open."""
    source = Pages(ORDERS, faults={3: [Answered(401)]})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url), parallel=1))

        event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.batches.planned == 5
    assert event.batches.failed == 1
    assert event.batches.not_attempted >= 1
    assert event.open.batches == event.batches.failed + event.batches.not_attempted
    assert [group.tier for group in event.errors] == ["system"]


def test_a_target_table_that_is_missing_stops_the_run_and_is_named(world: World) -> None:
    """T1: before anything is fetched."""
    world.orders(ORDERS)
    with closing(sqlite3.connect(world.links / "warehouse.db")) as made:
        made.execute("CREATE TABLE others (id INTEGER PRIMARY KEY)")
        made.commit()
    target = {"adapter": "sql", "url": "sqlite:///warehouse.db", "table": "orders"}
    world.link("orders", definition(target=target))

    event = world.run()

    [group] = event.errors
    assert (group.tier, group.code, group.stage) == ("system", "table_missing", "target")
    assert "orders" in group.message
    assert event.batches.planned == 0


def test_a_target_that_refuses_ten_batches_in_a_row_is_down(world: World) -> None:
    """T1: refused connections, batch after batch."""
    world.orders([order(n) for n in range(1, 301)])
    with ScriptedServer(Shelf()) as server:
        gone = server.url
    impatient = {"pause": "10ms", "patience": "50ms"}
    target = shelf(gone, breaker=impatient)
    world.link("orders", definition(target=target, retry={"max_attempts": 1}, parallel=1))

    event = world.run()

    assert event.ending is Ending.STOPPED
    assert "system_down" in {group.code for group in event.errors}
    assert event.batches.planned == 30
    assert 10 <= event.batches.failed < 30
    assert event.batches.not_attempted == 30 - event.batches.failed
    assert event.records.written == 0
    assert event.records.in_doubt == 0


def test_how_many_refusals_make_a_system_down_is_the_budgets_business(world: World) -> None:
    """T1: `budget: {consecutive_refused: 2}`."""
    world.orders([order(n) for n in range(1, 101)])
    with ScriptedServer(Shelf()) as server:
        gone = server.url
    text = definition(
        target=shelf(gone),
        retry={"max_attempts": 1},
        parallel=1,
        budget={"consecutive_refused": 2},
    )
    world.link("orders", text)

    event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.batches.failed < 10


def test_http_statuses_never_make_a_system_down(world: World) -> None:
    """T1: twelve pages that answer 500 are twelve Batch errors, and the run goes on."""
    records = [order(n) for n in range(1, 141)]
    faults = {page: [Answered(500)] * 9 for page in range(2, 14)}
    with ScriptedServer(Pages(records, faults=faults)) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run()

    assert event.ending is Ending.DONE
    assert (event.batches.failed, event.batches.completed) == (12, 2)
    assert {group.tier for group in event.errors} == {"batch"}


def test_timeouts_never_make_a_system_down(world: World) -> None:
    """T1: `consecutive_refused: 1`, and pages that time out one after the other."""

    def script(seen: Seen) -> Any:
        return slow if seen.query.get("page") in {"2", "3"} else source(seen)

    slow, source = Hang(), Pages(ORDERS)
    with ScriptedServer(script) as server:
        text = definition(
            source=pages(server.url, timeout={"read": "150ms"}),
            retry={"max_attempts": 1},
            budget={"consecutive_refused": 1},
        )
        world.link("orders", text)

        event = world.run()

    assert event.ending is Ending.DONE
    assert (event.batches.failed, event.batches.completed) == (2, 3)
    assert {group.code for group in event.errors} == {"timeout"}


# T2: Batch errors


@both_stores
def test_a_page_that_fails_keeps_its_scope_and_its_siblings_are_written(
    world: World,
) -> None:
    """T2: what was never received has no size, and is not counted as 0 records failed."""
    source = Pages(ORDERS, faults={3: [Answered(503)] * 2})
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run()

    assert event.status is Status.FAILED
    assert (event.batches.planned, event.batches.completed, event.batches.failed) == (
        5, 4, 1,
    )  # fmt: skip
    assert (event.records.fetched, event.records.written, event.records.failed) == (
        40, 40, 0,
    )  # fmt: skip
    assert (event.open.batches, event.open.records) == (1, 0)
    [failed] = world.engine.failures(str(event.id), Selection()).batches
    assert (failed.fetched, failed.open, failed.state) == (None, True, "failed")
    assert failed.scope
    assert failed.attempts == 2
    [group] = event.errors
    assert (group.tier, group.error_class, group.route) == (
        "batch", "availability", "retry",
    )  # fmt: skip


def test_a_malformed_page_fails_only_its_batch(world: World) -> None:
    """T2: complete, but not what was asked for: class schema, and not tried again."""
    page = Body(b"<html><title>Welcome</title></html>", kind="text/html")
    with ScriptedServer(Pages(ORDERS, faults={2: [page]})) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run()
        asked = [seen.query["page"] for seen in server.seen]

    assert asked.count("2") == 1
    [group] = event.errors
    assert (group.tier, group.error_class, group.route) == ("batch", "schema", "producer")
    assert event.records.written == 40


@both_stores
def test_a_push_that_fails_after_records_were_received_leaves_each_with_its_snapshot(
    world: World,
) -> None:
    """T2: known not to be written → failing records, one by one, and no scope."""
    world.orders([order(n) for n in range(1, 16)])
    with ScriptedServer(Shelf()) as server:
        gone = server.url
    world.link("orders", definition(target=shelf(gone), retry={"max_attempts": 1}))

    event = world.run()

    assert (event.batches.failed, event.records.failed, event.records.in_doubt) == (
        2, 15, 0,
    )  # fmt: skip
    assert (event.open.batches, event.open.records) == (0, 15)
    failing = {int(snapshot.label): snapshot for snapshot in world.failing(event)}
    assert sorted(failing) == list(range(1, 16))
    assert json.loads(failing[1].before or b"")["email"] == "o1@example.com"
    assert {snapshot.state for snapshot in failing.values()} == {"open"}


def test_with_snapshots_none_a_failed_push_keeps_the_scope_instead(world: World) -> None:
    """T2, C7."""
    world.orders([order(n) for n in range(1, 16)])
    with ScriptedServer(Shelf()) as server:
        gone = server.url
    text = definition(target=shelf(gone), retry={"max_attempts": 1}, snapshots="none")
    world.link("orders", text)

    event = world.run()

    assert (event.batches.failed, event.records.fetched, event.records.failed) == (2, 0, 0)
    assert (event.open.batches, event.open.records) == (2, 0)
    assert world.failing(event) == ()


def test_a_write_whose_answer_never_came_is_in_doubt(world: World) -> None:
    """T2, K3: POST is not harmless to send again, so it is not sent again."""
    world.orders([order(n) for n in range(1, 6)])
    kept = Shelf(after={"3": [Reset()]})
    with ScriptedServer(kept) as server:
        world.link("orders", definition(target=shelf(server.url, method="POST")))

        event = world.run()

    assert (event.records.written, event.records.in_doubt, event.records.failed) == (
        4,
        1,
        0,
    )
    assert event.status is Status.FAILED
    [snapshot] = world.failing(event)
    assert (snapshot.label, snapshot.state) == ("3", "in_doubt")
    assert kept.effects.count("3") == 1


def test_a_write_whose_answer_never_came_is_sent_again_where_that_is_harmless(
    world: World,
) -> None:
    """K3: PUT, with the same Idempotency-Key."""
    world.orders([order(n) for n in range(1, 6)])
    kept = Shelf(after={"3": [Reset()]})
    with ScriptedServer(kept) as server:
        world.link("orders", definition(target=shelf(server.url)))

        event = world.run()
        keys = {
            seen.headers["idempotency-key"]
            for seen in server.seen
            if seen.path.endswith("/3")
        }

    assert event.status is Status.COMPLETED
    assert event.records.written == 5
    assert kept.effects.count("3") == 1
    assert len(keys) == 1


def test_a_sqlite_target_that_stays_busy_fails_its_records_and_is_transient(
    world: World,
) -> None:
    """T2, T6: somebody takes the file while the source is read, and keeps it."""
    world.orders([order(1)])
    world.run()
    holder = sqlite3.connect(
        world.links / "warehouse.db", isolation_level=None, check_same_thread=False
    )
    source = Pages([order(n) for n in range(1, 9)])

    def script(seen: Seen) -> Any:
        if not holder.in_transaction:
            holder.execute("BEGIN EXCLUSIVE")
        return source(seen)

    with closing(holder), ScriptedServer(script) as server:
        text = definition(source=pages(server.url), retry={"max_attempts": 1})
        world.link("orders", text)
        event = world.run()

    assert (event.batches.failed, event.records.failed, event.open.records) == (1, 8, 8)
    [group] = event.errors
    assert (group.tier, group.error_class, group.durability, group.route) == (
        "batch", "transient", "ephemeral", "retry",
    )  # fmt: skip


# T3: Record errors


def test_a_record_the_target_refuses_does_not_fail_its_neighbours_over_http(
    world: World,
) -> None:
    """T3."""
    world.orders([order(n) for n in range(1, 11)])
    target = Shelf(faults={"4": [Answered(422, "email is taken")]})
    with ScriptedServer(target) as server:
        world.link("orders", definition(target=shelf(server.url)))

        event = world.run()

    assert (event.records.written, event.records.failed) == (9, 1)
    assert (event.batches.completed, event.batches.failed) == (1, 0)
    [snapshot] = world.failing(event)
    assert snapshot.label == "4"
    [error] = snapshot.errors
    assert (error["tier"], error["class"], error["stage"]) == (
        "record", "validation", "target",
    )  # fmt: skip
    assert "email is taken" in error["message"]


@both_stores
def test_a_record_the_target_refuses_does_not_fail_its_neighbours_in_sql(
    world: World,
) -> None:
    """T3: savepoints and bisection find the one."""
    world.orders([order(n) for n in range(1, 31)])
    with closing(sqlite3.connect(world.links / "warehouse.db")) as made:
        made.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, "
            "amount INTEGER CHECK (amount <> 170))"
        )
        made.commit()

    event = world.run()

    assert (event.records.written, event.records.failed) == (29, 1)
    [snapshot] = world.failing(event)
    assert snapshot.label == "17"
    assert snapshot.errors[0]["code"] == "check_violation"
    assert len(world.rows()) == 29
    assert json.loads(snapshot.after or b"") == {
        "id": 17, "email": "o17@example.com", "amount": 170,
    }  # fmt: skip


def test_a_403_for_one_record_is_that_records_error(world: World) -> None:
    """T3, contract: 403 on push is class authorization, and no System error."""
    world.orders([order(n) for n in range(1, 4)])
    target = Shelf(faults={"2": [Answered(403)]})
    with ScriptedServer(target) as server:
        world.link("orders", definition(target=shelf(server.url)))

        event = world.run()

    [group] = event.errors
    assert (group.tier, group.error_class) == ("record", "authorization")
    assert event.ending is Ending.DONE
    assert event.records.written == 2


def test_a_401_for_one_record_stops_the_run(world: World) -> None:
    """T1, contract: 401 anywhere is a System error."""
    world.orders([order(n) for n in range(1, 101)])
    target = Shelf(faults={"2": [Answered(401)]})
    with ScriptedServer(target) as server:
        world.link("orders", definition(target=shelf(server.url), parallel=1))

        event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.errors[0].tier == "system"
    assert event.batches.not_attempted > 0


def test_a_record_lists_all_its_errors(world: World) -> None:
    """Contract: all checks of a stage are run."""
    rules = [
        {"field": "email", "rule": "required"},
        {"field": "amount", "rule": "range", "min": 1},
        {"when": "amount < 0", "code": "negative", "message": "amount is negative",
         "class": "business_rule"},
    ]  # fmt: skip
    world.orders([order(1, email="", amount=-5), order(2)])
    world.link("orders", definition(stages=[COLUMNS, {"name": "rules", "check": rules}]))

    event = world.run()

    [snapshot] = world.failing(event)
    assert [error["code"] for error in snapshot.errors] == ["required", "range", "negative"]
    assert event.records.failed == 1
    # A record is in one group, that of its first error: the groups add up to the records.
    assert [(group.code, group.count) for group in event.errors] == [("required", 1)]


# T4: Warnings and ignored records


@both_stores
def test_a_warning_never_blocks(world: World) -> None:
    """T4, S1."""
    rule = {"field": "amount", "rule": "range", "max": 100, "severity": "warning"}
    world.orders([order(1), order(20), order(30)])
    world.link("orders", definition(stages=[COLUMNS, {"name": "rules", "check": [rule]}]))

    event = world.run()

    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert (event.records.written, event.records.warned, event.records.failed) == (3, 2, 0)
    assert sum(event.warnings.values()) == 2
    assert event.open.records == 0


def test_an_ignore_stage_leaves_out_with_its_reason(world: World) -> None:
    """T4."""
    stage = {"name": "few", "ignore": "amount > 100", "reason": "too dear for this table"}
    world.orders([order(1), order(20), order(30)])
    world.link("orders", definition(stages=[stage, COLUMNS]))

    event = world.run()

    assert event.status is Status.COMPLETED
    assert event.ignored_reasons == {"too dear for this table": 2}
    assert (event.records.written, event.records.ignored) == (1, 2)


OURS = '''
from dataclasses import replace
from engine.domain.errors import BatchSyncError, ErrorClass, RecordSyncError, SystemSyncError


def judge(record):
    number = record.fields["id"]
    if number == 2:
        return record.ignored("we do not like twos")
    if number == 3:
        return record.with_warning("three is odd").with_fields(email="three@ours.example")
    if number == 4:
        raise RecordSyncError(
            "four is refused", code="no_fours", error_class=ErrorClass.BUSINESS_RULE, field="id"
        )
    if number == 5:
        return {}["nothing"]
    if number == 6:
        return replace(record, ignore_reason="  ")
    if number == 7:
        return record.ignored("")
    if number == 8:
        return None
    return record


def batch(record):
    if record.fields["id"] == 15:
        raise BatchSyncError("our reference table is away", code="away")
    return record


def system(record):
    if record.fields["id"] == 15:
        raise SystemSyncError("our licence ended", code="licence")
    return record


def leave(record):
    if record.fields["id"] == 15:
        raise SystemExit(3)
    return record
'''  # fmt: skip


def ours(world: World, function: str, **more: Any) -> None:
    """A Link with a python stage of this module."""
    (world.links / "ours.py").write_text(OURS, encoding="utf-8")
    text = definition(stages=[custom(function), COLUMNS], workers="threads", **more)
    world.link("orders", text)


def test_custom_code_ignores_warns_refuses_and_breaks_one_record_at_a_time(
    world: World,
) -> None:
    """T3, T4: an ignore without a reason is itself a Record error; what is raised is one too."""
    world.orders([order(n) for n in range(1, 10)])
    ours(world, "judge")

    event = world.run()

    assert event.status is Status.FAILED
    assert (event.records.written, event.records.ignored, event.records.failed) == (3, 1, 5)
    assert event.ignored_reasons == {"we do not like twos": 1}
    assert event.warnings == {"three is odd": 1}
    failing = {snapshot.label: snapshot.errors[0] for snapshot in world.failing(event)}
    assert {label: error["code"] for label, error in failing.items()} == {
        "4": "no_fours",
        "5": "unclassified_exception",
        "6": "ignored_without_reason",
        "7": "ignored_without_reason",
        "8": "python_result",
    }
    assert (failing["4"]["class"], failing["4"]["route"]) == ("business_rule", "review")
    assert (failing["5"]["class"], failing["5"]["route"]) == ("unclassified", "error_queue")
    assert "KeyError" in failing["5"]["message"]
    assert {error["stage"] for error in failing.values()} == {"ours"}
    assert {row["email"] for row in world.rows()} >= {"three@ours.example"}


def test_custom_code_that_fails_its_batch_leaves_the_others_alone(world: World) -> None:
    """T2: by the type of what it raises."""
    world.orders([order(n) for n in range(1, 31)])
    ours(world, "batch")

    event = world.run()

    assert event.ending is Ending.DONE
    assert (event.batches.completed, event.batches.failed) == (2, 1)
    assert event.records.written == 20
    [group] = event.errors
    assert (group.tier, group.code, group.stage) == ("batch", "away", "ours")


def test_custom_code_that_stops_the_run_stops_it(world: World) -> None:
    """T1."""
    world.orders([order(n) for n in range(1, 201)])
    ours(world, "system", parallel=1)

    event = world.run()

    assert event.ending is Ending.STOPPED
    assert event.errors[0].code == "licence"
    assert event.batches.not_attempted > 0


def test_custom_code_that_leaves_python_fails_its_record_alone(world: World) -> None:
    """T3: SystemExit out of a stage is data's business too (RELIABILITY 29)."""
    world.orders([order(n) for n in range(1, 31)])
    ours(world, "leave")

    event = world.run()

    assert event.ending is Ending.DONE
    assert event.records.fetched == 30
    assert event.records.failed >= 1


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_a_source_with_nothing_in_it_completes(world: World, content: bytes) -> None:
    """S1: no record, no error."""
    world.link("orders", definition())
    (world.links / "orders.ndjson").write_bytes(content)

    event = world.run()

    assert event.status is Status.COMPLETED
    assert event.records.fetched == 0


def test_an_answer_of_another_shape_while_planning_stops_the_run(world: World) -> None:
    """T1: the plan cannot be made."""
    with ScriptedServer(lambda seen: Json({"rows": []})) as server:
        world.link("orders", definition(source=pages(server.url)))

        event = world.run()

    [group] = event.errors
    assert (group.tier, group.error_class) == ("system", "schema")
    assert "data" in group.message
