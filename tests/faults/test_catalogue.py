"""The table of README.md: every entry of the catalogue has a test, and each test named exists."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TABLE = (HERE / "README.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+|–) \| .*$", TABLE, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`([\w./]+\.py)::(\w+)`", TABLE)))


def test_every_entry_has_its_row() -> None:
    assert [*map(str, range(1, 46)), "–"] == ROWS


def test_every_row_names_a_test() -> None:
    rows = [line for line in TABLE.splitlines() if re.match(r"\| (\d+|–) \|", line)]
    assert [row for row in rows if "::test_" not in row] == []


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED}))
def test_every_test_that_is_named_exists(file: str) -> None:
    text = (HERE / file).read_text(encoding="utf-8")
    there = set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))

    assert {test for named, test in NAMED if named == file} - there == set()
