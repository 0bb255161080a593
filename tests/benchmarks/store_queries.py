"""Every query of the console on a store of 10,000 Sync Events and 5,000,000 failing records.

`python -m tests.benchmarks.store_queries [--events N] [--postgresql]`
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from engine.store.store import Store
from tests import databases
from tests.benchmarks.table import Row, at_most, printed
from tests.store.asked import questions
from tests.store.crowd import Crowd, fill

TITLE = "console queries on a store of 10,000 Sync Events and 5,000,000 Snapshots"
GOAL = 50
"""Milliseconds: what a keystroke may take."""

TIMES = 7


def crowd(events: int) -> Crowd:
    """So many Sync Events of 500 failing records."""
    return Crowd(events, batches=10, failing=50)


def rows(*, quick: bool) -> Iterator[Row]:
    """The median of each query, on SQLite and on PostgreSQL."""
    for postgresql in (False, True):
        yield from measured(crowd(1000 if quick else 10_000), postgresql=postgresql)


def measured(many: Crowd, *, postgresql: bool) -> Iterator[Row]:
    """A store filled with them, and its answers."""
    name = "PostgreSQL" if postgresql else "SQLite"
    with ExitStack() as stack:
        folder = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="linkdeck-bench-", dir="/tmp")
        )
        url = _database(stack) if postgresql else None
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        store = stack.enter_context(closing(Store.open(url, home=home)))
        began = time.perf_counter()
        fill(store, many)
        took = time.perf_counter() - began
        print(f"  {name} filled in {took:.0f} s", file=sys.stderr)
        for what, ask in questions(store, many).items():
            yield at_most(f"{name}: {what}", _median(ask), GOAL, " ms")


def _database(stack: ExitStack) -> str:
    return stack.enter_context(databases.running()).database("crowd")


def _median(ask: Callable[[], Any]) -> float:
    """Milliseconds, the first answer not counted: it reads what the others find in memory."""
    ask()
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def main() -> None:
    """Measure one of the two and print its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true")
    given = parser.parse_args()
    many = crowd(given.events)
    printed(
        f"{many.events:,} Sync Events, {many.events * many.snapshots:,} Snapshots",
        measured(many, postgresql=given.postgresql),
    )


if __name__ == "__main__":
    main()
