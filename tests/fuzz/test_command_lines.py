"""Whatever words stand on the command line: a result or a sentence, and a code of the table."""

from pathlib import Path

import pytest
from hypothesis import strategies as st

from console.cli.registry import COMMANDS
from tests.fuzz.exploring import Explore
from tests.fuzz.hostile import WEAPONS, texts
from tests.fuzz.sound import assert_said
from tests.stories.command_line import linkdeck
from tests.stories.shop_files import a_home

_STAYS = ("demo", "console", "engine")
"""Commands that would stay, or take minutes: only their words are read."""

_SAFE = sorted(set(COMMANDS) - set(_STAYS))
_FLAGS = (
    *(
        "--json",
        "--debug",
        "--help",
        "--limit",
        "--where",
        "--key",
        "--tier",
        "--batch",
        "--stage",
    ),
    *(
        "--fingerprint",
        "--reason",
        "--actor",
        "--set",
        "--unset",
        "--status",
        "--link",
        "--after",
    ),
    *(
        "--since",
        "--until",
        "--full",
        "--test",
        "--format",
        "--mask",
        "--verify",
        "--include",
    ),
    *(
        "--canary",
        "--definition",
        "--plan",
        "--simulate",
        "--items",
        "--clear",
        "--interval",
    ),
    *(
        "--hops",
        "--enabled",
        "--node",
        "--max-age",
        "--note",
        "--category",
        "--dry-run",
        "--json=1",
    ),
    *(
        "--",
        "-",
        "-x",
        "--no-json",
        "--written",
        "--not-written",
        "--executor",
        "--version",
        "--route",
    ),
)
_WORDS = (
    *(
        "orders",
        "1",
        "#1",
        "s1",
        "s2",
        "latest:orders",
        "latest:",
        "0",
        "-1",
        "99999999999999999999",
    ),
    *(
        "1.5",
        "record",
        "batch",
        "failed",
        "ndjson",
        "csv",
        "2h",
        "1e9d",
        "all",
        "approve",
        "create",
    ),
    *(
        "list",
        "revoke",
        "bash",
        "email=a@b.c",
        "a[0].b=1",
        "id == 1",
        "as-run",
        "changed,gone",
    ),
)
_word = (
    st.sampled_from(_FLAGS)
    | st.sampled_from(_FLAGS)
    | st.sampled_from(_WORDS)
    | st.sampled_from(_WORDS)
    # No process can be given a NUL.
    | texts.map(lambda each: each.replace("\x00", "")[:2000])
)
_lines = st.tuples(st.sampled_from(_SAFE), st.lists(_word, max_size=6)).map(
    lambda parts: (parts[0], *parts[1])
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = a_home(tmp_path)
    assert linkdeck("run", "orders", home=made).code == 3
    return made


def _holds(home: Path, words: tuple[str, ...]) -> None:
    # What a line writes must not be where the tests run.
    kept = tuple(
        word for word in words if not word.startswith(("--output", "--home", "--links"))
    )
    answer = linkdeck(*kept, home=home, HOME=str(home), COLUMNS="80")
    asked = "--json" in kept and not {"--help", "--version", "--", "--debug"} & set(kept)
    assert_said(answer, asked_json=asked)


def test_any_words_are_a_command_or_a_sentence(
    home: Path, explore: Explore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    explore(_lines, lambda words: _holds(home, words), few=120)


def test_any_words_before_any_command_are_told_apart(
    home: Path, explore: Explore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shared flags, and whatever else stands in front."""
    monkeypatch.chdir(home)
    front = st.lists(_word, min_size=1, max_size=3)
    lines = st.tuples(front, _lines).map(lambda parts: (*parts[0], *parts[1]))

    def holds(words: tuple[str, ...]) -> None:
        if words[0] not in _STAYS:
            _holds(home, words)

    explore(lines, holds, few=60)


@pytest.mark.parametrize("command", _STAYS)
def test_words_that_commands_which_stay_do_not_know_are_refused(
    home: Path, command: str
) -> None:
    for weapon in WEAPONS:
        answer = linkdeck(command, "--no-such", weapon.replace("\x00", "")[:500], home=home)
        assert_said(answer)
        assert answer.code == 2


def test_any_selection_is_a_result_or_a_sentence(home: Path, explore: Explore) -> None:
    """`--where` and its neighbours, of every command that takes them."""
    pieces = st.sampled_from(
        [
            "id",
            "email",
            "==",
            ">",
            "(",
            ")",
            "[",
            "]",
            "'a'",
            "1",
            "and",
            "not",
            "in",
            "null",
            "matches(",
            "lower(",
            ",",
            "exists(",
            ".",
            "nested.x[0]",
            '"',
            "if",
            "else",
            "%",
            "/ 0",
        ]
    )
    where = st.lists(
        pieces | texts.map(lambda each: each.replace("\x00", "")[:200]), max_size=8
    )
    commands = st.sampled_from(["failures", "plan", "export", "discard"])

    def holds(asked: tuple[str, list[str]]) -> None:
        command, parts = asked
        more = {
            "export": ("--format", "csv", "--output", str(home / "no" / "such")),
            "discard": ("--reason", " "),
        }.get(command, ())
        answer = linkdeck(command, "1", "--where", " ".join(parts), *more, home=home)
        assert_said(answer)

    explore(st.tuples(commands, where), holds, few=60)


def test_any_path_and_value_edits_or_is_refused(home: Path, explore: Explore) -> None:
    pieces = st.sampled_from(
        ["customer", "email", ".", "[", "]", "0", "-1", "['", "']", "=", "id"]
    )
    told = st.lists(
        pieces | texts.map(lambda each: each.replace("\x00", "")[:3000]), max_size=6
    )

    def holds(asked: tuple[str, list[str]]) -> None:
        snapshot, parts = asked
        text = "".join(parts)
        for words in (("--set", text), ("--unset", text)):
            answer = linkdeck("edit", snapshot, *words, "--dry-run", home=home)
            assert_said(answer)
            assert_said(linkdeck("edit", snapshot, *words, "--reason", "r", home=home))

    explore(st.tuples(st.sampled_from(["s1", "s2", "s3"]), told), holds, few=40)
