"""What `linkdeck` costs and says before it does anything."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from console.cli.registry import COMMANDS
from tests.stories.command_line import (
    ROOT,
    environment,
    in_a_process,
    linkdeck,
    on_terminal,
)

STORES = {"sqlmodel", "sqlalchemy", "alembic"}
HEAVY = STORES | {
    "httpx",
    "pydantic",
    "ruamel",
    "textual",
    "rich",
    "cyclopts",
    "msgspec",
}


def loaded_by(*words: str, home: Path | None = None) -> set[str]:
    """The top names of all modules that a command line imports."""
    code = (
        "import sys; from console.cli import main; sys.stdout = sys.stderr;"
        f"main({list(words)!r}); sys.__stdout__.write(' '.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environment(home, {}),
        timeout=60,
    )
    return {name.partition(".")[0] for name in done.stdout.decode().split()}


@pytest.mark.parametrize("words", [(), ("--help",), ("--version",), ("--json", "--help")])
def test_help_and_version_import_nothing_heavy(words: tuple[str, ...]) -> None:
    """DESIGN section 8: held by what is in sys.modules, not by time."""
    assert not loaded_by(*words) & HEAVY


def test_the_help_of_a_command_imports_neither_store_nor_adapters() -> None:
    assert not loaded_by("run", "--help") & (HEAVY - {"cyclopts", "rich"})


@pytest.fixture
def home(tmp_path: Path, sqlite_template: Path) -> Path:
    """A home with an empty store."""
    (tmp_path / "home").mkdir(mode=0o700)
    shutil.copy(sqlite_template, tmp_path / "home")
    return tmp_path / "home"


@pytest.mark.parametrize(
    "words", [("events",), ("show", "1"), ("failures", "1"), ("record", "s1")]
)
def test_looking_at_what_happened_imports_the_store_and_little_else(
    words: tuple[str, ...], home: Path
) -> None:
    """DESIGN section 8: pydantic comes with sqlmodel; nothing that runs a Link comes at all."""
    loaded = loaded_by(*words, home=home)

    assert not loaded & {"httpx", "ruamel", "alembic", "textual", "rich", "pebble"}
    assert "sqlmodel" in loaded


def test_help_lists_all_commands() -> None:
    answer = linkdeck("--help")

    assert (answer.code, answer.err) == (0, "")
    assert all(f"\n  {name} " in answer.out for name in COMMANDS)
    assert answer.out == linkdeck("help").out


def test_the_list_of_commands_fits_80_columns_and_is_ascii() -> None:
    said = linkdeck("--help").out

    assert max(map(len, said.splitlines())) <= 80
    assert said.isascii()


def test_version_is_one_line() -> None:
    answer = in_a_process("--version")

    assert answer.code == 0
    assert answer.out.startswith("linkdeck ")
    assert answer.out.count("\n") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_page_that_says_what_it_does(name: str) -> None:
    answer = linkdeck(name, "--help")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: linkdeck {name}")
    assert "--json" in answer.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command(shell: str) -> None:
    answer = linkdeck("completion", shell)

    assert (answer.code, answer.err) == (0, "")
    assert all(name in answer.out for name in COMMANDS)


def test_the_bash_completion_completes() -> None:
    script = linkdeck("completion", "bash").out
    asked = 'COMP_WORDS=(linkdeck fail); COMP_CWORD=1; _linkdeck; echo "${COMPREPLY[*]}"'

    done = subprocess.run(
        ["bash", "-c", f"{script}\n{asked}"], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "failures"


def test_shared_flags_stand_before_or_after_the_command() -> None:
    before = linkdeck("--home", "/dev/null/x", "--json", "show", "1")
    after = linkdeck("show", "1", "--json", "--home=/dev/null/x")

    assert before == after
    assert before.code == 3


def test_a_closed_pipe_is_nobodys_error() -> None:
    """RELIABILITY (d) 37."""
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"{sys.executable} -m console completion zsh | true; echo ${{PIPESTATUS[0]}}",
        ],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environment(None, {}),
        timeout=60,
    )

    assert done.stderr == b""
    assert done.stdout.strip() == b"141"


def test_a_closed_stdout_is_no_error_either() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m console --help >&-"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment(None, {}),
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_under_stdout_is_one_sentence() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m console --help > /dev/full"],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env=environment(None, {}),
        timeout=60,
    )

    assert done.returncode == 3
    assert (
        done.stderr
        == b"linkdeck: the output could not be written: No space left on device\n"
    )


def test_hostile_words_are_shown_on_a_terminal_and_never_obeyed() -> None:
    """RELIABILITY (d) 40, 73-76: also argv, also without UTF-8."""
    said = on_terminal("sho\x9bw", LC_ALL="C").out

    assert said == "linkdeck: unknown command 'sho\\x9bw', did you mean 'show'?\n"
