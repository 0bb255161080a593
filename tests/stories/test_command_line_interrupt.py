"""Ctrl+c and its kin while a Link runs: what is in flight finishes, the rest is not attempted."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.command_line import ROOT, environment, linkdeck
from tests.stories.shop_files import a_home
from tests.stories.slow_shop import ORDERS, PAGES, SIZE, SlowShop


@pytest.fixture
def shop() -> Iterator[SlowShop]:
    with SlowShop().open() as shop:
        yield shop


def a_run(home: Path, shop: SlowShop) -> "subprocess.Popen[bytes]":
    """`linkdeck run orders`, caught while an answer is held back."""
    process = subprocess.Popen(
        [sys.executable, "-m", "console", "run", "orders"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(home, {"SHOP_URL": shop.url}),
    )
    assert shop.held.wait(30)
    return process


def heard(process: "subprocess.Popen[bytes]", start: bytes = b"finishing") -> bytes:
    """The line that says it was asked to stop."""
    assert process.stderr is not None
    return next(line for line in process.stderr if line.startswith(start))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_finishes_what_is_in_flight(
    tmp_path: Path, shop: SlowShop, number: int, code: int
) -> None:
    home = a_home(tmp_path, definition=ORDERS)
    process = a_run(home, shop)

    process.send_signal(number)
    line = heard(process)
    shop.go.set()
    out, _ = process.communicate(timeout=30)

    assert process.returncode == code
    assert line.endswith(b"in flight; press ctrl+c again to stop at once\n")
    document = linkdeck("show", "1", "--json", home=home).document()
    batches, records = document["batches"], document["records"]
    assert document["status"] == "cancelled"
    assert batches["not_attempted"] > 0
    assert batches["completed"] + batches["not_attempted"] == batches["planned"] == PAGES
    assert records["fetched"] == records["written"] == SIZE * batches["completed"]
    assert b"not attempted" in out


def test_the_second_ctrl_c_ends_at_once_and_the_next_run_resumes(
    tmp_path: Path, shop: SlowShop
) -> None:
    """X1, contract 2: `run LINK` resumes an interrupted Sync Event and says so."""
    home = a_home(tmp_path, definition=ORDERS)
    process = a_run(home, shop)

    process.send_signal(signal.SIGINT)
    heard(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert process.stdout is not None
    assert process.stdout.read() == b""
    shop.go.set()

    assert linkdeck("show", "1", "--json", home=home).document()["status"] == "running"
    answer = linkdeck("run", "orders", home=home, SHOP_URL=shop.url)
    assert answer.code == 0
    assert answer.err.startswith("resuming #1 of orders\n")
    document = linkdeck("show", "1", "--json", home=home).document()
    assert (document["status"], document["interrupted"]) == ("completed", True)
    assert document["records"]["written"] == PAGES * SIZE
    process.communicate()


def test_cancel_from_another_terminal_ends_a_run(tmp_path: Path, shop: SlowShop) -> None:
    home = a_home(tmp_path, definition=ORDERS)
    process = a_run(home, shop)

    answer = linkdeck("cancel", "1", "--reason", "wrong day", "--actor", "ana", home=home)
    line = heard(process, b"#1 ")
    shop.go.set()
    out, _ = process.communicate(timeout=30)

    assert answer.code == 0
    assert line.startswith(b"#1 cancelled by ana: wrong day; finishing ")
    assert process.returncode == 3
    assert "□ cancelled" in out.decode()
    events = linkdeck("events", "--status", "cancelled", "--json", home=home).document()
    assert [event["id"] for event in events["events"]] == [1]


def test_a_second_run_of_the_link_is_refused_and_told_who_runs_it(
    tmp_path: Path, shop: SlowShop
) -> None:
    """C5: one active run per Link."""
    home = a_home(tmp_path, definition=ORDERS)
    process = a_run(home, shop)

    answer = linkdeck("run", "orders", home=home, SHOP_URL=shop.url)
    shop.go.set()
    process.communicate(timeout=30)

    assert (answer.code, answer.out) == (3, "")
    assert "#1" in answer.err
    assert process.returncode == 0
