"""A `linkdeck run` caught in the middle: its shop holds an answer back until it is let go."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fasteners import InterProcessLock  # type: ignore[import-untyped]

from tests.stories.command_line import ROOT, environment
from tests.stories.slow_shop import SlowShop


@contextmanager
def held_run(home: Path, shop: SlowShop) -> Iterator["subprocess.Popen[str]"]:
    """The run while an answer is held back; ended at the latest with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "console", "run", "orders"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment(home, {"SHOP_URL": shop.url}),
    )
    try:
        assert shop.held.wait(30)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def killed_run(home: Path, shop: SlowShop) -> None:
    """A run that died while its shop held an answer back; the shop is fine again."""
    with held_run(home, shop) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    shop.go.set()


@contextmanager
def stopped(process: "subprocess.Popen[str]") -> Iterator[None]:
    """A process that stands still meanwhile, and is alive all the same."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextmanager
def stopped_between_writes(process: "subprocess.Popen[str]", home: Path) -> Iterator[None]:
    """The same, at a moment when it does not hold the store's lock."""
    lock = InterProcessLock(home / "linkdeck.db.lock")
    while True:
        with stopped(process):
            if lock.acquire(blocking=False):
                lock.release()
                yield
                return
