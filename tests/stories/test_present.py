"""What the target holds now for a failing record's key, asked on demand, in words and masked."""

import json
from pathlib import Path
from typing import Any

from tests.servers.scripted import ScriptedServer
from tests.servers.systems import Shelf
from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, both_stores, definition, shelf
from tests.stories.records import audited
from tests.stories.world import World, order


def fails_after_it_was_written(world: World, **more: Any) -> None:
    """#1 writes order 2; in #2 it has lost its email, and another amount."""
    world.orders([order(1), order(2)])
    world.link("orders", definition(**more))
    world.run()
    world.orders([order(1), order(2, email="", amount=99), order(3, email="")])
    world.link("orders", definition(**more))
    world.run()


@both_stores
def test_the_row_is_shown_as_it_is_now(world: World) -> None:
    fails_after_it_was_written(world)

    present = world.engine.present("s1")

    assert present.system == "warehouse.db"
    assert present.fields == {"id": 2, "email": "o2@example.com", "amount": 20}
    assert (present.problem, present.absent) == (None, False)


def test_that_there_is_none_is_an_answer(world: World) -> None:
    fails_after_it_was_written(world)

    present = world.engine.present("s2")

    assert (present.fields, present.problem, present.absent) == (None, None, True)


def test_a_target_that_cannot_be_asked_says_so(world: World) -> None:
    target = {"adapter": "file", "path": "out", "format": "ndjson"}
    world.orders([order(1, email="")])
    world.link("orders", definition(target=target))
    world.run()

    present = world.engine.present("s1")

    assert present.fields is None
    assert present.problem == "it cannot be asked for single records; look there yourself"


def test_a_target_that_fails_is_told_in_a_sentence(world: World) -> None:
    """One try, no traceback, no secret."""
    with ScriptedServer(Shelf()) as server:
        url = shelf(server.url, lookup={"url": f"{server.url}/things/{{id}}"})
        world.orders([order(1, email="")])
        world.link("orders", definition(target=url))
        world.run()
    present = world.engine.present("s1")

    assert present.fields is None
    assert present.problem is not None
    assert "could not be asked" in present.problem
    assert "Traceback" not in present.problem


def test_masks_hide_what_the_target_holds_and_a_reveal_is_audited(world: World) -> None:
    fails_after_it_was_written(world, masks=["email"])

    hidden = world.engine.present("s1")
    shown = world.engine.present("s1", reveal=True, actor="ana", reason="to compare")

    assert hidden.fields is not None
    assert hidden.fields["email"] == "***"
    assert shown.fields is not None
    assert shown.fields["email"] == "o2@example.com"
    assert ("ana", "reveal", "s1", "to compare") in audited(world)


def test_the_command_line_asks_with_a_flag(world: World) -> None:
    fails_after_it_was_written(world)
    home = world.folder

    asked = linkdeck("record", "s1", "--target", home=home)
    document = linkdeck("record", "s1", "--target", "--json", home=home).document()
    unasked = linkdeck("record", "s1", "--json", home=home).document()

    assert "HOLDS NOW" in asked.out
    assert "o2@example.com" in asked.out
    assert document["target"]["system"] == "warehouse.db"
    assert document["target"]["holds"]["amount"] == 20
    assert document["target"]["problem"] is None
    assert unasked["target"] is None


def test_where_the_definition_is_broken_the_one_it_ran_with_is_asked(world: World) -> None:
    fails_after_it_was_written(world)
    Path(world.links / "orders.yaml").write_text("link: orders\n", "utf-8")

    assert world.engine.present("s1").fields is not None


def test_a_trial_tells_the_warnings_and_the_plan_the_way_out(world: World) -> None:
    """P6: a definition that cannot be used leaves the one it ran with."""
    small = {"field": "amount", "rule": "range", "max": 5, "severity": "warning"}
    rules = {"name": "rules", "check": [{"field": "email", "rule": "required"}, small]}
    world.orders([order(1, email="")])
    world.link("orders", definition(stages=[COLUMNS, rules]))
    world.run()

    tried = linkdeck(
        "edit", "s1", "--set", "email=a@x.de", "--dry-run", "--json", home=world.folder
    )
    (world.links / "orders.yaml").write_text("link: orders\nkey: 5\n", "utf-8")
    plan = linkdeck("plan", "1", home=world.folder)

    (warning,) = json.loads(tried.out)["warnings"]
    assert "amount" in warning
    assert plan.code != 0
    assert "--definition as-run" in plan.err
