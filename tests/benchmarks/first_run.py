"""3,000,000 records from a file into SQLite, beside the floor and beside dlt, interleaved.

`python -m tests.benchmarks.first_run [--records N] [--rounds N] [--without-dlt]`
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import measuring, orders_data
from tests.benchmarks.measuring import Measured

HERE = Path(__file__).parent
FOLDER_OF_CODE = HERE.parent.parent
PEERS = FOLDER_OF_CODE / ".venv-peers" / "bin" / "python"
"""Peers live in an environment of their own: `make bench` makes it."""


def main() -> None:
    """Measure, check every count, print one table."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="linkdeck-bench-") as folder:
        world = World(Path(folder), arguments.records)
        contenders: dict[str, Callable[[], Measured]] = {
            "floor": world.floor,
            "linkdeck": world.linkdeck,
        }
        if not arguments.without_dlt:
            contenders["dlt"] = world.dlt
        rounds: dict[str, list[Measured]] = {name: [] for name in contenders}
        for _ in range(arguments.rounds):
            for name, contender in contenders.items():
                rounds[name].append(contender())
                print(f"  {name}: {rounds[name][-1].wall:.1f} s", file=sys.stderr)
    _table(rounds, arguments.records)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-dlt", action="store_true")
    return parser.parse_args()


class World:
    """One folder with the data, and each contender in a fresh folder of its own."""

    def __init__(self, folder: Path, records: int) -> None:
        self._folder, self._records = folder, records
        self._source = orders_data.write(folder / "orders.ndjson", records)

    def floor(self) -> Measured:
        """Decode and executemany, nothing else."""
        place = self._fresh("floor")
        return self._run(
            "-m", "tests.benchmarks.floor", str(self._source), str(place / "o.db")
        )

    def dlt(self) -> Measured:
        """The same job in dlt, with an interpreter of its own."""
        place = self._fresh("dlt")
        job = [
            str(PEERS),
            str(HERE / "peer_dlt.py"),
            str(self._source),
            str(place / "o.db"),
        ]
        return measuring.run(job, folder=place)

    def linkdeck(self) -> Measured:
        """`linkdeck run`, from the command to its summary, counts checked."""
        place = self._fresh("linkdeck")
        shutil.copy(HERE / "orders.yaml", place)
        (place / "orders.ndjson").symlink_to(self._source)
        home = place / "home"
        home.mkdir(mode=0o700)
        measured = self._run(
            "-m",
            "console",
            "run",
            str(place / "orders.yaml"),
            "--home",
            str(home),
            "--json",
        )
        self._check(measured.output)
        return measured

    def _check(self, output: str) -> None:
        event = json.loads(output[output.index("{") :])
        failed = orders_data.bad_records(self._records)
        records = event["records"]
        expected = (self._records, self._records - failed, failed, 0)
        seen = (
            records["fetched"],
            records["written"],
            records["failed"],
            records["residual"],
        )
        if seen != expected:
            raise RuntimeError(
                f"fetched, written, failed, residual: {seen}, not {expected}"
            )

    def _fresh(self, name: str) -> Path:
        place = self._folder / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return place

    def _run(self, *arguments: str) -> Measured:
        return measuring.run([sys.executable, *arguments], folder=FOLDER_OF_CODE)


def _table(rounds: dict[str, list[Measured]], records: int) -> None:
    floor = rounds["floor"]
    print(f"{records:,} records, {len(floor)} rounds, whole processes")
    print(
        f"{'':10} {'wall s':>8} {'cpu s':>8} {'rec/s':>9} {'x wall':>7} {'x cpu':>7} {'MiB':>6}"
    )
    for name, runs in rounds.items():
        wall = statistics.median(run.wall for run in runs)
        cpu = statistics.median(run.cpu for run in runs)
        ratio = statistics.median(a.wall / b.wall for a, b in zip(runs, floor, strict=True))
        cpus = statistics.median(a.cpu / b.cpu for a, b in zip(runs, floor, strict=True))
        peak = max(run.peak for run in runs)
        print(
            f"{name:10} {wall:8.1f} {cpu:8.1f} {records / wall:9,.0f}"
            f" {ratio:7.2f} {cpus:7.2f} {peak:6.0f}"
        )


if __name__ == "__main__":
    main()
