"""Enrichment: a stage that asks another system about each record (contract, Stages: call)."""

import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import pytest

from engine.domain.outcome import Ending, Status
from engine.domain.requests import RecordDetail
from tests.servers.scripted import (
    Answer,
    Body,
    Json,
    Reset,
    Script,
    ScriptedServer,
    Seen,
    in_turn,
)
from tests.servers.scripted import Status as Answered
from tests.stories.definitions import COLUMNS, definition, shelf
from tests.stories.world import World, order

TIERS = {1: "gold", 2: "silver", 3: "none"}


def tiers(seen: Seen) -> Answer:
    """`/tiers/N` → `{"data": {"tier": …}}`."""
    number = int(seen.path.rpartition("/")[2])
    return Json({"data": {"tier": TIERS.get(number, "none")}})


def write_orders(world: World, records: Sequence[Any]) -> None:
    """The file that the Link reads."""
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (world.links / "orders.ndjson").write_text(lines, encoding="utf-8")


def asking(server: str, **more: Any) -> dict[str, Any]:
    """The stage `loyalty`; what `more` says of the call stands inside it."""
    beside: dict[str, Any] = {
        key: more.pop(key) for key in ("on_error", "if") if key in more
    }
    call = {
        "adapter": "http",
        "url": f"{server}/tiers/{{id}}",
        "records": "data.tier",
        "into": "tier",
        **more,
    }
    return {"name": "loyalty", "call": call, **beside}


def run_asking(world: World, script: Script, count: int = 3, **more: Any) -> Any:
    """A run over so many orders with a call in it; the Sync Event and the server."""
    said = {key: more.pop(key) for key in ("snapshots", "target", "key") if key in more}
    write_orders(world, [order(number) for number in range(1, count + 1)])
    with ScriptedServer(script) as server:
        stages = [COLUMNS, asking(server.url, **more)]
        world.link("orders", definition(stages=stages, **said))
        return world.run(), server


def after(detail: RecordDetail) -> Any:
    assert detail.snapshot.after is not None
    return json.loads(detail.snapshot.after)


def tiers_written(world: World) -> dict[int, Any]:
    return {row["id"]: row["tier"] for row in world.rows()}


# what is asked, and what comes of it


def test_the_part_at_records_goes_into_the_field(world: World) -> None:
    event, server = run_asking(world, tiers)

    assert event.status is Status.COMPLETED
    assert tiers_written(world) == TIERS
    assert sorted(seen.path for seen in server.seen) == ["/tiers/1", "/tiers/2", "/tiers/3"]


def test_without_records_the_answer_itself_goes_into_the_field(world: World) -> None:
    event, _ = run_asking(world, lambda seen: Json("plain"), records=None)

    assert event.status is Status.COMPLETED
    assert set(tiers_written(world).values()) == {"plain"}


def test_identical_addresses_in_a_batch_are_asked_once(world: World) -> None:
    def countries(seen: Seen) -> Answer:
        return Json({"name": seen.path.rpartition("/")[2]})

    write_orders(world, [order(n, country="DE" if n % 2 else "AT") for n in range(1, 11)])
    columns = json.loads(json.dumps(COLUMNS))
    columns["map"]["tier"] = "tier"
    with ScriptedServer(countries) as server:
        called = asking(server.url, url=f"{server.url}/c/{{country}}", records="name")
        world.link("orders", definition(stages=[called, columns]))

        event = world.run()

    assert event.records.written == 10
    assert sorted(seen.path for seen in server.seen) == ["/c/AT", "/c/DE"]
    assert tiers_written(world)[2] == "AT"


def test_values_in_an_address_are_percent_encoded(world: World) -> None:
    write_orders(world, [order(1, email="a b/../c?d=e@x.com")])
    with ScriptedServer(lambda seen: Json(1)) as server:
        called = asking(server.url, url=f"{server.url}/m/{{email}}?x={{id}}", records=None)
        world.link("orders", definition(stages=[COLUMNS, called]))

        world.run()

    [seen] = server.seen
    assert seen.target == "/m/a%20b%2F..%2Fc%3Fd%3De%40x.com?x=1"


def test_a_record_with_a_blank_in_its_address_fails_alone(world: World) -> None:
    write_orders(world, [order(1, email=" "), order(2)])
    with ScriptedServer(lambda seen: Json("t")) as server:
        called = asking(server.url, url=f"{server.url}/m/{{email}}", records=None)
        world.link("orders", definition(stages=[COLUMNS, called]))

        event = world.run()

    [record] = world.failing(event)
    assert (record.key, record.errors[0]["code"]) == ("[1]", "bad_address")
    assert len(server.seen) == event.records.written == 1


def test_a_condition_decides_who_is_asked_about(world: World) -> None:
    only: dict[str, Any] = {"if": "id == 2"}
    event, server = run_asking(world, tiers, **only)

    assert event.records.written == 3
    assert [seen.path for seen in server.seen] == ["/tiers/2"]
    assert tiers_written(world) == {1: None, 2: "silver", 3: None}


def test_credentials_and_headers_go_along_and_a_post_asks_too(world: World) -> None:
    _, server = run_asking(
        world,
        tiers,
        count=1,
        method="POST",
        headers={"X-Team": "data"},
        auth={"bearer": "s3cret-token"},
    )

    [seen] = server.seen
    assert seen.method == "POST"
    assert (seen.headers["authorization"], seen.headers["x-team"]) == (
        "Bearer s3cret-token", "data",
    )  # fmt: skip


def test_calls_of_a_batch_are_under_way_together(world: World) -> None:
    together = threading.Barrier(2, timeout=10)

    def meeting(seen: Seen) -> Answer:
        together.wait()
        return tiers(seen)

    event, _ = run_asking(world, meeting, count=2)

    assert event.status is Status.COMPLETED


def test_later_stages_see_the_answer_and_blame_names_the_call(world: World) -> None:
    write_orders(world, [order(1), order(3)])
    with ScriptedServer(tiers) as server:
        rule = {"name": "members", "check": [{"when": "tier == 'none'", "code": "guest"}]}
        world.link("orders", definition(stages=[COLUMNS, asking(server.url), rule]))

        event = world.run()

    [failing] = world.failing(event)
    detail = world.engine.record(f"s{failing.id}")
    assert (failing.key, failing.errors[0]["code"]) == ("[3]", "guest")
    assert after(detail)["tier"] == "none"
    [change] = [change for change in detail.changes if change.path == "tier"]
    assert change.stage == "loyalty"


def test_a_test_run_asks_but_writes_nothing(world: World) -> None:
    write_orders(world, [order(1)])
    with ScriptedServer(tiers) as server:
        world.link("orders", definition(stages=[COLUMNS, asking(server.url)]))

        event = world.run(test=True)

    assert (event.records.would_write, len(server.seen)) == (1, 1)
    assert not (world.links / "warehouse.db").exists()


# what goes wrong


def test_an_address_that_is_not_there_is_a_record_error(world: World) -> None:
    """T3: 404 about one record; its neighbours are written."""

    def script(seen: Seen) -> Answer:
        return (
            Answered(404, "no such customer") if seen.path.endswith("/2") else tiers(seen)
        )

    event, server = run_asking(world, script)

    [record] = world.failing(event)
    [error] = record.errors
    assert (error["tier"], error["class"], error["code"]) == (
        "record",
        "reference",
        "http_404",
    )
    assert (error["stage"], error["durability"], error["route"]) == (
        "loyalty",
        "durable",
        "review",
    )
    assert "no such customer" in error["message"]
    assert tiers_written(world) == {1: "gold", 3: "none"}
    assert len(server.seen) == 3


def test_a_status_named_a_success_gives_null(world: World) -> None:
    """`responses: {success: [200, 404]}`: what is not there is null, not an error."""
    event, _ = run_asking(
        world, lambda seen: Answered(404, "gone"), responses={"success": [200, 404]}
    )

    assert event.status is Status.COMPLETED
    assert set(tiers_written(world).values()) == {None}


def test_a_call_is_tried_again_and_its_tries_are_kept(world: World) -> None:
    event, server = run_asking(
        world, in_turn(Answered(503), Answered(503), Json({"data": {"tier": "late"}})),
        count=1, retry={"max_attempts": 3},
    )  # fmt: skip

    assert event.status is Status.COMPLETED
    assert tiers_written(world) == {1: "late"}
    assert len(server.seen) == 3


def test_the_inner_policy_wins_field_by_field(world: World) -> None:
    """The Link says two attempts of 1 ms; the call only says three."""
    event, server = run_asking(
        world, lambda seen: Answered(503), count=1, retry={"max_attempts": 3}
    )

    [record] = world.failing(event)
    [error] = record.errors
    assert len(server.seen) == len(error["attempts"]) == 3
    assert [attempt["wait"] for attempt in error["attempts"]] == [0.001, 0.002, 0.0]
    assert (error["class"], error["durability"]) == ("availability", "ephemeral")


@pytest.mark.parametrize(
    ("answer", "code", "error_class"),
    [
        (Body(b"<html>", kind="text/html"), "not_json", "schema"),
        (Json({"data": {}}), "unexpected_answer", "schema"),
        (Answered(403, "not yours"), "http_403", "authorization"),
        (Reset(), "connection_lost", "transient"),
    ],
)
def test_answers_of_no_use_fail_their_record(
    world: World, answer: Answer, code: str, error_class: str
) -> None:
    """T3, T6; 403 for one record is that record's own."""
    event, _ = run_asking(world, lambda seen: answer, count=1)

    [record] = world.failing(event)
    assert (record.errors[0]["code"], record.errors[0]["class"]) == (code, error_class)
    assert event.ending is Ending.DONE


def test_refused_credentials_stop_the_run(world: World) -> None:
    """T1: 401 anywhere is a System error, even where the call is optional."""
    event, _ = run_asking(world, lambda seen: Answered(401), on_error="log")

    assert (event.status, event.ending) == (Status.FAILED, Ending.STOPPED)
    [system] = [group for group in event.errors if group.tier == "system"]
    assert (system.stage, system.error_class) == ("loyalty", "authorization")


def test_a_system_that_is_down_is_not_asked_about_every_record(world: World) -> None:
    """T3: ten records fail; the system is tried a few times, not twenty."""
    event, server = run_asking(world, lambda seen: Answered(500), count=10)

    assert (event.records.failed, len(event.errors)) == (10, 1)
    assert len(server.seen) < 20


# what on_error makes of it


def test_a_failed_optional_call_is_a_warning_routed_delayed(world: World) -> None:
    """T4, T6: the record passes through unchanged."""
    event, _ = run_asking(
        world, lambda seen: Answered(503, "closed"), count=2,
        on_error="log", snapshots="errors_and_warnings",
    )  # fmt: skip

    assert event.status is Status.COMPLETED_WITH_WARNINGS
    assert (event.records.written, event.records.warned) == (2, 2)
    assert tiers_written(world) == {1: None, 2: None}
    [text] = event.warnings
    assert "503 Service Unavailable: closed" in text
    warned = world.failing(event, tier="warning")
    assert [record.errors[0]["route"] for record in warned] == ["delayed", "delayed"]


@pytest.mark.parametrize(
    ("word", "status", "counts"),
    [
        ("skip", Status.COMPLETED, (0, 2, 0)),
        ("record", Status.FAILED, (0, 0, 2)),
        ("fail", Status.FAILED, (0, 0, 2)),
    ],
)
def test_on_error_decides_about_the_record(
    world: World, word: str, status: Status, counts: tuple[int, int, int]
) -> None:
    event, _ = run_asking(world, lambda seen: Answered(404), count=2, on_error=word)

    records = event.records
    assert event.status is status
    assert (records.written, records.ignored, records.failed) == counts
    assert (event.ending is Ending.STOPPED) is (word == "fail")


def test_on_error_inside_the_call_wins(world: World) -> None:
    write_orders(world, [order(1)])
    with ScriptedServer(lambda seen: Answered(404)) as server:
        stage = asking(server.url, on_error="record")
        stage["call"]["on_error"] = "skip"
        world.link("orders", definition(stages=[COLUMNS, stage]))

        event = world.run()

    assert event.records.ignored == 1


# records that fail later


def test_a_record_that_the_target_refuses_is_not_asked_about_again(world: World) -> None:
    """The Snapshot shows the answer the record got, though its stages are told once more."""

    def script(seen: Seen) -> Answer:
        return Answered(422, "no") if seen.path.startswith("/things") else tiers(seen)

    write_orders(world, [order(1)])
    with ScriptedServer(script) as server:
        world.link(
            "orders",
            definition(stages=[COLUMNS, asking(server.url)], target=shelf(server.url)),
        )
        event = world.run()

    [failing] = world.failing(event)
    detail = world.engine.record(f"s{failing.id}")
    assert after(detail) == {
        "id": 1,
        "email": "o1@example.com",
        "amount": 10,
        "tier": "gold",
    }
    assert len([each for each in server.seen if each.path.startswith("/tiers")]) == 1


def test_a_record_that_sqlite_refuses_shows_the_answer_it_got(world: World) -> None:
    """The coordinator, which pushes, was not the one who asked."""
    with closing(sqlite3.connect(world.links / "warehouse.db")) as made:
        made.execute(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, email TEXT, amount INTEGER,"
            " tier TEXT CHECK (tier <> 'gold'))"
        )
        made.commit()
    event, server = run_asking(world, tiers)

    [failing] = world.failing(event)
    detail = world.engine.record(f"s{failing.id}")
    assert failing.key == "[1]"
    assert after(detail)["tier"] == "gold"
    assert len(server.seen) == 3


# definitions


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        ({"adapter": "file"}, "there is no call adapter 'file'"),
        ({"paginate": {"style": "none"}}, "unknown key 'paginate'"),
        ({"url": "http://x.example/{nothing}"}, "names 'nothing', which no stage makes"),
        ({"into": None}, "into"),
    ],
)
def test_what_is_wrong_with_a_call_is_told_with_its_place(
    world: World, call: Mapping[str, Any], complaint: str
) -> None:
    stage = asking("http://tiers.example")
    stage["call"] = {
        key: value for key, value in {**stage["call"], **call}.items() if value is not None
    }
    world.link("orders", definition(stages=[COLUMNS, stage]))

    [report] = world.engine.validate([str(world.links / "orders.yaml")])

    assert any(complaint in each.message for each in report.complaints), report.complaints


def test_the_schema_has_the_keys_of_a_call(world: World) -> None:
    found = world.engine.schema()["$defs"]["call.http"]["properties"]

    assert {"url", "into", "records", "method", "headers", "auth", "timeout"} <= set(found)
    assert "paginate" not in found
    assert json.dumps(found)
