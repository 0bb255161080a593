"""The Inbox: every open failure of every Link, in an order that pages by keyset (I2, T5)."""

from enum import StrEnum
from typing import Any, get_args

import pytest

from console.cli.inbox import ClassName, RouteName, SeverityName
from engine.domain.errors import ErrorClass, Misused, Route
from engine.domain.inbox import InboxFilter, InboxItem
from engine.domain.link import Severity
from engine.domain.recovery_documents import inbox_document
from engine.domain.requests import Stop
from engine.domain.retry_plan import Choice
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition, pages
from tests.stories.world import World, order

KEYS = [
    "id",
    "event",
    "link",
    "key",
    "tier",
    "class",
    "code",
    "field",
    "message",
    "stage",
    "source",
    "target",
    "at",
    "durability",
    "downstream",
    "batch",
    "position",
    "route",
    "owner",
    "severity",
    "age_s",
    "attempts",
    "state",
    "edited",
]


def inbox(world: World, *, limit: int = 50, **wanted: Any) -> list[InboxItem]:
    """All of it, page by page."""
    found: list[InboxItem] = []
    after: str | None = None
    while True:
        page = world.engine.inbox(InboxFilter(**wanted), limit=limit, after=after)
        found += page.items
        after = page.next
        if after is None:
            return found


def labels(items: list[InboxItem]) -> list[str]:
    return [item.label for item in items]


def negative(number: int) -> dict[str, Any]:
    return order(number, amount=-1)


RULES = {
    "name": "rules",
    "check": [
        {"field": "email", "rule": "required"},
        {
            "when": "amount < 0",
            "code": "negative",
            "message": "amount is negative",
            "class": "business_rule",
        },
    ],
}


def two_links(world: World) -> None:
    """A low Link that failed first, a critical one that failed later."""
    world.orders([order(1, email=""), order(2), negative(3)])
    world.link("orders", definition(severity="low", stages=[COLUMNS, RULES], owner="ops"))
    world.run()
    urgent = definition(
        link="urgent", severity="critical", downstream=["finance"], stages=[COLUMNS, RULES]
    )
    world.link("urgent", urgent)
    world.run("urgent")


@both_stores
def test_the_most_severe_links_come_first_and_in_each_the_oldest(world: World) -> None:
    two_links(world)
    world.run("urgent", full=True)

    found = inbox(world, limit=1)

    places = [(item.link, item.event, item.label) for item in found]
    assert places == [
        ("urgent", 3, "1"),
        ("urgent", 3, "3"),
        ("orders", 1, "1"),
        ("orders", 1, "3"),
    ]
    assert found[0].downstream == ("finance",)
    assert (found[2].owner, found[2].severity) == ("ops", "low")
    assert all(item.age_s >= 0 for item in found)


@both_stores
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"link": "orders"}, ["1", "3"]),
        ({"route": "review"}, ["3", "3"]),
        ({"error_class": "validation"}, ["1", "1"]),
        ({"severity": "critical"}, ["1", "3"]),
        ({"owner": "ops"}, ["1", "3"]),
        ({"key": "3"}, ["3", "3"]),
        ({"key": "3", "route": "quarantine"}, []),
        ({"route": "review", "severity": "low"}, ["3"]),
    ],
)
def test_the_inbox_can_be_narrowed(
    world: World, wanted: dict[str, str], expected: list[str]
) -> None:
    two_links(world)

    assert labels(inbox(world, limit=1, **wanted)) == expected


@both_stores
def test_it_is_counted_by_route_and_by_link_also_when_some_has_closed(
    world: World,
) -> None:
    two_links(world)
    counts = world.engine.inbox_counts()
    assert counts.routes == {"quarantine": 2, "review": 2}
    assert counts.links == {"urgent": 2, "orders": 2}

    world.engine.discard(["s1"], reason="known", actor="ana")

    counts = world.engine.inbox_counts()
    assert counts.routes == {"review": 2, "quarantine": 1}
    assert (counts.links, counts.total) == ({"urgent": 2, "orders": 1}, 3)


@both_stores
def test_a_kept_scope_and_a_system_error_wait_there_too(world: World) -> None:
    source = Pages([order(n) for n in range(1, 31)])
    source.faults = {2: [Answered(503)] * 2}
    with ScriptedServer(source) as server:
        world.link("orders", definition(source=pages(server.url)))
        world.run()
    world.link(
        "gone", definition(link="gone", source={"adapter": "file", "path": "no.csv"})
    )
    world.run("gone")

    scope, system = inbox(world)

    assert (scope.snapshot, scope.batch, scope.state) == (None, 2, "open")
    assert scope.error["route"] == "retry"
    assert (system.snapshot, system.batch, system.error["tier"]) == (None, 0, "system")
    assert labels(inbox(world, route="retry")) == ["page 2", "the run itself"]
    assert inbox(world, key="2") == []
    assert [
        item["id"] for item in inbox_document(world.engine.inbox(InboxFilter()))["items"]
    ] == [
        "#1.2",
        "#2",
    ]
    assert world.engine.inbox_counts().links == {"orders": 1, "gone": 1}


def test_batches_a_stopped_run_never_attempted_wait_there(world: World) -> None:
    stop = Stop()
    world.orders([order(n) for n in range(1, 41)])
    world.run(watch=lambda glimpse: stop.now("enough"), stop=stop)

    found = inbox(world)

    assert {item.error["code"] for item in found} <= {"not_attempted", "not_planned"}
    assert found


def test_what_a_retry_carries_is_listed_once_where_it_is_now(world: World) -> None:
    """C3."""
    world.orders([order(1, email=""), order(2)])
    first = world.run()
    child = world.retry(first)

    [item] = inbox(world)

    assert (item.event, item.label) == (child.id, "1")


def test_the_json_has_exactly_the_keys_scripts_rely_on(world: World) -> None:
    two_links(world)

    answer = linkdeck("inbox", "--json", "--limit", "1", home=world.folder)
    document = answer.document()

    assert list(document["items"][0])[: len(KEYS)] == KEYS
    more = linkdeck(
        "inbox", "--json", "--after", document["next"], home=world.folder
    ).document()
    assert [item["key"] for item in more["items"]] == ["3", "1", "3"]
    assert more["next"] is None


def test_masked_values_stay_masked_in_the_inbox(world: World) -> None:
    world.orders([order(1, email="no-at-sign")])
    check = {"name": "rules", "check": [{"field": "email", "rule": "email"}]}
    world.link("orders", definition(masks=["email"], stages=[COLUMNS, check]))
    world.run()

    [item] = inbox(world)

    assert "no-at-sign" not in str(item)
    assert "***" in item.error["message"]
    assert "no-at-sign" not in linkdeck("inbox", home=world.folder).out


def test_a_cursor_that_is_none_is_told(world: World) -> None:
    two_links(world)

    with pytest.raises(Misused, match="is no cursor"):
        world.engine.inbox(InboxFilter(), after="s12")


def test_an_empty_inbox_says_so(world: World) -> None:
    world.orders([order(1)])
    world.run()

    assert linkdeck("inbox", home=world.folder).out == "0 open failures\nAll clear.\n"


def test_a_slip_in_what_narrows_the_inbox_does_not_read_as_all_clear(world: World) -> None:
    answer = linkdeck("inbox", "--severity", "hihg", home=world.folder)

    assert (answer.code, answer.out) == (2, "")
    assert "not 'hihg', did you mean 'high'?" in answer.err


@pytest.mark.parametrize(
    ("offered", "known"),
    [(SeverityName, Severity), (RouteName, Route), (ClassName, ErrorClass)],
)
def test_the_inbox_is_narrowed_by_every_word_there_is(
    offered: object, known: type[StrEnum]
) -> None:
    assert list(get_args(offered)) == [each.value for each in known]


def test_every_failure_can_be_recovered_and_the_inbox_is_empty(world: World) -> None:
    world.orders([order(1, email=""), order(2)])
    world.link("orders", definition(stages=[COLUMNS, EMAIL]))
    first = world.run()
    world.link("orders", definition(stages=[COLUMNS]))

    world.retry(first, definition=Choice.CURRENT)

    assert inbox(world) == []
