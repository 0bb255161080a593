"""Schedules seen through the front door, over a clock that the story moves."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from engine.domain.outcome import Status
from engine.domain.override import Said
from engine.domain.requests import RunOptions, Stop
from engine.domain.retry_plan import Choice
from engine.domain.schedule import SlotState
from engine.domain.sync_event import SyncEvent
from engine.engine import Engine
from tests.store.world import this_process
from tests.stories.command_line import ROOT, linkdeck
from tests.stories.definitions import SQLITE, both_stores, definition
from tests.stories.moved_clock import MovedClock, kept, of, with_clock, worked_off
from tests.stories.records import audited
from tests.stories.world import World, order

HOURLY = {"cron": "0 * * * *"}


def scheduled(
    world: World, schedule: dict[str, Any], *, name: str = "orders", **more: Any
) -> None:
    """A Link over two good orders, with this schedule."""
    if not (world.links / "orders.ndjson").exists():
        world.orders([order(1), order(2)])
    target = {**SQLITE, "table": name}
    world.link(name, definition(link=name, target=target, schedule=schedule, **more))


def begun(world: World, text: str = "2026-11-22T04:30") -> MovedClock:
    """A clock that stands at this time, and one look at the schedules."""
    clock = with_clock(world, text)
    assert kept(world) == []
    return clock


def slots(world: World, link: str = "orders") -> list[tuple[SlotState, int | None]]:
    """What became of the slots of a Link, oldest first."""
    (seen,) = world.engine.schedules([link])
    return [(slot.state, slot.event) for slot in reversed(seen.last)]


@both_stores
def test_what_is_due_is_queued_once_by_the_schedule_with_its_time_as_the_reason(
    world: World,
) -> None:
    scheduled(world, {"cron": "0 5 * * *", "timezone": "Europe/Berlin"})
    clock = begun(world, "2026-11-22T03:59:59")

    clock.on(seconds=1)
    (event,) = kept(world)

    assert (event.status, event.actor) == (Status.QUEUED, "schedule")
    assert event.reason == "due 2026-11-22 05:00 Europe/Berlin"
    assert kept(world) == []


@pytest.mark.parametrize(("day", "due"), [("2026-03-29", "03:00"), ("2026-10-25", "02:30")])
def test_a_night_in_which_the_clock_changes_has_one_run(
    world: World, day: str, due: str
) -> None:
    """RELIABILITY c 41, through the front door: half past two is left out, or stands twice."""
    scheduled(world, {"cron": "30 2 * * *", "timezone": "Europe/Berlin"})
    clock = begun(world, f"{day}T00:00")
    ran: list[SyncEvent] = []

    for _ in range(12):
        clock.on(minutes=30)
        ran += worked_off(world)

    assert [event.reason for event in ran] == [f"due {day} {due} Europe/Berlin"]


def test_a_link_that_is_new_is_due_for_nothing_that_was_before(world: World) -> None:
    scheduled(world, HOURLY)

    clock = begun(world, "2026-11-22T05:00:30")

    clock.to("2026-11-22T06:00")
    assert len(kept(world)) == 1


def test_while_a_run_is_not_over_the_next_is_left_out_and_the_audit_says_so(
    world: World,
) -> None:
    """RELIABILITY c 42."""
    scheduled(world, HOURLY)
    clock = begun(world)
    clock.to("2026-11-22T05:00")
    (first,) = kept(world)

    clock.to("2026-11-22T06:00")

    assert kept(world) == []
    assert kept(world) == []
    assert slots(world) == [(SlotState.QUEUED, first.id), (SlotState.SKIPPED, None)]
    (told,) = audited(world)
    assert told[:3] == ("schedule", "skip run", "orders")
    assert told[3] is not None
    assert told[3].startswith("left out, due 2026-11-22 06:00 UTC: #1 (queued since")
    finish(world, first)
    assert kept(world) == []
    clock.to("2026-11-22T07:00")
    assert len(kept(world)) == 1


def test_where_the_policy_says_queue_one_run_waits_for_all_that_were_due(
    world: World,
) -> None:
    scheduled(world, {**HOURLY, "overlap": "queue"})
    clock = begun(world)
    clock.to("2026-11-22T05:00")
    (first,) = kept(world)
    for hour in (6, 7):
        clock.to(f"2026-11-22T0{hour}:00")
        assert kept(world) == []
    assert of(world, "orders").next.state == "waiting"
    assert of(world, "orders").next.note.startswith("waits until #1 (queued since")

    finish(world, first)
    clock.to("2026-11-22T07:20")
    (event,) = kept(world)

    assert slots(world) == [
        (SlotState.QUEUED, first.id),
        (SlotState.MERGED, None),
        (SlotState.QUEUED, event.id),
    ]
    assert event.reason is not None
    assert event.reason.startswith(
        "due 2026-11-22 07:00 UTC, 20 min late: it waited until #1"
    )


def finish(world: World, event: SyncEvent) -> SyncEvent:
    """What an engine does with a Sync Event that is queued."""
    return world.engine.resume(str(event.id), actor="engine@test", stop=Stop())


@both_stores
def test_after_a_downtime_one_run_stands_for_all_that_were_missed(world: World) -> None:
    scheduled(world, HOURLY)
    begun(world)
    clock = with_clock(world, "2026-11-22T09:15")

    (event,) = worked_off(world)

    assert event.reason == (
        "due 2026-11-22 09:00 UTC, 15 min late; 4 earlier runs were missed"
    )
    assert kept(world) == []
    clock.to("2026-11-22T10:00")
    assert len(kept(world)) == 1


def test_what_is_overdue_because_no_engine_runs_says_so(world: World) -> None:
    scheduled(world, HOURLY)
    clock = begun(world)
    clock.to("2026-11-22T05:10")

    shown = of(world, "orders").next

    assert (shown.state, shown.due) == ("planned", datetime(2026, 11, 22, 5, tzinfo=UTC))
    assert shown.note == "overdue: no engine is running; linkdeck engine"


def test_a_next_run_that_no_engine_would_begin_is_marked_and_told_once(
    world: World,
) -> None:
    for name in ("orders", "others"):
        scheduled(world, HOURLY, name=name)

    shown = of(world, "orders").next
    lists = {
        words: linkdeck(words, home=world.folder).out for words in ("links", "schedule")
    }
    document = linkdeck("links", "--json", home=world.folder).document()["links"][0]

    assert (shown.state, shown.attended) == ("planned", False)
    for out in lists.values():
        said = "* no engine is alive: nothing will start them; linkdeck engine\n"
        assert out.count(said) == out.count("no engine") == 1
    assert re.search(r"orders .* in \d+ (min|s)\*$", lists["links"], re.MULTILINE)
    assert len(re.findall(r"next run .*UTC\*", lists["schedule"])) == 2
    assert document["schedule"] == {
        "state": "planned",
        "note": "no engine is alive: nothing will start it; linkdeck engine",
    }
    explained = linkdeck("explain", "orders", home=world.folder).out
    assert "no engine is alive: nothing will start it; linkdeck engine" in explained


def test_a_next_run_that_an_engine_begins_is_not_marked(world: World) -> None:
    scheduled(world, HOURLY)
    store = world.engine._context.store
    store.engines.register(this_process(), version="1", listen=None)

    shown = of(world, "orders").next
    listed = linkdeck("links", home=world.folder).out

    assert (shown.attended, shown.note) == (True, None)
    assert "no engine" not in listed
    assert "*" not in listed


def test_what_is_queued_where_no_engine_is_alive_says_what_takes_it(world: World) -> None:
    scheduled(world, HOURLY)
    begun(world).to("2026-11-22T05:00")
    (event,) = kept(world)
    with_clock(world, "2026-11-22T05:01")

    assert world.event(event.id).unattended
    for words in ("links", "events"):
        said = linkdeck(words, home=world.folder).out
        assert (
            "#1 of orders is queued, and no engine is alive: linkdeck engine takes it"
            in said
        )
        assert "linkdeck resume 1 runs it here" in said
    store = world.engine._context.store
    store.engines.register(this_process(), version="1", listen=None)
    assert not world.event(event.id).unattended


def test_a_disabled_link_lets_its_times_go_by(world: World) -> None:
    scheduled(world, HOURLY)
    clock = begun(world)
    world.engine.set_enabled("orders", enabled=False, reason="stock", actor="ana@test")
    assert of(world, "orders").next.state == "off"
    for hour in (5, 6):
        clock.to(f"2026-11-22T0{hour}:00")
        assert kept(world) == []

    clock.to("2026-11-22T06:30")
    world.engine.set_enabled("orders", enabled=True, reason="done", actor="ana@test")

    assert kept(world) == []
    clock.to("2026-11-22T07:00")
    (event,) = kept(world)
    assert event.reason == "due 2026-11-22 07:00 UTC"


def failing(world: World) -> None:
    """The Link fails on one record from now on."""
    world.orders([order(1), order(2, email="")])


def mended(world: World) -> None:
    """It does not any more."""
    world.orders([order(1), order(2)])


@pytest.mark.parametrize("way", ["retry", "enable"])
def test_a_schedule_pauses_after_failed_runs_until_somebody_sees_to_it(
    world: World, way: str
) -> None:
    failing(world)
    scheduled(world, {**HOURLY, "pause_after": 2})
    clock = begun(world)
    for hour in (5, 6):
        clock.to(f"2026-11-22T0{hour}:00")
        assert [event.status for event in worked_off(world)] == [Status.FAILED]

    for hour in (7, 8):
        clock.to(f"2026-11-22T0{hour}:00")
        assert kept(world) == []

    shown = of(world, "orders").next
    assert (shown.state, shown.due) == ("paused", None)
    assert "the last 2 runs failed, #2 the newest" in shown.note
    paused = ("schedule", "pause schedule", "orders", shown.note)
    assert [row for row in audited(world) if row[0] == "schedule"] == [paused]

    if way == "enable":
        clock.to("2026-11-22T08:10")
        world.engine.set_enabled("orders", enabled=True, reason="seen", actor="ana@test")
    else:
        mend = [{"field": "email", "rule": "required", "severity": "warning"}]
        scheduled(
            world,
            {**HOURLY, "pause_after": 2},
            stages=[{"name": "rules", "check": mend}],
        )
        world.retry(2, definition=Choice.CURRENT)
    assert of(world, "orders").next.state == "planned"
    clock.to("2026-11-22T08:59")
    assert kept(world) == []
    clock.to("2026-11-22T09:00")
    assert len(kept(world)) == 1
    acts = [row[1] for row in audited(world) if row[0] == "schedule"]
    assert acts == ["pause schedule", "resume schedule"]


def test_what_an_operator_says_of_a_schedule_counts_at_once(world: World) -> None:
    scheduled(world, HOURLY)
    clock = begun(world)
    said = [Said("schedule.cron", "45 4 * * *")]
    world.engine.override("orders", said, reason="earlier today", actor="ana@test")
    assert kept(world) == []

    clock.to("2026-11-22T04:45")
    (event,) = worked_off(world)

    assert event.reason == "due 2026-11-22 04:45 UTC"
    clock.to("2026-11-22T05:00")
    assert kept(world) == []
    assert of(world, "orders").next.due == datetime(2026, 11, 23, 4, 45, tzinfo=UTC)


def test_a_schedule_that_was_removed_and_comes_back_is_due_for_nothing_between(
    world: World,
) -> None:
    scheduled(world, HOURLY)
    scheduled(world, HOURLY, name="others")
    clock = begun(world)
    world.link("orders", definition())
    clock.to("2026-11-22T05:00")
    assert [event.link for event in worked_off(world)] == ["others"]

    scheduled(world, HOURLY)
    clock.to("2026-11-22T05:30")

    assert kept(world) == []
    assert slots(world) == []


def test_a_link_that_cannot_be_loaded_holds_up_no_other_and_runs_once_it_is_mended(
    world: World,
) -> None:
    scheduled(world, HOURLY)
    scheduled(world, HOURLY, name="others")
    clock = begun(world)
    good = (world.links / "orders.yaml").read_text(encoding="utf-8")
    world.link("orders", good.replace('"batch_size"', '"batchsize"'))
    clock.to("2026-11-22T05:00")

    done = world.engine.keep_schedules()

    assert [world.engine.event(str(each)).link for each in done.queued] == ["others"]
    (problem,) = done.problems
    assert "batchsize" in problem
    world.link("orders", good)
    clock.to("2026-11-22T05:10")
    assert [event.link for event in kept(world)] == ["orders"]


# Links that depend on others


def family(world: World, **child: Any) -> None:
    """Orders that depend on customers; both are due every hour."""
    scheduled(world, HOURLY, depends_on=[{"link": "customers", "field": "id"}], **child)
    scheduled(world, HOURLY, name="customers")


def links(events: list[SyncEvent]) -> list[str]:
    return [event.link for event in events]


def test_a_run_waits_for_the_link_it_depends_on_though_both_are_due_at_once(
    world: World,
) -> None:
    family(world)
    clock = begun(world)
    clock.to("2026-11-22T05:00")

    (parent,) = kept(world)

    assert parent.link == "customers"
    note = of(world, "orders").next.note
    assert note.startswith("waits for customers: #1 is queued since")
    finish(world, parent)
    clock.on(minutes=3)
    (child,) = kept(world)
    assert child.link == "orders"
    assert child.reason == "due 2026-11-22 05:00 UTC, 3 min late: it waited for customers"


@both_stores
def test_a_run_waits_while_its_parent_is_incomplete_and_shows_what_is_broken(
    world: World,
) -> None:
    failing(world)
    family(world)
    clock = begun(world)
    clock.to("2026-11-22T05:00")
    (parent,) = worked_off(world)
    assert (parent.link, parent.status) == ("customers", Status.FAILED)
    clock.to("2026-11-22T05:01")
    assert kept(world) == []

    waits = "waits for customers: #1 failed, 1 record open"
    assert of(world, "orders").next.note == waits
    listed = linkdeck("links", home=world.folder, LINKDECK_STORE=_store(world)).out
    assert f"orders: {waits}" in listed
    told = linkdeck(
        "explain", "orders", home=world.folder, LINKDECK_STORE=_store(world)
    ).out
    assert waits in told

    world.engine.discard(["1"], reason="a known one", actor="ana@test")
    assert links(kept(world)) == ["orders"]


def _store(world: World) -> str:
    return world.engine._context.settings.store or ""


def test_an_approved_gate_lets_those_that_depend_on_it_run(world: World) -> None:
    failing(world)
    family(world)
    clock = begun(world)
    clock.to("2026-11-22T05:00")
    worked_off(world)
    assert kept(world) == []

    world.engine.approve_gate(
        "customers", until="2026-11-22T06:00", reason="one is known", actor="ana@test"
    )

    assert links(kept(world)) == ["orders"]


def test_what_waits_for_what_waits_waits_too(world: World) -> None:
    """Orders are complete, and yet older than they are to be."""
    scheduled(world, HOURLY)
    world.run("orders")
    failing(world)
    family(world)
    scheduled(world, HOURLY, name="invoices", depends_on=[{"link": "orders"}])
    clock = begun(world)
    clock.to("2026-11-22T05:00")
    assert links(worked_off(world)) == ["customers"]

    clock.on(minutes=1)

    assert kept(world) == []
    assert of(world, "invoices").next.note == (
        "waits for orders: its own run waits for customers: #2 failed, 1 record open"
    )


def test_a_parent_that_is_not_there_is_named(world: World) -> None:
    scheduled(world, HOURLY, depends_on=[{"link": "custmers"}])
    clock = begun(world)
    clock.to("2026-11-22T05:00")

    assert kept(world) == []
    assert of(world, "orders").next.note == (
        "waits for custmers: there is no Link of that name"
    )


def test_a_run_by_hand_waits_for_nobody(world: World) -> None:
    family(world)
    clock = begun(world)
    clock.to("2026-11-22T05:00")

    assert world.run("orders").status is Status.COMPLETED


# Several engines


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_two_engines_on_one_store_queue_no_slot_twice(world: World) -> None:
    names = [f"link-{number}" for number in range(5)]
    for name in names:
        scheduled(world, HOURLY, name=name)
    clock = begun(world)
    hours = range(5, 9)
    queued: list[int] = []

    with Engine(world.engine._context.settings, clock=clock) as other:
        for hour in hours:
            clock.to(f"2026-11-22T{hour:02}:00")
            queued += _at_once(world.engine, other)
            # Were they over at once, only the slot would be left to hold a second one.
            for event in world.engine.events(status="queued").items:
                finish(world, event)
            queued += _at_once(world.engine, other)

    assert sorted(queued) == list(range(1, len(names) * len(hours) + 1))
    for name in names:
        assert [state for state, _ in slots(world, name)] == [SlotState.QUEUED] * len(hours)


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_two_engines_leave_a_run_out_once(world: World) -> None:
    names = [f"link-{number}" for number in range(3)]
    for name in names:
        scheduled(world, HOURLY, name=name)
    clock = begun(world)
    clock.to("2026-11-22T05:00")
    assert len(kept(world)) == 3

    with Engine(world.engine._context.settings, clock=clock) as other:
        for hour in range(6, 9):
            clock.to(f"2026-11-22T{hour:02}:00")
            assert _at_once(world.engine, other) == []

    acts = [row[1:3] for row in audited(world)]
    assert sorted(acts) == sorted([("skip run", name) for name in names] * 3)


def _at_once(*engines: Engine) -> list[int]:
    """The Sync Events that these engines queue when they look at the same moment."""
    together = Barrier(len(engines), timeout=20)

    def keep(engine: Engine) -> list[int]:
        together.wait()
        done = engine.keep_schedules()
        assert done.problems == []
        return done.queued

    with ThreadPoolExecutor(len(engines)) as pool:
        return [number for found in pool.map(keep, engines) for number in found]


# On the command line


def test_the_command_line_shows_what_comes_and_what_came(world: World) -> None:
    scheduled(world, {**HOURLY, "pause_after": 3, "jitter": "2m"})
    world.run("orders")

    shown = linkdeck("schedule", "orders", "--next", "3", "--json", home=world.folder)

    (seen,) = shown.document()["schedules"]
    assert (seen["cron"], seen["timezone"], seen["jitter_s"]) == ("0 * * * *", "UTC", 120.0)
    assert (seen["state"], len(seen["coming"])) == ("planned", 3)
    listed = linkdeck("links", "--json", home=world.folder).document()["links"][0]
    assert listed["next_run"] == seen["next_run"] == seen["coming"][0]
    assert listed["schedule"]["state"] == "planned"
    drawn = linkdeck("schedule", home=world.folder).out
    assert "waits after 3 failed runs in a row" in drawn


def test_a_run_asked_for_twice_in_a_slot_is_refused_by_the_store(world: World) -> None:
    """The slot itself is unique, whoever asks."""
    from engine.operations.queueing import queue_run
    from engine.store.refusals import SlotTaken

    scheduled(world, HOURLY)
    clock = begun(world)
    clock.to("2026-11-22T05:00")
    (event,) = worked_off(world)
    again = RunOptions(actor="schedule", slot=clock.now)

    with pytest.raises(SlotTaken, match="has been seen to"):
        queue_run(world.engine._context, "orders", again)

    assert world.engine.events().items[0].id == event.id


def test_the_schedule_of_the_readme_can_be_used_as_it_is_printed(world: World) -> None:
    chapter = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("### Schedules and gates")
    )
    printed = chapter[1].split("```yaml\n")[1].split("```")[0]
    world.orders([order(1)], extra=printed)
    scheduled(world, HOURLY, name="customers")

    answer = linkdeck("validate", home=world.folder)

    assert answer.code == 0, answer.err
    (seen,) = world.engine.schedules(["orders"])
    assert seen.schedule.pause_after == 3
