"""Any part of the Inbox at a time, by place, both ways; found as it is shown."""

from itertools import pairwise
from typing import Any

from engine.domain.inbox import InboxFilter, InboxItem
from engine.domain.requests import Search, Selection, Stretch
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition
from tests.stories.world import World, order

ALL = InboxFilter()


def busy(world: World) -> list[InboxItem]:
    """A System error with its kept scopes, and records of two Links; in the Inbox's order."""
    world.orders([order(n, email=" " * (n % 3)) for n in range(1, 31)])
    world.link("orders", definition(severity="low"))
    world.run()
    missing = {"adapter": "sql", "url": "sqlite:///no.db", "table": "t", "create": False}
    world.link("broken", definition(link="broken", target=missing, severity="critical"))
    world.run("broken")
    urgent = definition(link="urgent", severity="high")
    world.link("urgent", urgent)
    world.run("urgent")
    return list(world.engine.inbox(ALL, limit=1000).items)


def stretch(world: World, **part: Any) -> list[int]:
    found = world.engine.inbox_stretch(ALL, Stretch(**part))
    return [item.place for item in found]


@both_stores
def test_every_part_is_what_the_pages_say(world: World) -> None:
    items = busy(world)
    places = [item.place for item in items]

    assert all(before < after for before, after in pairwise(places))
    assert world.engine.inbox_matching(ALL) == (len(items), 0)
    assert stretch(world, limit=1000) == places
    for at in range(0, len(places), 3):
        assert stretch(world, limit=4, skip=at) == places[at : at + 4]
        ahead = stretch(world, limit=4, beyond=places[at])
        assert ahead == places[at + 1 : at + 5]
        behind = stretch(world, limit=4, beyond=places[at], backwards=True)
        assert behind == places[max(at - 4, 0) : at]
        far = stretch(world, limit=2, beyond=places[at], skip=5)
        assert far == places[at + 6 : at + 8]
        assert world.engine.inbox_matching(ALL, place=places[at])[1] == at
    assert stretch(world, limit=3, backwards=True, skip=2) == places[-5:-2]
    assert stretch(world, ids=(places[3], places[-1])) == [places[3], places[-1]]


@both_stores
def test_causes_narrow_it_and_nothing_named_is_nothing(world: World) -> None:
    items = busy(world)
    causes = world.engine.causes()
    mine = tuple(
        (each.event, each.fingerprint) for each in causes if each.code == "required"
    )
    wanted = InboxFilter(causes=mine)

    expected = [item.place for item in items if item.error["code"] == "required"]
    found = world.engine.inbox_stretch(wanted, Stretch(1000))

    assert [item.place for item in found] == expected
    assert world.engine.inbox_matching(wanted) == (len(expected), 0)
    assert world.engine.inbox_matching(InboxFilter(causes=())) == (0, 0)


@both_stores
def test_a_search_finds_words_in_keys_messages_and_links(world: World) -> None:
    items = busy(world)
    by_place = {item.place: item for item in items}

    def found(**said: Any) -> list[tuple[str, str]]:
        sought = Search(**said)
        step = world.engine.inbox_search(ALL, sought)
        assert step.reached is None
        return [(by_place[each].link, by_place[each].label) for each in step.snapshots]

    urgent = [(item.link, item.label) for item in items if item.link == "urgent"]
    assert found(words=("urgent",)) == urgent
    assert found(keys=("11",)) == [("urgent", "11"), ("orders", "11")]
    assert found(words=("BLANK",), without=("orders",)) == urgent
    assert found(words=("no such thing",)) == []


def test_a_search_does_not_find_what_masks_hide(world: World) -> None:
    """In the Inbox and among the failures of a Sync Event: what is shown is what is searched."""
    secret = "zoe.secret@example.com"
    rule = {"field": "email", "rule": "regex", "pattern": "nobody"}
    rules = {"name": "rules", "check": [rule]}
    world.orders([order(1, email=secret), order(2)])
    world.link("orders", definition(stages=[COLUMNS, rules], masks=["email"]))
    world.run()
    engine = world.engine

    def both(**said: Any) -> tuple[int, int]:
        sought = Search(**said)
        inbox = engine.inbox_search(ALL, sought).snapshots
        failures = engine.search("1", Selection(), sought).snapshots
        return len(inbox), len(failures)

    shown = str(engine.inbox(ALL).items[0].error["message"])
    assert "zoe" not in shown
    assert both(words=("zoe",)) == (0, 0)
    assert both(without=("zoe",)) == (2, 2)
    assert both(words=("email",)) == (2, 2)
    assert both(keys=("1",)) == (1, 1)


def test_the_rule_that_masks_nothing_changes_nothing(world: World) -> None:
    world.orders([order(1, email=""), order(2)])
    world.link("orders", definition(stages=[COLUMNS, EMAIL]))
    world.run()

    assert (
        len(world.engine.search("1", Selection(), Search(words=("blank",))).snapshots) == 1
    )
