"""The console's figures: `python -m tests.benchmarks.console [--records N …]`.

First frame, keystroke to frame, memory, bytes on the line, how soon the screen settles on a thin
line, and how long the event loop stands still while a run writes, beside what DESIGN 8 and the
contract promise.
"""

import argparse
import asyncio
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil

from console.places import To
from engine.engine import Engine
from engine.settings import Settings
from tests.console.piloting import opened
from tests.console.terminal import ROOT, Terminal
from tests.stories.command_line import environment
from tests.stories.world import World, a_world, order

BASE = 1000
"""Failing records that a real run makes; the rest are copies of theirs in the store."""

DOWN, PAGE_DOWN = "\x1b[B", "\x1b[6~"


def a_home(folder: Path, records: int) -> World:
    """A home whose #1 failed on so many records."""
    world = a_world(folder)
    world.orders((order(n, email=" ") for n in range(1, BASE + 1)), batch_size=100)
    world.run()
    world.engine.close()
    with closing(sqlite3.connect(folder / "linkdeck.db", isolation_level=None)) as store:
        _multiply(store, records)
    return world


def _multiply(store: sqlite3.Connection, records: int) -> None:
    names = [row[1] for row in store.execute("PRAGMA table_info(snapshot)")]
    same = ", ".join(name for name in names if name not in {"id", "label", "key_hash"})
    copy = f"""
        WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < ?)
        INSERT INTO snapshot (id, label, key_hash, {same})
        SELECT s.id + n * {BASE}, CAST(s.id + n * {BASE} AS TEXT), s.id + n, {same}
        FROM more CROSS JOIN snapshot s ORDER BY n, s.id"""
    store.execute("PRAGMA journal_mode")
    store.execute("BEGIN")
    if records > BASE:
        store.execute(copy, (records // BASE - 1,))
    store.execute(
        "UPDATE error_group SET times = ?, records = ?, open_records = ?", (records,) * 3
    )
    store.execute(
        "UPDATE sync_event SET failed = ?, fetched = ?, open_records = ?", (records,) * 3
    )
    store.execute("COMMIT")


def first_frame(home: Path) -> tuple[float, float]:
    """Seconds of wall clock and of processor until the header is drawn."""
    began = time.perf_counter()
    with Terminal([], home=home) as terminal:
        process = psutil.Process(terminal.process.pid)
        terminal.sees("linkdeck")
        spent = process.cpu_times()
        return time.perf_counter() - began, spent.user + spent.system


def to_failures(terminal: Terminal) -> None:
    """From the Links down to the records."""
    terminal.sees("failed")
    for key, text in (
        ("\r", "STATUS"),
        ("\r", "Record errors"),
        ("f", "✗ open"),
        ("\t", ""),
    ):
        terminal.send(key)
        terminal.sees(text)


def keystrokes(terminal: Terminal, key: str, times: int) -> list[float]:
    """Milliseconds from a key to the first byte of what it changes."""
    found = []
    for _ in range(times):
        _quiet(terminal, 0.08)
        before, began = len(terminal.said), time.perf_counter()
        terminal.send(key)
        while len(terminal.said) == before and time.perf_counter() - began < 2:
            time.sleep(0.0005)
        found.append((time.perf_counter() - began) * 1000)
    return found


def _quiet(terminal: Terminal, seconds: float) -> None:
    while time.monotonic() - terminal.last < seconds:
        time.sleep(0.005)


def settled(home: Path, rate: int) -> float:
    """Seconds after the release of a key held for 2 s until a thin line has nothing more to say."""
    with Terminal([], home=home, size=(120, 40), rate=rate) as terminal:
        to_failures(terminal)
        _quiet(terminal, 0.5)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            terminal.send(DOWN)
            time.sleep(1 / 30)
        released = time.monotonic()
        _quiet(terminal, 0.4)
        return max(terminal.last - released, 0.0)


ENOUGH = 3.0
"""Seconds that a live screen is watched for at least."""


def live_bytes(folder: Path, size: tuple[int, int]) -> tuple[float, float]:
    """Bytes a second on the Summary of a run, and the slowest answer to a key meanwhile (ms).

    RuntimeError where the run was over too soon to tell.
    """
    world = a_world(folder)
    world.orders((order(n) for n in range(1, 4_000_001)), batch_size=500)
    world.engine.close()
    with Terminal([], home=folder, size=size) as terminal:
        terminal.sees("never ran")
        terminal.send("r")
        terminal.sees("running")
        time.sleep(1.0)
        before, began, slowest = len(terminal.said), time.monotonic(), 0.0
        while time.monotonic() - began < 5 and "running" in terminal.screen.text():
            time.sleep(0.1)
        watched = time.monotonic() - began
        if watched < ENOUGH:
            raise RuntimeError(
                f"the run was over after {watched:.1f} s; give it more records"
            )
        rate = (len(terminal.said) - before) / watched
        slowest = max(keystrokes(terminal, "?", 1) + keystrokes(terminal, "\x1b", 1))
    _end_runs(folder)
    return rate, slowest


def _end_runs(folder: Path) -> None:
    """What was started in the console goes on without it."""
    with Engine(Settings.resolve(str(folder), None, None, {})) as engine:
        while left := engine.events(status="running").items:
            for event in left:
                engine.cancel(str(event.id), reason="measured", actor="benchmark")
            time.sleep(0.2)


def stalls(folder: Path, records: int) -> list[tuple[float, float]]:
    """Milliseconds between two turns of the event loop, on the Summary of a run that writes.

    By the wall clock, where other work on the machine counts as well, and by its processor time.
    """
    world = a_world(folder)
    flawed = {0: {"email": " "}}
    world.orders(
        (order(n, **flawed.get(n % 50, {})) for n in range(1, records + 1)), batch_size=1000
    )
    world.engine.close()
    command = [sys.executable, "-m", "console", "run", "orders", "--json"]
    found: list[tuple[float, float]] = []

    async def watched() -> None:
        first = To("summary", event=1, link="orders")
        async with opened(folder, size=(160, 45), first=first) as driver:
            await driver.sees("running")
            while "running" in driver.screen():
                last, spent = time.perf_counter(), time.thread_time()
                for _ in range(200):
                    await asyncio.sleep(0.005)
                    now, used = time.perf_counter(), time.thread_time()
                    found.append(((now - last) * 1000 - 5, (used - spent) * 1000))
                    last, spent = now, used

    with subprocess.Popen(
        command, cwd=ROOT, env=environment(folder, {}), stdout=subprocess.DEVNULL
    ) as run:
        while not world.engine.events().items:
            time.sleep(0.05)
        asyncio.run(watched())
        run.wait()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="*", default=[70_000, 3_000_000])
    given = parser.parse_args()
    for records in given.records:
        folder = Path(tempfile.mkdtemp(dir="/tmp"))
        try:
            _measure(folder, records)
        finally:
            shutil.rmtree(folder)
    for size in ((80, 24), (160, 45)):
        folder = Path(tempfile.mkdtemp(dir="/tmp"))
        rate, slowest = live_bytes(folder, size)
        shutil.rmtree(folder, ignore_errors=True)
        print(
            f"live Summary at {size}: {rate:,.0f} B/s (goal 2,048), a key {slowest:.0f} ms"
        )
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    walls, spent = (sorted(each) for each in zip(*stalls(folder, 400_000), strict=True))
    shutil.rmtree(folder)
    most = walls[len(walls) * 99 // 100]
    print(
        f"event loop while a run writes: longest stall {walls[-1]:.0f} ms, 99 of 100 under "
        f"{most:.0f} ms; by its own processor time {spent[-1]:.0f} ms"
    )


def _measure(folder: Path, records: int) -> None:
    a_home(folder, records)
    frames = [first_frame(folder) for _ in range(5)]
    wall, cpu = (statistics.median(column) for column in zip(*frames, strict=True))
    print(f"{records:,} failing records")
    print(f"  first frame   {wall * 1000:.0f} ms wall, {cpu * 1000:.0f} ms CPU (goal 500)")
    with Terminal([], home=folder, size=(120, 40)) as terminal:
        to_failures(terminal)
        for name, key in (("down", DOWN), ("page down", PAGE_DOWN), ("G and g", "")):
            keys = ["G", "g"] * 5 if not key else [key]
            found = [
                ms for each in keys for ms in keystrokes(terminal, each, 20 // len(keys))
            ]
            worst = max(found)
            print(
                f"  {name:<12}  {statistics.median(found):.0f} ms, worst {worst:.0f} (goal 50)"
            )
        memory = psutil.Process(terminal.process.pid).memory_info().rss / 2**20
        print(f"  memory        {memory:.0f} MiB (goal 120)")
    print(
        f"  held down     settles {settled(folder, 32 * 1024):.1f} s after release (goal 2)"
    )


if __name__ == "__main__":
    main()
