"""The demo from the command line: what it prints, and that its counts are the planted ones."""

from pathlib import Path

from tests.stories.command_line import linkdeck


def test_the_demo_prints_its_story_and_ends_with_every_count_as_planted(
    tmp_path: Path,
) -> None:
    home = tmp_path / "demo"

    answer = linkdeck("demo", "--headless", "--records", "200", "--home", str(home))

    assert answer.code == 0
    assert "every count is the one that was planted" in answer.out
    assert answer.out.count(" = written ") == 6
    assert "Before and after" in answer.out
    assert "\x1b" not in answer.out
    assert f"linkdeck --home {home} events" in answer.out
    document = linkdeck("events", "--json", "--home", str(home)).document()
    assert [event["id"] for event in document["events"]] == [6, 5, 4, 3, 2, 1]


def test_a_demo_in_a_folder_that_is_somebodys_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")

    answer = linkdeck("demo", "--home", str(tmp_path))

    assert (answer.code, answer.out) == (3, "")
    assert str(tmp_path) in answer.err
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_a_demo_of_no_records_is_refused(tmp_path: Path) -> None:
    answer = linkdeck("demo", "--records", "0", "--home", str(tmp_path / "demo"))

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("linkdeck: --records takes a number from 1 to ")
