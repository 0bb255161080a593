"""The console's figures as rows: `console` measures them, on a pseudo-terminal."""

import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks import console
from tests.benchmarks.table import Row, at_most
from tests.console.terminal import Terminal

TITLE = "console, the real command on a terminal of 120 x 40"
KEYS = {"down": [console.DOWN], "page down": [console.PAGE_DOWN], "G and g": ["G", "g"] * 5}


def rows(*, quick: bool) -> Iterator[Row]:
    """First frame, keystrokes, memory, and bytes on the line."""
    records = 70_000 if quick else 3_000_000
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        home = Path(folder)
        console.a_home(home, records)
        frames = [console.first_frame(home)[1] for _ in range(5)]
        yield at_most("first frame, CPU", statistics.median(frames) * 1000, 500, " ms")
        with Terminal([], home=home, size=(120, 40)) as terminal:
            console.to_failures(terminal)
            for name, keys in KEYS.items():
                taken = [
                    ms
                    for key in keys
                    for ms in console.keystrokes(terminal, key, 20 // len(keys))
                ]
                what = f"{name} among {records:,}, median"
                yield at_most(what, statistics.median(taken), 50, " ms")
            memory = psutil.Process(terminal.process.pid).memory_info().rss / 2**20
        yield at_most("memory", memory, 120, " MiB")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        rate, _ = console.live_bytes(Path(folder), (80, 24))
        yield at_most("live Summary, 80 x 24", rate, 2048, " B/s")
