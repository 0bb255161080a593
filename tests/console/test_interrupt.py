"""Signals while a run goes: the first is heard, the second ends the process where it stands."""

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNNER = """
import sys
from console.cli.interrupt import Interrupt
from engine.domain.requests import Stop

stop = Stop()
interrupt = Interrupt(stop)
interrupt.flying = 4
with interrupt.listening():
    print("running", flush=True)
    stop.wait(30)
    print(stop.reason, flush=True)
    if sys.argv[1] == "drain":
        sys.stdin.read()
sys.exit(interrupt.code or 0)
"""


def a_run(how: str, *, first: str = "") -> "subprocess.Popen[bytes]":
    command = f"{first} exec {shlex.quote(sys.executable)} -c {shlex.quote(RUNNER)} {how}"
    process = subprocess.Popen(
        ["bash", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"running\n"
    return process


@pytest.mark.parametrize(
    ("number", "reason", "code"),
    [
        (signal.SIGINT, b"interrupted", 130),
        (signal.SIGTERM, b"terminated", 143),
        (signal.SIGHUP, b"terminated", 129),
    ],
)
def test_the_first_signal_stops_the_run_and_names_the_exit_code(
    number: int, reason: bytes, code: int
) -> None:
    process = a_run("at")

    process.send_signal(number)

    out, err = process.communicate(timeout=20)
    assert (out.strip(), process.returncode) == (reason, code)
    assert err == b"\nfinishing 4 batches in flight; press ctrl+c again to stop at once\n"


def test_the_second_ctrl_c_ends_the_process_where_it_stands() -> None:
    process = a_run("drain")
    assert process.stdout is not None

    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == b"interrupted\n"
    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 130
    assert b"stopped at once" in process.communicate()[1]


def test_a_signal_that_was_shut_off_stays_shut_off() -> None:
    """As under nohup."""
    process = a_run("at", first="trap '' HUP;")

    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)

    out, _ = process.communicate(timeout=20)
    assert (out.strip(), process.returncode) == (b"terminated", 143)
