"""70,000 failing records through the journal, as a run of 3,000,000 leaves them.

`python -m tests.benchmarks.store [--snapshots N] [--rounds N] [--without-postgresql]`

Beside each store, in turn, the floor: the same Snapshots by the bare driver into a table of the
same columns, in transactions of the same size.
"""

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

from engine.domain.batch import BatchOutcome
from engine.store.store import Store
from tests import databases
from tests.benchmarks.table import Row
from tests.store.world import a_snapshot, running, with_failures

TITLE = "journal: 70,000 failing records beside the bare driver"
A_BATCH = 70
"""Failing records of a Batch."""

TOGETHER = 20
"""Batches that the coordinator tells of at once."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of wall clock, and of this process's processor time."""

    wall: float
    cpu: float


def groups(snapshots: int) -> list[list[BatchOutcome]]:
    """What the journal is told, made beforehand."""
    outcomes = [
        with_failures(
            batch,
            [
                a_snapshot(place, label=f"ORD-{batch:05d}-{place:03d}")
                for place in range(A_BATCH)
            ],
            written=930,
        )
        for batch in range(snapshots // A_BATCH)
    ]
    return [
        outcomes[start : start + TOGETHER] for start in range(0, len(outcomes), TOGETHER)
    ]


def journal(url: str | None, told: list[list[BatchOutcome]]) -> Taken:
    """Our store, from the first outcome to the last commit, the counts checked."""
    with tempfile.TemporaryDirectory(prefix="linkdeck-bench-") as folder:
        home = Path(folder) / "home"
        home.mkdir(mode=0o700)
        with closing(Store.open(url, home=home)) as store:
            run = running(store, sum(map(len, told)))
            taken = _timed(lambda: [run.finishes(*group) for group in told])
            found = run.seen().records.failed
    _check(found, told)
    return taken


def sqlite_floor(told: list[list[BatchOutcome]]) -> Taken:
    """executemany, every group durably committed."""
    with (
        tempfile.TemporaryDirectory(prefix="linkdeck-bench-") as folder,
        closing(sqlite3.connect(Path(folder) / "floor.db")) as connection,
    ):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(_TABLE)
        connection.execute(_INDEX)

        def write() -> None:
            for group in told:
                connection.executemany(
                    f"INSERT INTO snapshot ({_NAMES}) VALUES (?, ?, ?, ?, ?, ?)",
                    _rows(group),
                )
                connection.commit()

        taken = _timed(write)
        (found,) = connection.execute("SELECT count(*) FROM snapshot").fetchone()
    _check(found, told)
    return taken


def postgresql_floor(url: str, told: list[list[BatchOutcome]]) -> Taken:
    """COPY, every group committed."""
    with closing(psycopg.connect(url)) as connection:
        connection.execute(_TABLE)
        connection.execute(_INDEX)
        connection.commit()

        def write() -> None:
            for group in told:
                with connection.cursor().copy(
                    f"COPY snapshot ({_NAMES}) FROM STDIN"
                ) as copy:
                    for row in _rows(group):
                        copy.write_row(row)
                connection.commit()

        taken = _timed(write)
        found = connection.execute("SELECT count(*) FROM snapshot").fetchone()
    _check(found[0] if found else 0, told)
    return taken


_NAMES = "batch, place, key, before, after, fingerprint"
_TABLE = (
    "CREATE TABLE snapshot (batch integer, place integer, key text, before text, after text, "
    "fingerprint text)"
)
_INDEX = "CREATE INDEX by_fingerprint ON snapshot (fingerprint, batch, place)"


def _rows(group: list[BatchOutcome]) -> list[tuple[object, ...]]:
    return [
        (
            outcome.batch,
            place,
            json.dumps(each.key),
            _text(each.before),
            _text(each.after),
            each.errors[0].fingerprint,
        )
        for outcome in group
        for place, each in enumerate(outcome.snapshots)
    ]


def _text(value: object) -> str | None:
    return value.decode() if isinstance(value, bytes) else None


def _timed(work: Callable[[], object]) -> Taken:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Taken(time.perf_counter() - wall, time.process_time() - cpu)


def _check(found: int, told: list[list[BatchOutcome]]) -> None:
    expected = sum(len(outcome.snapshots) for group in told for outcome in group)
    if found != expected:
        raise RuntimeError(f"{found} Snapshots were kept, not {expected}")


def main() -> None:
    """Measure in turn, print one table."""
    arguments = _arguments()
    rounds = measured(
        arguments.snapshots, arguments.rounds, postgresql=not arguments.without_postgresql
    )
    _table(rounds, arguments.snapshots)


def rows(*, quick: bool) -> Iterator[Row]:
    """Microseconds a Snapshot, and beside the floor."""
    snapshots = 70_000
    rounds = measured(snapshots, 1 if quick else 3, postgresql=True)
    for name in ("sqlite store", "postgresql store"):
        wall, ratio, _ = _said(name, rounds)
        yield Row(name, f"{wall / snapshots * 1e6:.1f} µs each, {ratio:.2f} x")


def measured(snapshots: int, times: int, *, postgresql: bool) -> dict[str, list[Taken]]:
    """Each in turn, so many times."""
    told = groups(snapshots)
    rounds: dict[str, list[Taken]] = {}
    with databases.running() as server:
        for number in range(times):
            contenders: dict[str, Callable[[], Taken]] = {
                "sqlite floor": lambda: sqlite_floor(told),
                "sqlite store": lambda: journal(None, told),
            }
            if postgresql:
                floor, ours = (server.database(f"{kind}{number}") for kind in ("f", "s"))
                contenders["postgresql floor"] = lambda url=floor: postgresql_floor(
                    url, told
                )  # type: ignore[misc]
                contenders["postgresql store"] = lambda url=ours: journal(url, told)  # type: ignore[misc]
            for name, contender in contenders.items():
                rounds.setdefault(name, []).append(contender())
                print(f"  {name}: {rounds[name][-1].wall:.2f} s", file=sys.stderr)
    return rounds


def _said(name: str, rounds: dict[str, list[Taken]]) -> tuple[float, float, float]:
    """Seconds, and the ratios of wall clock and of processor time to the floor's."""
    taken = rounds[name]
    pairs = list(zip(taken, rounds[name.replace("store", "floor")], strict=True))
    return (
        statistics.median(each.wall for each in taken),
        statistics.median(ours.wall / theirs.wall for ours, theirs in pairs),
        statistics.median(ours.cpu / theirs.cpu for ours, theirs in pairs),
    )


def _table(rounds: dict[str, list[Taken]], snapshots: int) -> None:
    print(f"{snapshots:,} Snapshots, {A_BATCH} a Batch, {TOGETHER} batches a transaction")
    print(f"{'':20}{'wall s':>8}{'cpu s':>8}{'µs each':>9}{'x wall':>8}{'x cpu':>8}")
    for name, taken in rounds.items():
        wall, by_wall, by_cpu = _said(name, rounds)
        cpu = statistics.median(each.cpu for each in taken)
        each_us = wall / snapshots * 1e6
        print(f"{name:20}{wall:8.2f}{cpu:8.2f}{each_us:9.1f}{by_wall:8.2f}{by_cpu:8.2f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshots", type=int, default=70_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-postgresql", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
