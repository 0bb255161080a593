"""Processor time of brief commands on a store that holds a run.

`python -m tests.benchmarks.commands`

Each is a process of its own, from command to exit; the median of a few, in turn.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import measuring
from tests.benchmarks.table import Row, at_most, printed
from tests.stories.world import a_world, order

TITLE = "brief commands"
FOLDER_OF_CODE = Path(__file__).parent.parent.parent
ALONE = (("--help",), ("--version",))
"""What needs no store."""

READING = (
    ("links",),
    ("explain", "orders"),
    ("events",),
    ("show", "1"),
    ("failures", "1"),
    ("inbox",),
    ("audit",),
)


def rows(*, quick: bool) -> Iterator[Row]:
    """CPU of each command in milliseconds, beside its goal."""
    with tempfile.TemporaryDirectory(prefix="linkdeck-bench-", dir="/tmp") as folder:
        world = a_world(Path(folder))
        world.orders(
            order(n, email=" " if n % 10 == 0 else f"a{n}@x.com") for n in range(500)
        )
        world.run()
        world.engine.close()
        found = _measured(Path(folder), rounds=3 if quick else 7)
    for command, cpu in found.items():
        yield at_most(
            " ".join(command), cpu * 1000, 150 if command in ALONE else 750, " ms"
        )


def _measured(home: Path, *, rounds: int) -> dict[tuple[str, ...], float]:
    taken: dict[tuple[str, ...], list[float]] = {}
    for _ in range(rounds):
        for command in ALONE + READING:
            where = () if command in ALONE else ("--home", str(home), "--json")
            full = [sys.executable, "-m", "console", *command, *where]
            run = measuring.run(full, folder=FOLDER_OF_CODE)
            taken.setdefault(command, []).append(run.cpu)
    return {command: statistics.median(cpu) for command, cpu in taken.items()}


if __name__ == "__main__":
    printed(TITLE, rows(quick=False))
