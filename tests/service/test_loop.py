"""The loop of chores: none holds up another, and each complaint is logged once."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.errors import Refused
from engine.domain.requests import Stop
from engine.service.logs import FILE, logging_to
from engine.service.loop import Loop

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class AChore:
    """Does what it is told, and counts."""

    def __init__(self, name: str, act: Callable[[int], None]) -> None:
        self.name, self.every = name, 0.001
        self._act, self.times = act, 0
        self.told: set[datetime] = set()

    def do(self, now: datetime) -> None:
        self.times += 1
        self.told.add(now)
        self._act(self.times)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    with logging_to(tmp_path, as_json=False, foreground=False):
        yield tmp_path / FILE


def test_a_chore_that_hangs_holds_up_no_other(log: Path) -> None:
    stop, gate = Stop(), threading.Event()

    def hang(times: int) -> None:
        del times
        gate.wait(30)

    hangs = AChore("hangs", hang)

    def ends(times: int) -> None:
        if times == 20:
            stop.now("done")
            gate.set()

    busy = AChore("busy", ends)
    Loop([hangs, busy], stop, now=lambda: NOON).run()

    assert (hangs.times, busy.times) == (1, 20)
    assert busy.told == {NOON}
    assert log.read_text() == ""


def test_a_complaint_is_logged_once_for_each_distinct_sentence(log: Path) -> None:
    stop = Stop()

    def complains(times: int) -> None:
        if times == 7:
            stop.now("done")
        if times < 6:
            raise Refused("the store is away" if times < 4 else "the disk is full")

    chore = AChore("queue of this test", complains)
    Loop([chore], stop).run()

    logged = log.read_text()
    # The logger is the process's: only what this chore said is looked at.
    mine = [line.split(" ", 1)[1] for line in logged.splitlines() if chore.name in line]
    assert chore.times == 7
    assert mine == [
        "warning queue of this test: the store is away",
        "warning queue of this test: the disk is full",
        "info queue of this test: works again",
    ], logged


def test_what_nobody_foresaw_ends_no_other_chore_and_is_told_with_its_place(
    log: Path,
) -> None:
    stop = Stop()

    def breaks(times: int) -> None:
        if times == 3:
            stop.now("done")
        raise ZeroDivisionError("by nothing")

    Loop([AChore("alerts", breaks)], stop).run()

    lines = log.read_text().splitlines()
    assert "error alerts: unforeseen, please report it" in lines[0]
    assert all(line.startswith("    ") for line in lines[1:])
    assert sum("unforeseen" in line for line in lines) == 1


def test_nothing_that_is_logged_begins_a_line_of_its_own(log: Path) -> None:
    """RELIABILITY e 1: data in a log moves no cursor and forges no line."""
    logging.getLogger("linkdeck.queue").info("#1 %s", "a\x1b[2Jb\n2026-01-01 info forged")

    (line,) = log.read_text().splitlines()
    assert "a\\x1b[2Jb\\n2026-01-01 info forged" in line


def test_the_log_as_json_is_one_object_a_line_with_its_facts(tmp_path: Path) -> None:
    import json

    with logging_to(tmp_path, as_json=True, foreground=False):
        facts = {"event": 12, "link": "orders", "pid": 7}
        logging.getLogger("linkdeck.runs").info("#%s goes\non", 12, extra=facts)

    document = json.loads((tmp_path / FILE).read_text())
    assert document.pop("at").endswith("Z")
    assert document == {"level": "info", "message": "#12 goes\non", **facts}


def test_the_log_is_private_and_gives_way_by_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.service.logs._SIZE", 1000)
    with logging_to(tmp_path, as_json=False, foreground=False):
        for number in range(100):
            logging.getLogger("linkdeck.runs").info("fact %d", number)

    files = sorted(tmp_path.glob("engine.log*"))
    assert 2 <= len(files) <= 6
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert all(each.stat().st_size <= 1000 for each in files)
