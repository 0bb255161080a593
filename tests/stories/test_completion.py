"""What the shells offer: names of Links from their files, Sync Events from the store."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stories.command_line import ROOT, environment, in_a_process, linkdeck
from tests.stories.shop_files import a_home


def offered(*words: str, home: Path) -> list[str]:
    """The words a completion script is told, without what is said about them."""
    answer = linkdeck("__complete", *words, home=home)
    assert (answer.code, answer.err) == (0, "")
    said = answer.out.split("\x1fbegin\n", 1)[1]
    return [line.split("\t")[0] for line in said.splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = a_home(tmp_path)
    (made / "links" / "products.yml").write_text("link: products\n")
    (made / "links" / "defaults.yaml").write_text("severity: high\n")
    return made


@pytest.mark.parametrize(
    "words", [("run", ""), ("enable", ""), ("explain", "o"), ("events", "--link", "")]
)
def test_links_are_offered_by_name(home: Path, words: tuple[str, ...]) -> None:
    assert "orders" in offered(*words, home=home)
    assert "defaults" not in offered(*words, home=home)


def test_sync_events_are_offered_by_number_and_as_the_latest(home: Path) -> None:
    linkdeck("run", "orders", home=home)
    linkdeck("run", "orders", home=home)

    assert offered("show", "", home=home) == ["2", "1", "latest:orders", "latest:products"]
    assert offered("failures", "latest:", home=home) == ["latest:orders", "latest:products"]


def test_nothing_is_offered_and_made_where_there_is_no_home(tmp_path: Path) -> None:
    assert offered("show", "", home=tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


def test_a_broken_home_is_silent(tmp_path: Path) -> None:
    """A shell that waits for words is no place for sentences."""
    tmp_path.chmod(0o755)

    assert offered("show", "", home=tmp_path) == []


def test_names_of_links_are_told_without_the_store(home: Path) -> None:
    seen = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "console", "__complete", "run", ""],
        cwd=ROOT,
        env=environment(home, {}),
        capture_output=True,
        text=True,
        check=True,
    )

    assert "orders" in seen.stdout
    assert not {"sqlmodel", "pydantic", "ruamel"} & _imported(seen.stderr)


def _imported(told: str) -> set[str]:
    lines = (line for line in told.splitlines() if line.startswith("import time:"))
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in lines}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_ask_for_links(home: Path, shell: str) -> None:
    script = linkdeck("completion", shell, home=home).out

    assert "__complete" in script


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_the_name_of_a_link(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "linkdeck.bash"
    script.write_text(in_a_process("completion", "bash", home=home).out)
    command = tmp_path / "bin" / "linkdeck"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m console "$@"\n')
    command.chmod(0o755)
    asked = (
        f'. "{script}"; COMP_WORDS=(linkdeck run o); COMP_CWORD=2; COMP_LINE="linkdeck run o";'
        " COMP_POINT=14; _linkdeck; printf '%s\\n' \"${COMPREPLY[@]}\""
    )

    said = subprocess.run(
        ["bash", "-c", asked],
        cwd=ROOT,
        env=environment(home, {"PATH": f"{command.parent}:/usr/bin:/bin"}),
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout.split() == ["orders"]
