"""A stranger's package, installed for real: found, checked, run, and true to the contracts."""

import json
import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.stories.command_line import ROOT, Answer, in_a_process

PACKAGE = Path(__file__).parent / "linkdeck-example"

PEOPLE = """
[1]
name = "Ana Maria"
age = 34

[2]
name = Bo
age = 41

[3]
name = robot 7

[4]
age = 7
"""

LINK = """
link: people
key: id
source: {adapter: ini, path: people.ini}
stages:
  - python: linkdeck_example.filters:initials
  - name: to columns
    map:
      id: {from: section, cast: int}
      name: name
      initials: initials
target: {adapter: ini, path: out.ini}
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put the package, built from a copy and without a network."""
    folder = tmp_path_factory.mktemp("third_party")
    source = shutil.copytree(PACKAGE, folder / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check"]
    command += ["--target", str(folder / "site"), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / "site"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one Link that uses nothing but the stranger's Adapters and Filter."""
    links = tmp_path / "links"
    tmp_path.chmod(0o700)
    links.mkdir(mode=0o700)
    (links / "people.ini").write_text(PEOPLE, encoding="utf-8")
    (links / "people.yaml").write_text(LINK, encoding="utf-8")
    return tmp_path


def path_with(site: Path) -> str:
    """What Python searches where the package is installed."""
    return f"{site}{os.pathsep}{ROOT}"


def beside(site: Path, home: Path, *words: str) -> Answer:
    """`linkdeck` where the package is installed."""
    return in_a_process(*words, home=home, PYTHONPATH=path_with(site))


def test_its_adapters_and_its_filter_are_listed_with_package_and_keys(
    site: Path, home: Path
) -> None:
    answer = beside(site, home, "adapters", "--json")

    theirs = [
        (each["role"], each["name"], each["options"], each["problem"])
        for each in answer.document()["adapters"]
        if each["package"] == "linkdeck-example"
    ]
    assert theirs == [
        ("source", "ini", ["path", "most"], None),
        ("target", "ini", ["path"], None),
        ("filter", "initials", [], None),
    ]


def test_its_keys_are_checked_with_line_and_column(site: Path, home: Path) -> None:
    path = home / "links" / "people.yaml"
    path.write_text(LINK.replace("path: people.ini", "path: people.ini, most: 0, pth: x"))

    answer = beside(site, home, "validate", str(path))

    assert answer.code == 1
    assert ":4:48: 'most' takes a whole number from 1 to 1000000, not '0'" in answer.err
    assert ":4:51: unknown key 'pth', did you mean 'path'?" in answer.err


def test_its_keys_are_in_the_schema(site: Path, home: Path) -> None:
    text = json.dumps(beside(site, home, "schema").document())

    assert "sections a run reads" in text


def test_a_link_over_it_is_checked_and_run(site: Path, home: Path) -> None:
    checked = beside(site, home, "check", "people", "--json")
    ran = beside(site, home, "run", "people", "--json")

    event = ran.document()
    assert checked.document()["checks"][2]["message"] == (
        "read 4 records: 2 would be written, 1 ignored, 1 would fail "
        "(there is no name to take initials of)"
    )
    assert (ran.code, event["status"]) == (3, "failed")
    assert event["records"]["written"] == 2
    assert event["ignored_reasons"] == {"robots have no initials": 1}
    assert event["warnings"] == {"there is only one initial": 1}
    assert [group["code"] for group in event["errors"]] == ["nameless"]
    assert "may hang" in event["workers"]
    out = ConfigParser(interpolation=None)
    out.read(home / "links" / "out.ini", encoding="utf-8")
    assert [out[name]["initials"] for name in out.sections()] == ['"AM"', '"B"']


def test_it_passes_the_contracts_that_are_shipped(site: Path, tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": path_with(site)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]

    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(PACKAGE / "test_contracts.py")],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env=environ,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
