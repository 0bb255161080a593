"""Retention: what is old and settled goes, beside running work; what is needed stays."""

import json
import re
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest

from engine.domain.errors import Refused
from engine.domain.link import Retention
from engine.domain.requests import RunOptions, Selection, Stop
from engine.domain.retry_plan import Choice
from engine.operations import definitions, retention
from engine.service.retaining import Retaining
from engine.store import purging
from tests.stories.clocks import Clock, on_clock
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, both_stores, definition
from tests.stories.test_metrics import scraped, served
from tests.stories.world import World, order

KEEP = "retention: {snapshots: 30d, events: 180d}"
FLAWED = [order(n, email="" if n % 2 else f"person{n}@x.de") for n in range(1, 11)]
GOOD = [order(n) for n in range(1, 11)]


def asked(world: World, statement: str) -> list[tuple[object, ...]]:
    with world.engine._context.store._database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def count(world: World, table: str) -> int:
    [(found,)] = asked(world, f"SELECT COUNT(*) FROM {table}")
    assert isinstance(found, int)
    return found


def settled(world: World) -> None:
    """#1 failed, #2 is its retry and recovered all of it."""
    world.orders(FLAWED, extra=KEEP)
    first = world.run()
    said = {"snapshots": "30d", "events": "180d"}
    world.link("orders", definition(stages=[COLUMNS], retention=said))
    world.retry(first, definition=Choice.CURRENT)


@both_stores
def test_snapshots_of_settled_chains_go_and_their_counts_stay(world: World) -> None:
    clock = on_clock(world, Clock())
    settled(world)
    clock.on(days=29)
    assert [each.nothing for each in world.engine.purge(actor="ben@desk").links] == []
    assert count(world, "snapshot") == 5

    clock.on(days=2)
    seen = world.engine.purge_preview()
    done = world.engine.purge(actor="ben@desk")

    assert [(each.link, each.snapshots, each.events) for each in seen.links] == [
        ("orders", 5, 0)
    ]
    assert [each.snapshots for each in done.links] == [5]
    assert count(world, "snapshot") == 0
    first = world.event(1)
    assert (first.records.failed, first.purged_at) == (5, clock())
    assert [group.count for group in first.errors] == [5]
    assert world.engine.chain("1").residual == 0
    assert [finding for finding in world.engine.doctor() if finding.serious] == []
    [row] = world.engine.audit_rows(limit=1).items
    assert (row.actor, row.action, row.subject) == ("ben@desk", "purge", "orders")
    assert row.reason == "older than snapshots 30d, events 180d"
    assert row.detail == {"snapshots": 5}
    assert world.engine.purge(actor="ben@desk").links == ()


def test_what_was_purged_is_said_where_it_is_missed(world: World) -> None:
    clock = on_clock(world, Clock())
    settled(world)
    clock.on(days=31)
    world.engine.purge(actor="ben@desk")

    shown = linkdeck("show", "1", home=world.folder).out
    failures = linkdeck("failures", "1", home=world.folder).out
    output = world.folder / "evidence.json"
    world.engine.evidence("1", str(output))

    assert "purged on 2026-12-23" in shown
    assert "purged on 2026-12-23" in failures
    assert json.loads(output.read_text())["purged"] == {"records": {"1": 5}, "total": 5}
    with pytest.raises(Refused, match=r"s1.*retention"):
        world.engine.record("s1")


@both_stores
def test_what_is_open_never_goes_however_old(world: World) -> None:
    clock = on_clock(world, Clock())
    world.orders(FLAWED, extra=KEEP)
    first = world.run()
    world.orders(GOOD[:1], extra=KEEP)
    clock.on(days=1)
    world.run()
    clock.on(days=5000)

    done = world.engine.purge(actor="ben@desk")

    assert count(world, "snapshot") == 5
    assert world.event(first).open.records == 4, "the second run superseded one"
    assert count(world, "sync_event") == 2
    assert [each.nothing for each in done.links] == [True]
    assert "#1 is not settled" in done.links[0].stays[0]
    world.engine.discard([str(first.id)], reason="too old", actor="ben@desk")
    assert count(world, "snapshot") == 5


@both_stores
def test_whole_chains_go_but_the_newest_and_what_the_mark_needs(world: World) -> None:
    clock = on_clock(world, Clock())
    settled(world)
    for _ in range(3):
        clock.on(days=100)
        world.orders(GOOD, extra=KEEP)
        world.run()
    clock.on(days=400)

    done = world.engine.purge(actor="ben@desk")

    assert [each.events for each in done.links] == [4]
    assert asked(world, "SELECT id FROM sync_event") == [(5,)]
    for table in ("snapshot", "error_group", "retry_plan", "plan_item"):
        assert count(world, table) == 0
    assert count(world, "definition") == 1
    assert "#5 is how the Link stands" in done.links[0].stays[0]
    assert world.engine.verify_audit().holds
    world.orders(FLAWED, extra=KEEP)
    again = world.run()
    assert again.id == 6
    assert [each.turn.value for each in world.engine.root_causes()] == ["regressed"]


def test_a_failure_that_moved_on_keeps_its_past_until_it_closes(world: World) -> None:
    """C4: the walk back along `previous` must still find what went on."""
    clock = on_clock(world, Clock())
    world.orders(FLAWED, extra=KEEP)
    world.run()
    clock.on(days=40)
    world.run()
    clock.on(days=40)
    assert world.event(1).status.token == "failed"

    world.engine.purge(actor="ben@desk")
    assert count(world, "snapshot") == 10
    said = {"snapshots": "30d", "events": "180d"}
    world.link("orders", definition(stages=[COLUMNS], retention=said))
    world.retry(2, definition=Choice.CURRENT)
    assert [world.event(number).status.token for number in (1, 2, 3)] == ["completed"] * 3

    clock.on(days=40)
    world.engine.purge(actor="ben@desk")
    assert count(world, "snapshot") == 0
    assert [world.engine.chain(str(number)).residual for number in (1, 2)] == [0, 0]


def test_batches_go_before_their_sync_events_where_that_is_asked(world: World) -> None:
    clock = on_clock(world, Clock())
    keep = "retention: {snapshots: 30d, batches: 60d, events: 180d}"
    world.orders(GOOD, batch_size=2, extra=keep)
    world.run()
    world.orders(GOOD, batch_size=2, extra=keep)
    clock.on(days=61)

    [gone] = world.engine.purge(actor="ben@desk").links

    assert (gone.batches, count(world, "batch")) == (5, 0)
    assert world.event(1).batches.completed == 5
    assert world.engine.chain("1").residual == 0
    assert [finding for finding in world.engine.doctor() if finding.serious] == []


def test_plans_that_were_never_used_go(world: World) -> None:
    clock = on_clock(world, Clock())
    world.orders(FLAWED, extra=KEEP)
    first = world.run()
    world.plan(first)
    clock.on(days=8)
    kept = world.plan(first)

    [gone] = world.engine.purge(actor="ben@desk").links

    assert gone.plans == 1
    assert (count(world, "retry_plan"), count(world, "plan_item")) == (1, 5)
    assert world.engine.kept_plan(kept.hash).records == 5


def test_counters_never_go_down_when_retention_takes_the_rows(world: World) -> None:
    clock = on_clock(world, Clock())
    settled(world)
    clock.on(days=100)
    world.orders(GOOD, extra=KEEP)
    world.run()
    with served(world, clock) as url:
        before = scraped(url)
        clock.on(days=400)
        world.engine.purge(actor="ben@desk")
        after = scraped(url)

    assert count(world, "sync_event") == 1
    totals = {name: values for name, values in before.items() if name.endswith("_total")}
    assert len(totals) >= 5
    assert {name: after[name] for name in totals} == totals


def test_every_step_is_short_and_a_run_beside_it_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "STEP", 0.005)
    clock = on_clock(world, Clock())
    many = [order(n, email="") for n in range(1, 3001)]
    world.orders(many, batch_size=500, extra=KEEP)
    first = world.run()
    world.engine.discard([str(first.id)], reason="made for this", actor="ben@desk")
    clock.on(days=31)
    world.orders([order(n) for n in range(1, 2001)], batch_size=50, extra=KEEP)
    context = world.engine._context
    [due] = [context.store.upkeep.due("orders", world_retention(world), now=clock())[0]]
    took: list[float] = []
    options = RunOptions(actor="ana@test")
    run = threading.Thread(target=lambda: world.engine.run("orders", options, stop=Stop()))
    run.start()
    more = True
    while more:
        began = time.thread_time()
        more = context.store.upkeep.purge_step(due, now=clock())
        took.append(time.thread_time() - began)
    run.join()

    ended = world.event(2)
    assert (ended.status.token, ended.records.written) == ("completed", 2000)
    assert count(world, "snapshot") == 0
    assert len(took) > 3, "it was cut into steps"
    assert sorted(took)[len(took) // 2] < 0.05


def world_retention(world: World) -> Retention:
    return definitions.load(world.engine._context, "orders").link.retention


def test_a_purge_that_was_cut_short_is_finished_by_the_next(world: World) -> None:
    clock = on_clock(world, Clock())
    many = [order(n, email="") for n in range(1, 1001)]
    world.orders(many, batch_size=500, extra=KEEP)
    first = world.run()
    world.engine.discard([str(first.id)], reason="made for this", actor="ben@desk")
    clock.on(days=31)
    upkeep = world.engine._context.store.upkeep
    due, _ = upkeep.due("orders", world_retention(world), now=clock())
    with world.engine._context.store._database.writing() as write:
        purging._take_snapshots(write.connection, 1, Counter())

    assert world.event(1).purged_at is None
    world.engine.purge(actor="ben@desk")

    assert count(world, "snapshot") == 0
    assert world.event(1).purged_at == clock()
    assert replace(due, snapshots=()).nothing


@both_stores
def test_the_audit_goes_by_age_and_what_is_left_still_verifies(world: World) -> None:
    clock = on_clock(world, Clock())
    keep = "retention: {snapshots: 30d, events: 60d, audit: 90d}"
    for _ in range(3):
        world.orders(GOOD, extra=keep)
        world.run()
        clock.on(days=50)
    done = world.engine.purge(actor="ben@desk")

    assert done.audit >= 1
    rows = world.engine.audit_rows(limit=50).items
    assert rows[0].action == "checkpoint"
    assert world.engine.verify_audit().holds
    first = min(row.seq for row in rows)
    assert first > 1
    guarded = world.engine._context.store._database
    with pytest.raises(Exception, match="append-only"), guarded.writing() as write:
        write.connection.exec_driver_sql(f"DELETE FROM audit WHERE seq = {first}")


def test_the_audit_stays_where_any_link_says_nothing_of_it(world: World) -> None:
    clock = on_clock(world, Clock())
    world.orders(GOOD, extra="retention: {events: 60d, audit: 90d}")
    world.run()
    other = json.loads(definition(link="other"))
    world.link("other", json.dumps(other))
    world.run("other")
    clock.on(days=1000)

    assert world.engine.purge(actor="ben@desk").audit == 0


def test_a_link_whose_definition_cannot_be_read_keeps_everything(world: World) -> None:
    clock = on_clock(world, Clock())
    settled(world)
    clock.on(days=1000)
    path = world.links / "orders.yaml"
    good = path.read_text()
    path.write_text("nonsense")
    [seen] = world.engine.purge(actor="ben@desk").links
    assert "cannot be read" in seen.stays[0]
    assert count(world, "snapshot") == 5

    path.unlink()
    assert count(world, "snapshot") == 5
    world.engine.purge("orders", actor="ben@desk")
    assert count(world, "snapshot") == 0, "asked for by name, the usual ages hold"
    path.write_text(good)


def test_the_chore_does_it_for_a_while_and_then_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    clock = on_clock(world, Clock())
    settled(world)
    clock.on(days=31)
    caplog.set_level("INFO", "linkdeck.retention")

    Retaining(world.engine._context).do(clock())

    assert count(world, "snapshot") == 0
    assert "purged of orders: 5 Snapshots" in caplog.text
    assert retention.purge(world.engine._context, actor="x", seconds=0).links == ()


def test_the_command_line_previews_and_purges(world: World) -> None:
    world.orders(GOOD, extra=KEEP)
    world.run()
    young = linkdeck("purge", "--dry-run", home=world.folder)
    assert (young.code, young.out) == (
        0,
        "Nothing that is settled is old enough to go.\n",
    )
    document = linkdeck("purge", "--json", home=world.folder).document()
    assert document == {"done": True, "audit": 0, "links": []}
    assert linkdeck("purge", "--key", "1", home=world.folder).code == 2
    assert linkdeck("purge", "--reason", "x", home=world.folder).code == 2


# One subject's data

PERSON = "petra.pirelli@example.com"
SUBJECT = [
    order(4711, email=PERSON, amount="not-a-number-4711"),
    order(2, email="other@x.de", amount="nor-this"),
]


def files_with(world: World, text: str) -> list[str]:
    return [
        path.name
        for path in sorted(world.folder.rglob("*"))
        if path.is_file()
        and path.name != "orders.ndjson"
        and text.encode() in path.read_bytes()
    ]


def names_the_subject(said: str) -> bool:
    """Whether its key stands there by itself, or as bytes; hashes are full of digits."""
    alone = re.search("(?<![0-9a-f])4711(?![0-9a-f])", said)
    return alone is not None or b"4711".hex() in said.lower()


def test_one_subject_is_erased_down_to_the_raw_files(world: World) -> None:
    world.orders(SUBJECT)
    first = world.run()
    again = world.retry(first, keys=("4711",))
    world.plan(again)
    before = files_with(world, PERSON)
    assert before

    erased = world.engine.erase("4711", reason="asked by the subject", actor="dpo@desk")
    world.engine.close()

    assert (erased.records, erased.discarded, erased.events) == (2, 1, (1, 2))
    assert files_with(world, PERSON) == []
    assert files_with(world, "not-a-number-4711") == []
    with closing(sqlite3.connect(world.folder / "linkdeck.db")) as connection:
        said = "\n".join(connection.iterdump())
    assert not names_the_subject(said)
    assert "nor-this" in said, "others keep theirs"
    assert "exports" in erased.left[-1]


@both_stores
def test_what_was_open_of_the_subject_is_discarded_and_said_so(world: World) -> None:
    world.orders(SUBJECT)
    first = world.run()

    erased = world.engine.erase("4711", reason="asked by the subject", actor="dpo@desk")

    detail = world.engine.record("s1")
    assert (detail.snapshot.state, detail.snapshot.label) == ("discarded", "(erased)")
    assert (detail.snapshot.before, detail.snapshot.key) == (None, None)
    assert detail.snapshot.errors[0]["message"] == "(erased)"
    assert world.event(first).open.records == 1
    [row] = world.engine.audit_rows(limit=1).items
    assert (row.actor, row.action, row.subject) == (
        "dpo@desk",
        "erase",
        f"key {erased.key}",
    )
    assert row.reason == "asked by the subject"
    assert not names_the_subject(json.dumps(row.detail))
    assert world.engine.verify_audit().holds
    assert world.failing(world.event(first))[1].before is not None
    if world.engine._context.settings.store:
        assert any("VACUUM FULL" in each for each in erased.left)


def test_a_record_whose_key_was_never_known_is_found_by_its_source(world: World) -> None:
    world.orders([f'{{"id": "4711-x", "email": "{PERSON}", ', order(1)])
    world.run()
    [snapshot] = world.failing(world.event(1))
    assert (snapshot.label, snapshot.key) == ("orders.ndjson:1", None)

    erased = world.engine.erase("4711-x", reason="asked", actor="dpo@desk")

    assert erased.records == 1
    assert files_with(world, PERSON) == []
    assert world.failing(world.event(1))[0].before is None


def test_a_key_nobody_has_erases_nothing_and_says_so(world: World) -> None:
    world.orders(SUBJECT)
    world.run()

    answer = linkdeck("purge", "--key", "9999", "--reason", "asked", home=world.folder)

    assert answer.code == 0
    assert "erased 0 records" in answer.out
    assert len(world.failing(world.event(1))) == 2


def test_where_a_person_named_the_key_in_the_audit_that_is_said(world: World) -> None:
    world.orders(SUBJECT)
    first = world.run()
    world.engine.discard(
        [str(first.id)],
        Selection(keys=("4711",)),
        reason="4711 is a test",
        actor="ben@desk",
    )

    erased = world.engine.erase("4711", reason="asked", actor="dpo@desk")

    assert any("rows " in each and "audit" in each for each in erased.left)
