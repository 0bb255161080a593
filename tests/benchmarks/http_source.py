"""The HTTP source beside bare httpx threads with msgspec decoding, interleaved.

`python -m tests.benchmarks.http_source [--pages N] [--rounds N] [--threads N] [--latency SECONDS]`

Both read the same pages of 1000 records from a server in a process of its own, over as many
threads, into structs of the same fields.
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from threading import local

import httpx
import msgspec

from engine.adapters.http.options import HttpSourceOptions, NumberedPages
from engine.adapters.http.source import HttpSource
from engine.domain.adapter import SourceContext
from engine.domain.batch import Scope
from engine.domain.delta import Window
from tests.benchmarks.table import Row as Figure
from tests.benchmarks.table import at_least

TITLE = "HTTP source, pages of 1000 over 4 threads"
SIZE = 1000
WANTED = ("id", "email", "amount", "country", "status", "created")


class Row(msgspec.Struct, gc=False):
    """What both make of a record."""

    id: object = None
    email: object = None
    amount: object = None
    country: object = None
    status: object = None
    created: object = None


class Page(msgspec.Struct, gc=False):
    """An answer."""

    data: list[Row]


def main() -> None:
    """Measure, check every count, print one table."""
    given = _arguments()
    rates = measured(given.pages, given.threads, rounds=given.rounds, latency=given.latency)
    _table(
        rates,
        f"{given.pages} pages of {SIZE}, {given.threads} threads, {given.latency:g} s each",
    )


def rows(*, quick: bool) -> Iterator[Figure]:
    """Records a second without latency and with some, beside the careful script."""
    for latency in (0.0, 0.02):
        rates = measured(300, 4, rounds=3 if quick else 7, latency=latency)
        beside = f"{statistics.median(rates['linkdeck']):,.0f} records/s"
        what = f"{latency * 1000:.0f} ms a page, beside bare httpx"
        yield at_least(what, 100 * _share(rates, "linkdeck"), 90, " %", more=beside)


def measured(
    pages: int, threads: int, *, rounds: int, latency: float
) -> dict[str, list[float]]:
    """Records a second of each, round by round."""
    with _server(pages, latency) as url:
        contenders: dict[str, Callable[[], int]] = {
            "bare httpx": partial(bare, url, pages, threads),
            "linkdeck": partial(linkdeck, url, threads),
        }
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        for read in contenders.values():
            read()  # what is made once per process is not what is measured
        for _ in range(rounds):
            for name, read in contenders.items():
                rates[name].append(_rate(read, pages * SIZE))
    return rates


def bare(url: str, pages: int, threads: int) -> int:
    """One client, a few threads, one decoder: what a careful script would do."""
    decoder = msgspec.json.Decoder(Page)
    limits = httpx.Limits(max_connections=threads)
    with httpx.Client(limits=limits) as client, ThreadPoolExecutor(threads) as pool:

        def count(page: int) -> int:
            answer = client.get(url, params={"page": page, "per_page": SIZE})
            answer.raise_for_status()
            return len(decoder.decode(answer.content).data)

        return sum(pool.map(count, range(1, pages + 1)))


def linkdeck(url: str, threads: int) -> int:
    """A plan, then a source of its own for each thread, as in a run."""
    options = HttpSourceOptions(
        url=url,
        records="data",
        paginate=NumberedPages(style="page", size=SIZE, total="meta.total"),
    )
    context = SourceContext(
        link="orders", batch_size=SIZE, parallel=threads, folder=".", system="shop",
        wanted=WANTED,
    )  # fmt: skip
    own, made = local(), list[HttpSource]()

    def count(scope: Scope) -> int:
        if not hasattr(own, "source"):
            own.source = HttpSource(options, context)
            made.append(own.source)
        return len(own.source.fetch(scope).rows)

    with closing(HttpSource(options, context)) as planner:
        with ThreadPoolExecutor(threads) as pool:
            read = sum(pool.map(count, planner.plan_fetch(Window()).scopes))
        for source in made:
            source.close()
    return read


@contextmanager
def _server(pages: int, latency: float) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.benchmarks.page_server"]
    with subprocess.Popen(
        [*command, str(pages), str(SIZE), str(latency)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/orders"
        process.communicate("")


def _rate(read: Callable[[], int], expected: int) -> float:
    began = time.perf_counter()
    found = read()
    if found != expected:
        raise RuntimeError(f"{found} records, not {expected}")
    return found / (time.perf_counter() - began)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.0)
    return parser.parse_args()


def _table(rates: dict[str, list[float]], what: str) -> None:
    print(f"{what}, {len(rates['linkdeck'])} rounds")
    for name, found in rates.items():
        share = _share(rates, name)
        print(f"{name:12} {statistics.median(found):10,.0f} records/s {share:7.0%}")


def _share(rates: dict[str, list[float]], name: str) -> float:
    """Its rate beside the bare one's of the same round."""
    pairs = zip(rates[name], rates["bare httpx"], strict=True)
    return statistics.median(one / other for one, other in pairs)


if __name__ == "__main__":
    main()
