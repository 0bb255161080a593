"""What a Sync Event's data is called for those downstream (contract, section 2)."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.stories.command_line import linkdeck
from tests.stories.definitions import COLUMNS, SQLITE, both_stores, definition
from tests.stories.world import World, order

RULES = {"name": "rules", "check": [{"field": "email", "rule": "required"}]}
ARCHIVED = {"name": "open", "ignore": "amount > 15", "reason": "archived"}


@pytest.mark.parametrize(
    ("policy", "label"),
    [
        ({"on_error": "skip"}, "exception_filtered"),
        ({"continue": False, "status": "warning"}, "exception_filtered"),
        ({"on_error": "log"}, "complete"),
        ({}, "partial"),
    ],
)
@both_stores
def test_records_that_an_error_left_out_are_told_in_the_label(
    world: World, policy: dict[str, Any], label: str
) -> None:
    world.orders([order(1), order(2, email="")])
    world.link("orders", definition(stages=[COLUMNS, RULES | policy]))

    assert world.run().label == label


def test_what_a_rule_of_the_link_leaves_out_is_no_exception(world: World) -> None:
    world.orders([order(1), order(2), order(1)])
    world.link("orders", definition(stages=[COLUMNS, ARCHIVED]))

    event = world.run()

    assert (event.records.ignored, event.label) == (2, "complete")


def test_what_the_target_skips_is_told_too(world: World) -> None:
    world.orders([order(1), order(2, email="barred")])
    with closing(sqlite3.connect(world.links / "warehouse.db")) as database:
        database.executescript(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, amount INTEGER,"
            " email TEXT CHECK (email <> 'barred'))"
        )
    target = {**SQLITE, "create": False, "on_error": "skip"}
    world.link("orders", definition(stages=[COLUMNS], target=target))

    event = world.run()

    assert (event.records.written, event.records.ignored) == (1, 1)
    assert event.label == "exception_filtered"


def test_the_label_is_drawn_and_in_json(world: World) -> None:
    world.orders([order(1), order(2, email="")])
    world.link("orders", definition(stages=[COLUMNS, RULES | {"on_error": "skip"}]))
    world.run()

    shown = linkdeck("show", "1", "--json", home=world.folder).document()
    assert shown["label"] == "exception_filtered"
    drawn = linkdeck("show", "1", home=world.folder).out
    assert "exception filtered: errors left records out" in drawn


def test_a_test_run_has_no_label(world: World) -> None:
    world.orders([order(1), order(2, email="")])
    world.link("orders", definition(stages=[COLUMNS, RULES | {"on_error": "skip"}]))

    assert world.run(test=True).label is None


def test_a_chain_recovered_by_leaving_a_record_out_says_so(world: World) -> None:
    """The failure is closed; the record is in no target all the same."""
    world.orders([order(1), order(2, email="")])
    world.link("orders", definition(stages=[COLUMNS, RULES]))
    world.run()
    world.link("orders", definition(stages=[COLUMNS, RULES | {"on_error": "skip"}]))

    words = ("retry", "1", "--definition", "current", "--reason", "it is in order")
    answer = linkdeck(*words, home=world.folder)

    assert answer.code == 0, answer.err
    labels = [world.engine.event(number).label for number in ("1", "2")]
    assert labels == ["exception_filtered", "exception_filtered"]
