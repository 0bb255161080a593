"""Records from a file into SQLite, beside the floor and beside dlt, interleaved.

`python -m tests.benchmarks.first_run [--records N] [--rounds N] [--without-dlt]`
"""

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import measuring, orders_data
from tests.benchmarks.measuring import Measured
from tests.benchmarks.table import Row, at_least, at_most

TITLE = "file → 10 mapped fields, 9 checks, 2.33 % failing → SQLite"
HERE = Path(__file__).parent
FOLDER_OF_CODE = HERE.parent.parent
PEERS = Path(f"{sys.prefix}-peers") / "bin" / "python"
"""Peers live in an environment of their own: `make bench` makes it."""

SIZES = (30_000, 300_000, 3_000_000)
MIDDLE = 300_000
FLAT = 1.25
"""How much more memory ten times the records may take."""

Rounds = dict[str, list[Measured]]


def rows(*, quick: bool) -> Iterator[Row]:
    """The job at each size, then what it says together; dlt only at the largest."""
    sizes = SIZES[:2] if quick else SIZES
    ours: dict[int, Measured] = {}
    for size in sizes:
        largest = size == sizes[-1]
        rounds = 2 if largest and not quick else 1
        with world(size) as made:
            found = _taken(made.contenders(dlt=largest), rounds)
        ours[size] = _median(found["linkdeck"])
        yield from _compared(found, size, judged=largest and not quick)
    yield from _growth(ours, judged=not quick)
    yield from _workers(MIDDLE)


def _compared(found: Rounds, size: int, *, judged: bool) -> Iterator[Row]:
    floor = found["floor"]
    for name, runs in found.items():
        one = _median(runs)
        figure = f"{one.wall:.1f} s, {one.cpu:.1f} CPU s, {one.peak:.0f} MiB"
        yield Row(f"{size:,} records, {name}", figure)
    wall, cpu = _ratios(found["linkdeck"], floor)
    beside = at_most(
        "  linkdeck beside the floor", wall, 1.25, " x", more=f"CPU {cpu:.2f} x"
    )
    yield beside if judged else beside.unjudged()
    if "dlt" in found:
        peers, _ = _ratios(found["dlt"], found["linkdeck"])
        more = at_least("  records a second beside dlt", peers, 8, " x")
        yield more if judged else more.unjudged()


def _growth(ours: dict[int, Measured], *, judged: bool) -> Iterator[Row]:
    each = (f"{run.wall / size * 1e6:.1f}" for size, run in ours.items())
    sizes = " → ".join(f"{size:,}" for size in ours)
    yield Row(f"µs a record, {sizes}", " → ".join(each))
    *_, before, largest = ours.values()
    yield at_most("memory of all processes", largest.peak, 256, " MiB")
    more = at_most(
        "  beside a tenth of the records", largest.peak / before.peak, FLAT, " x"
    )
    yield more if judged else more.unjudged()


def _workers(size: int) -> Iterator[Row]:
    """The same records by one process, one worker process and two."""
    with world(size) as made:
        for name, given in _FORCED.items():
            run = made.linkdeck(given)
            yield Row(f"{size:,} records, {name}", f"{run.wall:.1f} s, {run.cpu:.1f} CPU s")


_FORCED = {
    "one process": "workers: threads\nparallel: 1\n",
    "1 worker process": "workers: processes\nparallel: 1\n",
    "2 worker processes": "workers: processes\nparallel: 2\n",
}


def main() -> None:
    """Measure, check every count, print one table."""
    arguments = _arguments()
    with world(arguments.records) as made:
        found = _taken(made.contenders(dlt=not arguments.without_dlt), arguments.rounds)
    _table(found, arguments.records)


def _taken(contenders: dict[str, Callable[[], Measured]], rounds: int) -> Rounds:
    """Every contender in turn, so many times."""
    found: Rounds = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            found[name].append(contender())
            print(f"  {name}: {found[name][-1].wall:.1f} s", file=sys.stderr)
    return found


@contextmanager
def world(records: int) -> "Iterator[World]":
    """A folder with so many orders, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="linkdeck-bench-") as folder:
        yield World(Path(folder), records)


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

    def contenders(self, *, dlt: bool) -> dict[str, Callable[[], Measured]]:
        """Who is measured, in order."""
        found = {"floor": self.floor, "linkdeck": self.linkdeck}
        return found | {"dlt": self.dlt} if dlt else found

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

    def linkdeck(self, given: str = "") -> Measured:
        """`linkdeck run`, from the command to its summary, counts checked; `given`: more YAML."""
        place = self._fresh("linkdeck")
        text = (HERE / "orders.yaml").read_text(encoding="utf-8")
        (place / "orders.yaml").write_text(given + text, encoding="utf-8")
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


def _median(runs: Sequence[Measured]) -> Measured:
    """The run of median wall clock, with the highest peak of all."""
    middle = sorted(runs, key=lambda run: run.wall)[len(runs) // 2]
    peak = max(run.peak for run in runs)
    return Measured(middle.wall, middle.cpu, peak, middle.output)


def _ratios(runs: Sequence[Measured], floor: Sequence[Measured]) -> tuple[float, float]:
    """Medians of the ratios of the same round, of wall clock and of processor time."""
    pairs = list(zip(runs, floor, strict=True))
    return (
        statistics.median(ours.wall / theirs.wall for ours, theirs in pairs),
        statistics.median(ours.cpu / theirs.cpu for ours, theirs in pairs),
    )


def _table(rounds: Rounds, records: int) -> None:
    floor = rounds["floor"]
    print(f"{records:,} records, {len(floor)} rounds, whole processes")
    print(
        f"{'':10} {'wall s':>8} {'cpu s':>8} {'rec/s':>9} {'x wall':>7} {'x cpu':>7} {'MiB':>6}"
    )
    for name, runs in rounds.items():
        one = _median(runs)
        ratio, cpus = _ratios(runs, floor)
        print(
            f"{name:10} {one.wall:8.1f} {one.cpu:8.1f} {records / one.wall:9,.0f}"
            f" {ratio:7.2f} {cpus:7.2f} {one.peak:6.0f}"
        )


if __name__ == "__main__":
    main()
