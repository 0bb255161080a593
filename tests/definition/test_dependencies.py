"""Schedules that never come, and Links that depend on what is not there or on one another."""

from pathlib import Path

import pytest

from engine.definition import loader
from engine.domain.link import Overlap, Schedule
from tests.definition.adapters import a_catalogue
from tests.definition.writing import ENVIRON, GOOD, defined, report_of, written
from tests.stories.command_line import linkdeck


def validated(folder: Path) -> list[str]:
    """Every complaint about a folder, by the names of its files."""
    paths = sorted(folder.glob("*.yaml"))
    reports = loader.validate_all(paths, catalogue=a_catalogue(), environ=ENVIRON)
    prefix = f"{folder}/"
    return [
        complaint.sentence().removeprefix(prefix)
        for report in reports
        for complaint in report.complaints
    ]


def depending(folder: Path, name: str, *parents: str) -> None:
    """A good Link that depends on these."""
    text = GOOD.replace("link: orders", f"link: {name}")
    listed = ", ".join(f"{{link: {parent}}}" for parent in parents)
    written(folder, f"{text}depends_on: [{listed}]\n", f"{name}.yaml")


def test_a_link_that_is_not_there_is_told_with_the_one_that_was_perhaps_meant(
    tmp_path: Path,
) -> None:
    depending(tmp_path, "customers")
    depending(tmp_path, "orders", "custmers")

    assert validated(tmp_path) == [
        "orders.yaml:7:21: there is no Link 'custmers' in this folder, "
        "did you mean 'customers'?"
    ]


def test_links_that_wait_for_each_other_in_a_circle_are_all_told(tmp_path: Path) -> None:
    depending(tmp_path, "a", "b")
    depending(tmp_path, "b", "c")
    depending(tmp_path, "c", "a")
    depending(tmp_path, "outside", "a")

    assert validated(tmp_path) == [
        f"{name}.yaml:7:21: 'depends_on' goes in a circle: {way}, "
        "each would wait for the other"
        for name, way in (("a", "a > b > c > a"), ("b", "b > c > a > b"), ("c", "c > a > b > c"))
    ]  # fmt: skip


def test_a_single_file_is_checked_against_the_folder_it_stands_in(tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir(mode=0o700)
    depending(links, "customers")
    depending(links, "orders", "customers", "regions")

    answer = linkdeck("validate", str(links / "orders.yaml"), home=tmp_path)

    assert answer.code == 1
    assert "there is no Link 'regions' in this folder" in answer.err
    assert "customers" not in answer.err


def test_what_is_inherited_counts_too(tmp_path: Path) -> None:
    written(tmp_path, "depends_on: [{link: nobody}]\n", "defaults.yaml")
    written(tmp_path, GOOD, "orders.yaml")

    (complaint,) = [each for each in validated(tmp_path) if "nobody" in each]

    assert complaint.startswith("defaults.yaml:1:")


@pytest.mark.parametrize(
    ("schedule", "complaint"),
    [
        ("{cron: '0 0 30 2 *'}", "'cron' names a time that never comes: '0 0 30 2 *'"),
        ("{cron: '0 0 31 4,6 *'}", "'cron' names a time that never comes: '0 0 31 4,6 *'"),
        ("{cron: '0 0 * * * *'}", "'cron' is no cron line: it takes five fields"),
        ("{cron: '0 0 32 * *'}", "'cron' is no cron line: bad day-of-month"),
        ("{every: 5m, jitter: 5m}", "'schedule' takes a jitter that is shorter than every"),
        ("{every: 5m, overlap: wait}", "'overlap' takes one of skip, queue, not 'wait'"),
        (
            "{every: 5m, pause_after: 0}",
            "'pause_after' takes a whole number from 1 to 1000",
        ),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_told(
    tmp_path: Path, schedule: str, complaint: str
) -> None:
    report = report_of(written(tmp_path, f"{GOOD}schedule: {schedule}\n"))

    (told,) = report.complaints
    assert told.sentence().split(": ", 1)[1].startswith(complaint)


def test_all_of_a_schedule_is_read(tmp_path: Path) -> None:
    said = "{cron: '0 5 * * MON-FRI', timezone: Europe/Berlin, jitter: 2m, overlap: queue, "

    link = defined(tmp_path, f"{GOOD}schedule: {said}pause_after: 3}}\n").link

    assert link.schedule == Schedule(
        cron="0 5 * * MON-FRI",
        timezone="Europe/Berlin",
        jitter=120.0,
        overlap=Overlap.QUEUE,
        pause_after=3,
    )
