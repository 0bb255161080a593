"""The evidence of a Chain: what failed, who did what about it, what remains; the same each time."""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain.errors import Refused
from engine.domain.inbox import Edit
from engine.domain.retry_plan import Choice
from tests.servers.scripted import ScriptedServer
from tests.servers.scripted import Status as Answered
from tests.servers.systems import Pages
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, EMAIL, both_stores, definition, pages
from tests.stories.world import World, order

ORDERS = [order(n, email="" if n in {2, 5, 8} else f"o{n}@x.de") for n in range(1, 31)]


def told(world: World, name: str = "evidence.json", ref: str = "1") -> dict[str, Any]:
    """The evidence, written and read."""
    path = world.folder / name
    world.engine.evidence(ref, str(path))
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def a_story(world: World) -> None:
    """A page that times out, three bad records; an edit, a retry, a discard."""
    source = Pages(ORDERS, faults={2: [Answered(503)] * 2})
    with ScriptedServer(source) as server:
        said: dict[str, Any] = {"source": pages(server.url), "masks": ["email"]}
        world.link("orders", definition(stages=[COLUMNS, EMAIL], **said))
        world.run()
        world.engine.edit("s1", Edit({"email": "b@x.de"}), reason="asked", actor="ben")
        world.retry(1, definition=Choice.CURRENT)
        world.engine.discard(["1"], reason="test orders", actor="eva")


@both_stores
def test_the_evidence_tells_the_whole_chain(world: World) -> None:
    a_story(world)

    document = told(world)

    chain = document["chain"]
    assert (chain["root"], chain["status"]) == (1, "completed_with_warnings")
    assert (chain["batches"], chain["records"]) == ([1, 0, 0], [3, 2, 0])
    assert chain["identity"] == {
        "fetched": 30, "written": 28, "ignored": 0, "open": 0, "in_doubt": 0,
        "superseded": 0, "equal": 0, "discarded": 2, "moved": 0, "residual": 0,
    }  # fmt: skip
    root, child = document["events"]
    assert root["failed_batches"][0]["closed_by"] == "retry"
    assert (child["plan"]["hash"], child["reason"]) == (child["plan"]["hash"], "mended")
    assert [event["records"]["residual"] for event in (root, child)] == [0, 0]
    assert [(act["action"], act["actor"], act["reason"]) for act in document["acts"]] == [
        ("run", "ana@test", None),
        ("edit", "ben", "asked"),
        ("plan", "ana@test", None),
        ("retry", "ana@test", "mended"),
        ("discard", "eva", "test orders"),
    ]
    states = {(each["event"], each["key"]): each["state"] for each in document["records"]}
    assert states == {
        (1, "2"): "recovered",
        (1, "5"): "carried",
        (1, "8"): "carried",
        (2, "5"): "discarded",
        (2, "8"): "discarded",
    }
    assert document["purged"] == {"records": {}, "total": 0}


def test_making_it_anew_gives_the_same_bytes_from_any_event_of_the_chain(
    world: World,
) -> None:
    a_story(world)

    told(world, "one.json")
    told(world, "two.json", ref="2")

    one, two = ((world.folder / name).read_bytes() for name in ("one.json", "two.json"))
    assert one == two


def test_it_holds_no_personal_value(world: World) -> None:
    a_story(world)

    told(world)

    text = (world.folder / "evidence.json").read_text()
    assert "b@x.de" not in text
    assert '"email":"***"' in text


def test_it_is_private_and_never_over_another_file(world: World) -> None:
    a_story(world)
    path = world.folder / "evidence.json"
    told(world)

    with pytest.raises(Refused, match="is already there"):
        told(world)

    assert path.stat().st_mode & 0o777 == 0o600


def test_the_command_line_writes_it(world: World, tmp_path: Path) -> None:
    a_story(world)
    output = tmp_path / "chain.json"

    answer = linkdeck("evidence", "1", "--output", str(output), home=world.folder)

    assert answer.out == f"wrote the evidence of 5 failures to {output}\n"
    assert json.loads(output.read_text())["shape"] == "linkdeck evidence 1"


def test_the_evidence_says_what_was_affected_and_that_it_is_cleared(world: World) -> None:
    world.orders([order(1), order(2, email="")])
    downstream = ["fulfilment", "finance-dashboard"]
    world.link("orders", definition(stages=[COLUMNS, EMAIL], downstream=downstream))
    world.run()
    affected = told(world, "before.json")["downstream"]
    shown = linkdeck("show", "1", home=world.folder).out
    world.link("orders", definition(stages=[COLUMNS], downstream=downstream))
    world.retry(1, definition=Choice.CURRENT)

    cleared = told(world, "after.json")["downstream"]

    assert [(each["name"], each["state"]) for each in affected] == [
        ("finance-dashboard", "affected"),
        ("fulfilment", "affected"),
    ]
    assert [(each["state"], each["by"]) for each in cleared] == [("cleared", 2)] * 2
    assert "affects" in shown
    assert "fulfilment, finance-dashboard" in shown
    later = linkdeck("show", "1", home=world.folder).out
    assert "affects" not in later
