"""Definitions as large as they may be: few complaints are told, no work grows faster than they."""

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.definition.complaints import MOST
from engine.definition.reading import SIZE_LIMIT
from engine.domain.requests import FileReport
from tests.definition.writing import GOOD, report_of, written

HEAD, TAIL = GOOD[: GOOD.index("stages:")], GOOD[GOOD.index("target:") :]


def _stages(line: Callable[[int], str], count: int, start: str) -> str:
    return f"{HEAD}{TAIL}stages:\n{start}" + "".join(line(n) for n in range(count))


KINDS: dict[str, Callable[[int], str]] = {
    "unknown keys": lambda count: GOOD + "".join(f"field{n}: 1\n" for n in range(count)),
    "keys given twice": lambda count: GOOD + "".join(f"x: {n}\n" for n in range(count + 1)),
    "unknown stages": lambda count: _stages(lambda n: f"  - mapp{n}: {{}}\n", count, ""),
    "unknown rules": lambda count: _stages(
        lambda n: f"      - {{field: f{n}, rule: requird{n}}}\n", count, "  - check:\n"
    ),
    "unknown keys of columns": lambda count: _stages(
        lambda n: f"      c{n}: {{from: a, form{n}: 1}}\n",
        count,
        "  - map:\n      id: id\n",
    ),
    "variables that are not set": lambda count: _stages(
        lambda n: f"      c{n}: ${{NONE{n}}}\n", count, "  - map:\n      id: id\n"
    ),
    "fields that no stage makes": lambda count: _stages(
        lambda n: f"      - {{field: fie{n}, rule: required}}\n",
        count,
        "  - map:\n      id: id\n"
        + "".join(f"      field{n}: a\n" for n in range(count))
        + "  - check:\n",
    ),
    "fields of an address": lambda count: (
        f"{HEAD}stages:\n  - map: {{id: id}}\ntarget:\n  adapter: http\n  url: http://shop/"
        + "".join(f"{{a{n}}}" for n in range(count))
    ),
}


def _report(folder: Path, text: str) -> FileReport:
    return report_of(written(folder, text))


def _calls(folder: Path, text: str) -> int:
    """How many functions are called to tell what is wrong with it."""
    path = written(folder, text)
    with cProfile.Profile() as seen:
        report_of(path)
    return int(pstats.Stats(seen).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", KINDS)
def test_of_very_many_complaints_the_first_are_told_and_the_rest_counted(
    tmp_path: Path, kind: str
) -> None:
    """RELIABILITY (d): whatever is wrong thousands of times is said a hundred times."""
    report = _report(tmp_path, KINDS[kind](MOST * 3))

    *told, last = report.complaints
    assert len(told) == MOST
    assert report.count >= MOST * 3
    assert last.message == f"there are {report.count - MOST} more complaints"
    assert last.hint == "mend these first"
    assert (last.line, last.column) >= (told[-1].line, told[-1].column)


@pytest.mark.parametrize("kind", KINDS)
def test_twice_as_much_that_is_wrong_takes_twice_the_work(
    tmp_path: Path, kind: str
) -> None:
    """By calls, not by time: what compared each with each took minutes at the limit."""
    once, twice = (_calls(tmp_path, KINDS[kind](MOST * many)) for many in (2, 4))

    assert twice < once * 2.3


def test_as_many_complaints_as_are_told_are_told_without_another(tmp_path: Path) -> None:
    report = _report(tmp_path, KINDS["unknown keys"](MOST))

    assert (len(report.complaints), report.count) == (MOST, MOST)
    assert {each.message[:11] for each in report.complaints} == {"unknown key"}


def test_the_largest_file_is_read_and_one_byte_more_is_refused(tmp_path: Path) -> None:
    large = GOOD + "#" * (SIZE_LIMIT + 1 - len(GOOD))

    assert [each.message for each in _report(tmp_path, large).complaints] == [
        "the file is larger than 1 MiB, the most a definition may be"
    ]
    assert _report(tmp_path, large[:-1]).ok
