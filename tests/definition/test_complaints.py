"""Every likely mistake in a definition, and exactly what the person who made it reads.

`mistakes.txt` holds them: a name, where the mistake is put into a right definition, its lines
after `|`, and after `>` the complaints, each with line and column.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.definition.writing import GOOD, report_of, sentences, written

_CASE = re.compile(r"# (?P<name>.+) \[(?P<place>.+)\]")
_MAP = "  - map: {order_id: id, email: customer.email}\n"


@dataclass(frozen=True)
class Mistake:
    """A wrong definition, and what is said about it."""

    name: str
    text: str
    said: tuple[str, ...]


def _mistakes() -> list[Mistake]:
    text = Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8")
    return [_mistake(block.splitlines()) for block in text.strip().split("\n\n")]


def _mistake(lines: list[str]) -> Mistake:
    head = _CASE.fullmatch(lines[0])
    assert head
    wrong = "".join(f"{line[2:]}\n" for line in lines if line.startswith("| "))
    said = tuple(line[2:] for line in lines if line.startswith("> "))
    return Mistake(head["name"], _placed(wrong, head["place"]), said)


def _placed(wrong: str, place: str) -> str:
    if place == "alone":
        return wrong
    if place == "at the end":
        return GOOD + wrong
    if place == "after the map":
        return GOOD.replace(_MAP, _MAP + wrong)
    key = place.removeprefix("instead of ")
    text, count = re.subn(rf"^{key}:.*\n", lambda _: wrong, GOOD, flags=re.MULTILINE)
    assert count == 1
    return text


def _folder(path: Path) -> Path:
    (path / "rules.py").write_text("def clean(record):\n    return record\n")
    (path / "broken.py").write_text("x = 1\ndef clean(:\n")
    return path


@pytest.mark.parametrize(
    "mistake", [pytest.param(each, id=each.name) for each in _mistakes()]
)
def test_a_wrong_definition_is_refused_in_exact_words(
    mistake: Mistake, tmp_path: Path
) -> None:
    report = report_of(written(_folder(tmp_path), mistake.text))

    assert sentences(report, tmp_path) == [f"orders.yaml:{said}" for said in mistake.said]
    assert not report.unreadable


UNREADABLE: dict[str, tuple[str | bytes, str]] = {
    "a tab": ("link: a\n\tkey: b\n", "2:1: a tab cannot indent YAML, use spaces"),
    "a NUL": (
        "link: a\0b\n",
        "1:8: the character '\\x00' cannot stand in a definition, remove it",
    ),
    "UTF-16": ("link: a\n".encode("utf-16"), "1:1: the file is UTF-16, save it as UTF-8"),
    "Latin-1": (
        b"link: ok\nlabel: \xe4\n",
        "2:8: the byte 0xe4 is not UTF-8, save the file as UTF-8",
    ),
    "two documents": (
        f"{GOOD}---\nlink: b\n",
        "7:1: a second document begins here, one Link a file",
    ),
    "a key twice": (
        f"{GOOD}link: two\n",
        "7:1: the key 'link' stands here twice, first in line 1, remove one",
    ),
    "a tag": (
        f"{GOOD}label: !!python/object:os.system x\n",
        "7:8: the tag '!!python/object:os.system' is not allowed, remove it",
    ),
    "a quote that is not closed": (
        f"{GOOD}label: 'a\n",
        "8:1: this is not YAML: found unexpected end of stream, while scanning a quoted scalar",
    ),
    "a variable in braces without quotes": (
        GOOD.replace("orders.ndjson", "${DIR}"),
        '3:32: a variable inside braces or brackets needs quotes, write "${NAME}"',
    ),
    "a file too large": (
        "x" * (1 << 21),
        "1:1: the file is larger than 1 MiB, the most a definition may be",
    ),
}


@pytest.mark.parametrize(
    ("text", "said"), [pytest.param(*case, id=name) for name, case in UNREADABLE.items()]
)
def test_what_is_no_yaml_is_told_apart_from_what_is_no_definition(
    text: str | bytes, said: str, tmp_path: Path
) -> None:
    report = report_of(written(tmp_path, text))

    assert sentences(report, tmp_path) == [f"orders.yaml:{said}"]
    assert report.unreadable


def test_the_definition_that_all_others_are_made_from_is_right(tmp_path: Path) -> None:
    assert report_of(written(tmp_path, GOOD)).ok


def test_a_file_that_is_not_there_a_folder_and_a_pipe_are_told(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    names = ["gone.yaml", "folder.yaml", "pipe.yaml"]

    said = [sentences(report_of(tmp_path / name), tmp_path) for name in names]

    assert said == [
        ["gone.yaml:1:1: there is no such file, check the name"],
        ["folder.yaml:1:1: this is not a file, name a .yaml file"],
        ["pipe.yaml:1:1: this is not a file, name a .yaml file"],
    ]


def test_a_definition_with_too_many_values_is_not_read_to_its_end(tmp_path: Path) -> None:
    text = f"masks: [{'a, ' * 20_000}b]\n"

    report = report_of(written(tmp_path, text))

    assert [each.message for each in report.complaints] == [
        "the definition has more than 10000 keys and values"
    ]


def test_a_cron_line_is_read_where_the_library_for_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("cronsim")

    report = report_of(written(tmp_path, f"{GOOD}schedule: {{cron: '61 * * * *'}}\n"))

    assert sentences(report, tmp_path) == [
        "orders.yaml:7:18: 'cron' is no cron line: bad minute, for example 0 * * * *"
    ]


def test_a_letter_that_json_writes_as_two_escapes_is_one(tmp_path: Path) -> None:
    whole = report_of(written(tmp_path, GOOD + 'label: "shop \\ud83d\\ude42"\n'))
    half = report_of(written(tmp_path, GOOD + 'label: "shop \\ud83d"\n'))

    assert whole.ok
    assert "7:8: an escape in this text is half of a letter" in sentences(half, tmp_path)[0]
