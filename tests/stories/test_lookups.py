"""A stage that looks records up, in a file or a table (contract, Stages: lookup)."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import pytest

from engine.domain.outcome import Ending, Status
from tests.stories.definitions import definition
from tests.stories.world import World, order

COUNTRIES = "code,name,zone\nDE,Germany,1\nAT,Austria,2\n"
TO_COLUMNS = {
    "name": "to columns",
    "map": {"id": {"from": "id", "cast": "int"}, "code": "code", "zone": "zone"},
}
NAMED = {"name": "named", "map": {"id": "id", "country": "country.name"}}


def write(world: World, name: str, text: str) -> None:
    (world.links / name).write_text(text, encoding="utf-8")


def looking(**more: Any) -> dict[str, Any]:
    """The stage `countries`: the row of the record's `code` into `country`."""
    beside: dict[str, Any] = {
        key: more.pop(key) for key in ("on_error", "if") if key in more
    }
    lookup = {"file": "countries.csv", "on": "code", "into": "country", **more}
    given = {name: value for name, value in lookup.items() if value is not None}
    return {"name": "countries", "lookup": given, **beside}


def run(
    world: World, stage: Any, records: Sequence[Any], *, last: Sequence[Any] = (NAMED,)
) -> Any:
    """These records through a map, the lookup, and a map of what it found."""
    write(world, "orders.ndjson", "".join(json.dumps(each) + "\n" for each in records))
    world.link("orders", definition(stages=[TO_COLUMNS, stage, *last]))
    return world.run()


def found(world: World) -> dict[int, Any]:
    return {row["id"]: row["country"] for row in world.rows()}


def test_the_row_of_a_file_goes_into_the_field(world: World) -> None:
    write(world, "countries.csv", COUNTRIES)

    event = run(world, looking(), [order(1, code="DE"), order(2, code="AT")])

    assert event.status is Status.COMPLETED
    assert found(world) == {1: "Germany", 2: "Austria"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("countries.json", '[{"code": "DE", "name": "Germany"}]'),
        ("countries.ndjson", '{"code": "DE", "name": "Germany"}\n'),
    ],
)
def test_json_files_are_read_too(world: World, name: str, text: str) -> None:
    write(world, name, text)

    run(world, looking(file=name), [order(1, code="DE")])

    assert found(world) == {1: "Germany"}


def test_fields_may_stand_in_columns_of_other_names(world: World) -> None:
    """Numbers compare by their text: zone 2 is the file's `2`."""
    write(world, "countries.csv", COUNTRIES)
    stage = looking(on={"code": "code", "zone": "zone"})

    event = run(world, stage, [order(1, code="AT", zone=2), order(2, code="AT", zone=1)])

    assert found(world) == {1: "Austria"}
    [record] = world.failing(event)
    assert record.errors[0]["message"] == (
        "code 'AT' and zone '1' are not in countries.csv, columns code and zone"
    )


def test_a_record_without_a_row_fails_alone(world: World) -> None:
    """T3, T6: class reference, to be reviewed."""
    write(world, "countries.csv", COUNTRIES)

    event = run(world, looking(), [order(1, code="XX"), order(2, code="DE")])

    [record] = world.failing(event)
    [error] = record.errors
    assert (error["class"], error["code"], error["field"], error["stage"]) == (
        "reference", "lookup", "code", "countries",
    )  # fmt: skip
    assert error["route"] == "review"
    assert found(world) == {2: "Germany"}


@pytest.mark.parametrize("code", [None, "XX"])
def test_a_default_stands_in_for_a_row(world: World, code: str | None) -> None:
    write(world, "countries.csv", COUNTRIES)

    event = run(world, looking(default={"name": "elsewhere"}), [order(1, code=code)])

    assert event.status is Status.COMPLETED
    assert found(world) == {1: "elsewhere"}


def test_null_is_looked_up_nowhere(world: World) -> None:
    write(world, "countries.csv", COUNTRIES)

    event = run(world, looking(), [order(1), order(2, code=None)])

    assert event.status is Status.COMPLETED
    assert found(world) == {1: None, 2: None}


@pytest.mark.parametrize(
    ("word", "status", "counts"),
    [
        ("log", Status.COMPLETED_WITH_WARNINGS, (2, 0)),
        ("skip", Status.COMPLETED, (1, 1)),
        ("fail", Status.FAILED, (1, 0)),
    ],
)
def test_on_error_decides_about_a_record_without_a_row(
    world: World, word: str, status: Status, counts: tuple[int, int]
) -> None:
    write(world, "countries.csv", COUNTRIES)

    event = run(world, looking(on_error=word), [order(1, code="DE"), order(2, code="XX")])

    assert event.status is status
    assert (event.records.written, event.records.ignored) == counts
    assert (event.ending is Ending.STOPPED) is (word == "fail")


def test_a_condition_decides_what_is_looked_up(world: World) -> None:
    write(world, "countries.csv", COUNTRIES)
    stage = looking(**{"if": "code != 'XX'"})

    event = run(world, stage, [order(1, code="XX"), order(2, code="AT")])

    assert event.status is Status.COMPLETED
    assert found(world) == {1: None, 2: "Austria"}


def test_of_several_rows_with_one_key_the_last_is_found(world: World) -> None:
    write(world, "countries.csv", COUNTRIES + "DE,Deutschland,1\n")

    run(world, looking(), [order(1, code="DE")])

    assert found(world) == {1: "Deutschland"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file"),
        ("a,b\n1,2\n", "it has no column 'code'"),
    ],
)
def test_a_file_that_cannot_be_looked_up_in_stops_the_run(
    world: World, text: str | None, why: str
) -> None:
    """T1: nothing is fetched."""
    if text is not None:
        write(world, "countries.csv", text)

    event = run(world, looking(), [order(1, code="DE")])

    [group] = event.errors
    assert (event.ending, group.tier, group.code, group.stage) == (
        Ending.STOPPED, "system", "reference_file", "countries",
    )  # fmt: skip
    assert "countries.csv" in group.message
    assert why in group.message


# tables


def test_the_row_of_a_table_goes_into_the_field(world: World) -> None:
    countries(world)
    stage = looking(file=None, url="sqlite:///reference.db", table="countries")

    event = run(world, stage, [order(1, code="DE"), order(2, code="XX")])

    assert found(world) == {1: "Germany"}
    [record] = world.failing(event)
    assert record.errors[0]["message"] == "code 'XX' is not in countries, column code"


def test_a_reference_may_be_a_column_of_a_table(world: World) -> None:
    """The rule `reference`, with url and table."""
    countries(world)
    rule = {
        "field": "code", "rule": "reference", "url": "sqlite:///reference.db",
        "table": "countries",
    }  # fmt: skip
    stage = {"name": "known", "check": [rule]}

    event = run(world, stage, [order(1, code="DE"), order(2, code="XX")], last=())

    assert event.records.written == 1
    [record] = world.failing(event)
    assert record.errors[0]["class"] == "reference"


def test_a_table_that_is_not_there_stops_the_run(world: World) -> None:
    countries(world)
    stage = looking(file=None, url="sqlite:///reference.db", table="counties")

    event = run(world, stage, [order(1, code="DE")])

    [group] = event.errors
    assert (event.ending, group.tier, group.stage) == (
        Ending.STOPPED, "system", "countries",
    )  # fmt: skip
    assert "counties" in group.message


def countries(world: World) -> None:
    with closing(sqlite3.connect(world.links / "reference.db")) as made:
        made.execute("CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT)")
        made.execute("INSERT INTO countries VALUES ('DE', 'Germany'), ('AT', 'Austria')")
        made.commit()
