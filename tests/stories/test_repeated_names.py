"""A source that gives a name twice in one object: the last counts, and a failure says so."""

from engine.domain.stored_json import parsed
from tests.stories.world import World, order

TWICE = '{"id": 2, "email": "o2@example.com", "amount": 20, "email": ""}'


def test_a_record_that_fails_says_which_key_stood_twice(world: World) -> None:
    world.orders([order(1), TWICE])

    event = world.run()

    [snapshot] = world.failing(event)
    assert [error["code"] for error in snapshot.errors] == ["required", "repeated_key"]
    second = snapshot.errors[1]
    assert (second["class"], second["field"]) == ("schema", "email")
    assert parsed(snapshot.before) == TWICE


def test_a_record_that_passes_is_written_with_the_last_value(world: World) -> None:
    world.orders([order(1), TWICE.replace('""', '"new@x.example"')])

    event = world.run()

    assert (event.records.written, event.records.failed) == (2, 0)
    assert world.rows()[1]["email"] == "new@x.example"
