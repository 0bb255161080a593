"""Failures of several Chains taken up together: a plan and a child each, confirmed as one (P3)."""

from typing import Any

import pytest

from engine.domain.errors import Refused
from engine.domain.inbox import Edit, InboxFilter
from engine.domain.outcome import Status
from engine.domain.requests import Selection, Stop
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.domain.together import Plans, Taken
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition
from tests.stories.world import World, order

WHY = RetryOptions(reason="mended", actor="ana@test")
LENIENT = {"name": "rules", "check": [{"field": "id", "rule": "required"}]}


def blank(odd: int) -> dict[str, Any]:
    return {"email": " "} if odd else {}


def three_chains(world: World) -> None:
    """#1 and #2 of orders, with other keys, and #3 of returns; two records fail in each."""
    for first in (1, 101):
        world.orders([order(n, **blank(n % 2)) for n in range(first, first + 4)])
        world.link("orders", definition())
        world.run()
    world.link("returns", definition(link="returns", severity="high"))
    world.run("returns")


def planned(world: World, *refs: str, **more: Any) -> Plans:
    inbox = more.pop("inbox", None)
    taken = Taken(refs, inbox, more.pop("selection", Selection()))
    return world.engine.plans(taken, actor="ana@test", **more)


def mended(world: World) -> None:
    """The rule that failed them is gone from the definitions on disk."""
    for link in ("orders", "returns"):
        world.link(link, definition(link=link, stages=[COLUMNS, LENIENT]))


@both_stores
def test_what_waits_is_planned_chain_by_chain_and_retried_in_turn(world: World) -> None:
    """P3: one plan and one child a Chain; C5: two of one Link run one after the other."""
    three_chains(world)
    mended(world)

    made = planned(world, inbox=InboxFilter(), definition=Choice.CURRENT)
    done = world.engine.retry_all(
        [plan.hash for plan in made.plans], WHY, stop=Stop(), watch=None
    )

    assert [(plan.event, plan.link, plan.records) for plan in made.plans] == [
        (3, "returns", 2),
        (1, "orders", 2),
        (2, "orders", 2),
    ]
    assert (made.records, made.runs_as) == (6, 3)
    assert [event.parent for event in done.events] == [3, 1, 2]
    assert done.refused == ()
    assert [world.event(n).status for n in (1, 2, 3)] == [Status.COMPLETED] * 3
    assert world.engine.inbox_counts().total == 0


@both_stores
def test_an_inbox_selection_is_narrowed_as_the_inbox_is(world: World) -> None:
    three_chains(world)

    of_link = planned(world, inbox=InboxFilter(link="orders"))
    of_severity = planned(world, inbox=InboxFilter(severity="high"))
    of_key = planned(world, inbox=InboxFilter(key="103"))

    assert [plan.event for plan in of_link.plans] == [1, 2]
    assert [plan.event for plan in of_severity.plans] == [3]
    assert [(plan.event, plan.records) for plan in of_key.plans] == [(3, 1), (2, 1)]
    with pytest.raises(Refused, match="nothing that waits matches"):
        planned(world, inbox=InboxFilter(route="producer"))


@both_stores
def test_marked_records_of_several_chains_go_and_their_neighbours_stay(
    world: World,
) -> None:
    three_chains(world)
    world.engine.edit("s2", Edit({"email": "b@x.de"}), reason="asked", actor="ana")

    made = planned(world, "s2", "s3")
    done = world.engine.retry_all(
        [plan.hash for plan in made.plans], WHY, stop=Stop(), watch=None
    )

    assert [(plan.event, plan.records, plan.edited) for plan in made.plans] == [
        (1, 1, 1),
        (2, 1, 0),
    ]
    assert [event.records.from_snapshots for event in done.events] == [1, 1]
    assert {row["id"] for row in world.rows()} >= {3}
    assert [each.state for each in world.failing(world.event(1))] == ["unmet", "recovered"]


def test_a_plan_of_marks_is_of_the_youngest_event_they_descend_from(world: World) -> None:
    """#4 is a child of #1: what failed again in it goes as its own child."""
    three_chains(world)
    again = world.retry("s1")
    carried = world.failing(again)[0]

    alone = planned(world, f"s{carried.id}")
    both = planned(world, f"s{carried.id}", "s2")

    assert [(plan.event, plan.records) for plan in alone.plans] == [(again.id, 1)]
    assert [(plan.event, plan.records) for plan in both.plans] == [(1, 2)]


def test_a_chain_that_cannot_be_planned_is_told_and_the_others_are_planned(
    world: World,
) -> None:
    three_chains(world)
    world.engine.discard(["3"], reason="tests", actor="ana")

    made = planned(world, "1", "3")

    assert [plan.event for plan in made.plans] == [1]
    ((event, link, why),) = [(each.event, each.link, each.why) for each in made.refused]
    assert (event, link) == (3, "returns")
    assert "nothing is open in #3" in why


def test_two_siblings_of_one_chain_are_not_retried_at_once(world: World) -> None:
    """C5: one retry at a time per Chain; the one that covers both is named."""
    three_chains(world)
    first, second = world.retry("s1"), world.retry("s2")

    made = planned(world, str(first.id), str(second.id))

    assert made.plans == ()
    assert "#1 covers them: linkdeck retry 1" in made.refused[0].why


def test_a_kept_scope_is_taken_by_its_name(world: World) -> None:
    """What was not attempted, because a stage stopped the run."""
    world.orders([order(1, email=" "), *(order(n) for n in range(2, 31))])
    stops = {**EMAIL, "on_error": "fail"}
    world.link("orders", definition(stages=[COLUMNS, stops], parallel=1))
    world.run()
    names = [item.name for item in world.engine.inbox(InboxFilter()).items]

    made = planned(world, "#1.2")

    assert "#1.2" in names
    assert [(plan.batches, plan.records) for plan in made.plans] == [(1, 0)]


def test_a_plan_says_where_in_its_target_it_writes_and_hides_passwords(
    world: World,
) -> None:
    three_chains(world)

    (plan,) = planned(world, "1").plans

    assert (plan.target, plan.place) == ("warehouse.db", "orders")


@both_stores
def test_what_is_marked_over_chains_is_discarded_as_one(world: World) -> None:
    """I3: all of it or nothing."""
    three_chains(world)

    with pytest.raises(Refused):
        world.engine.discard_all(Taken(("s1", "s999")), reason="no", actor="ana")
    kept = world.engine.inbox_counts().total
    named = world.engine.discard_all(Taken(("s1", "s3")), reason="known", actor="ana")
    rest = world.engine.discard_all(
        Taken(inbox=InboxFilter()), reason="all of it", actor="ana"
    )

    assert (kept, named.records, rest.records) == (6, 2, 4)
    assert world.engine.inbox_counts().total == 0


def test_the_command_line_plans_and_retries_the_inbox(world: World) -> None:
    three_chains(world)
    mended(world)
    home = world.folder

    plans = linkdeck("plan", "inbox", "--link", "orders", "--json", home=home)
    unsaid = linkdeck("retry", "inbox", "--reason", "x", "--json", home=home)
    said = ("--definition", "current", "--reason", "mended")
    done = linkdeck("retry", "s1", "s3", *said, "--json", home=home)
    rest = linkdeck("retry", "inbox", *said, home=home)

    assert plans.code == 0
    document = plans.document()
    assert [plan["event"] for plan in document["plans"]] == [1, 2]
    assert (document["records"], document["counts"]["safe"]) == (4, 4)
    assert unsaid.code == 3
    assert "say --definition as-run or --definition current" in unsaid.err
    assert done.code == 0
    assert [event["parent"] for event in done.document()["events"]] == [1, 2]
    assert rest.code == 0
    assert world.engine.inbox_counts().total == 0


def test_the_command_line_says_how_the_inbox_is_meant(world: World) -> None:
    three_chains(world)
    home = world.folder

    narrowed = linkdeck("plan", "1", "--link", "orders", home=home)
    both = linkdeck("plan", "inbox", "2", home=home)
    none = linkdeck("plan", home=home)

    assert (narrowed.code, both.code, none.code) == (2, 2, 2)
    assert "narrow the Inbox: say inbox" in narrowed.err
    assert "inbox stands alone" in both.err
    assert "say what: a Sync Event" in none.err


def test_a_plan_counts_what_is_in_doubt_and_what_has_no_value(world: World) -> None:
    """The classes that cannot go are counted like the others."""
    world.orders([order(1, email=" "), order(2)])
    world.link("orders", definition(snapshots="none", stages=[COLUMNS, EMAIL]))
    world.run()

    made = planned(world, "1")

    assert made.counts[ItemClass.NO_SNAPSHOT] == 1
    assert made.empty
