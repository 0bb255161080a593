"""The vendor's story through a Dask cluster on loopback, one of its two workers killed half-way.

A scheduler and two workers as processes of their own; the story, and what is checked of it, is that
of `tests.benchmarks.retry`: every number of the first run and of both retries.

`python -m tests.benchmarks.dask [--records N]`
"""

import argparse
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from tests.benchmarks.measuring import Measured
from tests.benchmarks.retry import Story
from tests.benchmarks.table import Row
from tests.servers.cluster import Cluster, a_cluster

TITLE = (
    "Retry Failures through Dask: 2 workers of 4 threads, one killed half-way; all checked"
)

THREADS = 4
"""A worker's: what hangs keeps one of them waiting."""


def rows(*, quick: bool) -> Iterator[Row]:
    """The first run, the plan and both retries."""
    records = 300_000 if quick else 3_000_000
    for name, run in _told(records).items():
        figure = f"{run.wall:.2f} s, {run.cpu:.2f} CPU s, {run.peak:.0f} MiB (coordinator)"
        yield Row(f"{records:,} records, {name}", figure)


def _told(records: int) -> Mapping[str, Measured]:
    with tempfile.TemporaryDirectory(prefix="linkdeck-dask-") as folder:
        place = Path(folder)
        with a_cluster(place / "dask", THREADS) as cluster:
            victim = cluster.worker(threads=THREADS)
            story = Story(place, records, workers=cluster.url)
            warehouse = place / "warehouse.db"
            with story.shop(), _killer(cluster, victim, warehouse, records // 2):
                return story.told()


@contextmanager
def _killer(cluster: Cluster, victim: int, warehouse: Path, half: int) -> Iterator[None]:
    """Kills a worker, and its nanny, once half of the records are written; a new one follows."""
    over, done = threading.Event(), threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            if _written(warehouse) >= half:
                cluster.kill(victim)
                cluster.worker(threads=THREADS)
                done.set()
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if not done.is_set():
        raise RuntimeError("no worker was killed: the run was over before")


def _written(warehouse: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{warehouse}?mode=ro", uri=True)) as found:
            (last,) = found.execute("SELECT max(rowid) FROM orders").fetchone()
    except sqlite3.Error:
        return 0
    return int(last or 0)


def main() -> None:
    """Tell the story, check it, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3_000_000)
    records = parser.parse_args().records
    print(f"{records:,} records; every number checked")
    for name, run in _told(records).items():
        print(f"{name:10} {run.wall:8.2f} s {run.cpu:8.2f} CPU s {run.peak:6.0f} MiB")


if __name__ == "__main__":
    main()
