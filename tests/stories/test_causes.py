"""Causes over all Sync Events: since when, how often, where; recovered how; what is known."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain.cause import CauseFilter, Pattern, Turn
from engine.domain.errors import Misused, Refused
from engine.domain.retry_plan import Choice
from tests.stories.clocks import Clock, on_clock
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, both_stores, definition
from tests.stories.world import World, order

GOOD = [order(n) for n in range(1, 7)]
BLANK = [order(n, email="" if n <= 2 else f"o{n}@x.de") for n in range(1, 7)]


def ran(world: World, records: list[dict[str, object]], link: str = "orders") -> None:
    world.orders(records)
    if link != "orders":
        text = (world.links / "orders.yaml").read_text()
        world.link(link, text.replace("link: orders", f"link: {link}"))
    world.run(link)


@both_stores
def test_a_cause_is_followed_over_links_and_sync_events(world: World) -> None:
    clock = on_clock(world, Clock())
    ran(world, BLANK)
    clock.on(days=1)
    ran(world, BLANK)
    clock.on(days=1)
    ran(world, BLANK, "twin")
    world.run("orders", test=True)

    [cause] = world.engine.root_causes()

    assert (cause.code, cause.field, cause.events, cause.times) == (
        "required",
        "email",
        3,
        6,
    )
    assert (cause.last_at - cause.first_at).days == 2
    assert [(each.link, each.first_event, each.last_event) for each in cause.links] == [
        ("orders", 1, 2),
        ("twin", 3, 3),
    ]
    assert (cause.turn, cause.pattern) == (Turn.ACTIVE, Pattern.VALIDATION)


@both_stores
def test_how_failures_of_a_cause_closed_is_counted(world: World) -> None:
    """One superseded by a later run, one discarded, one recovered by a retry."""
    three = [order(n, email="" if n <= 3 else "x@x.de") for n in range(1, 7)]
    ran(world, three)
    ran(world, [order(1)])
    world.engine.discard(["s2"], reason="a test order", actor="ben@desk")
    world.link("orders", definition(stages=[COLUMNS]))
    world.retry(1, definition=Choice.CURRENT)

    [at] = world.engine.root_causes()[0].links

    assert (at.superseded, at.discarded, at.recovered, at.equal) == (1, 1, 1, 0)


@both_stores
def test_a_cause_that_came_back_is_flagged_where_it_is_met(world: World) -> None:
    ran(world, BLANK)
    ran(world, GOOD)
    assert [each.turn for each in world.engine.root_causes()] == [Turn.QUIET]
    ran(world, BLANK)

    [cause] = world.engine.root_causes()

    assert (cause.turn, cause.links[0].returned) == (Turn.REGRESSED, 1)
    assert [group.returned for group in world.event(3).errors] == [True]
    assert [group.returned for group in world.event(1).errors] == [False]
    for words in (("show", "3"), ("failures", "3")):
        assert "came back" in linkdeck(*words, home=world.folder, **store_of(world)).out
    assert "came back" in linkdeck("causes", home=world.folder, **store_of(world)).out
    ran(world, BLANK)
    assert [each.turn for each in world.engine.root_causes()] == [Turn.ACTIVE]


@both_stores
def test_what_a_person_says_of_a_cause_is_shown_when_it_comes_back(world: World) -> None:
    ran(world, BLANK)
    [before] = world.engine.root_causes()

    world.engine.note_cause(
        before.fingerprint[:6],
        note="the shop's form lets blanks through, SHOP-77",
        category="producer bug",
        actor="ana@test",
    )
    ran(world, BLANK)

    [group] = world.event(2).errors
    assert (group.category, group.note) == (
        "producer bug",
        "the shop's form lets blanks through, SHOP-77",
    )
    snapshot = world.failing(world.event(2))[0]
    for words in (("show", "2"), ("failures", "2"), ("record", f"s{snapshot.id}")):
        answer = linkdeck(*words, home=world.folder, **store_of(world))
        assert "SHOP-77" in answer.out, words
    document = linkdeck(
        "show", "2", "--json", home=world.folder, **store_of(world)
    ).document()
    assert document["errors"][0]["category"] == "producer bug"
    [row] = world.engine.audit_rows(limit=1, actor="ana").items
    assert row.action == "run"
    [row] = world.engine.audit_rows(subject=f"cause {before.fingerprint}").items
    assert (row.actor, row.action) == ("ana@test", "note")
    cleared = world.engine.note_cause(before.fingerprint, note="", category="", actor="a")
    assert (cleared.note, cleared.category) == (None, None)


def store_of(world: World) -> dict[str, str]:
    url = world.engine._context.settings.store
    return {"LINKDECK_STORE": url} if url else {}


def test_the_report_gathers_repeated_causes_by_what_they_ask_for(world: World) -> None:
    for _ in range(3):
        ran(world, BLANK)

    [repeated] = world.engine.root_causes(CauseFilter(least=3))
    assert repeated.events == 3
    report = linkdeck("causes", "--report", home=world.folder).out
    assert "validation: 1 repeated cause, 6 failures" in report
    assert "tell its producer" in report
    none = linkdeck("causes", "--pattern", "transient", home=world.folder).out
    assert none == "No cause matches.\n"


def test_personal_values_in_a_sentence_are_masked(world: World) -> None:
    rules = {
        "name": "rules",
        "check": [{"field": "email", "rule": "email"}],
    }
    world.orders([order(1, email="not an address")])
    world.link("orders", definition(stages=[COLUMNS, rules], masks=["email"]))
    world.run()

    assert "not an address" not in linkdeck("causes", home=world.folder).out


def test_what_a_target_said_of_records_that_are_gone_is_told_by_its_code_alone(
    world: World,
) -> None:
    """Nobody can say any more which of its words a mask names."""
    clock = on_clock(world, Clock())
    _barring(world.links / "warehouse.db")
    world.orders([order(1, email="4711"), order(2, email="4712")])
    world.link("orders", definition(stages=[COLUMNS], masks=["email"], retention=KEPT))
    first = world.run()
    before = linkdeck("causes", home=world.folder).out
    assert "barred" in before
    assert not {"4711", "4712"} & set(before.split())
    world.engine.discard([str(first.id)], reason="asked", actor="ben@desk")

    clock.on(days=31)
    [gone] = world.engine.purge(actor="ben@desk").links

    assert gone.snapshots == 2
    [cause] = world.engine.root_causes()
    assert cause.message.startswith(f"{cause.code}: the records it told of are gone")
    assert "barred" not in linkdeck("causes", home=world.folder).out


KEPT = {"snapshots": "30d", "events": "180d"}


def _barring(warehouse: Path) -> None:
    """A table whose trigger refuses every row and quotes its address, without quotes."""
    with closing(sqlite3.connect(warehouse)) as connection:
        connection.executescript(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, email, amount);"
            "CREATE TRIGGER bar BEFORE INSERT ON orders WHEN new.email = '4711' BEGIN"
            " SELECT RAISE(ABORT, '4711 is barred'); END;"
            "CREATE TRIGGER bar_too BEFORE INSERT ON orders WHEN new.email = '4712' BEGIN"
            " SELECT RAISE(ABORT, '4712 is barred'); END;"
        )


def test_one_cause_is_shown_as_a_whole(world: World) -> None:
    ran(world, BLANK)
    [cause] = world.engine.root_causes()

    shown = linkdeck("causes", cause.fingerprint[:8], home=world.folder).out
    assert "first seen" in shown
    assert "none yet" in shown
    said = linkdeck(
        "causes", cause.fingerprint, "--category", "form", "--json", home=world.folder
    )
    assert said.document()["category"] == "form"
    found = linkdeck("causes", "--category", "form", "--json", home=world.folder)
    assert [each["fingerprint"] for each in found.document()["causes"]] == [
        cause.fingerprint
    ]


def test_what_makes_no_sense_is_refused_in_words(world: World) -> None:
    ran(world, BLANK)

    with pytest.raises(Refused, match="no failure has the fingerprint 'zzzz'"):
        world.engine.root_cause("zzzz")
    with pytest.raises(Misused, match="--note TEXT or --category WORD"):
        world.engine.note_cause("abc", actor="ana@test")
    assert linkdeck("causes", "--note", "x", home=world.folder).code == 2
    assert linkdeck("causes", "ab", "--link", "orders", home=world.folder).code == 2
