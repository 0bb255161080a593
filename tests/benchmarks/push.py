"""Deliveries to a push Link: how soon they are acknowledged, how many records a second.

`python -m tests.benchmarks.push [--rate N] [--seconds N] [--bulk N]`

A real `linkdeck engine` on loopback, a store in SQLite with FULL synchronisation. First single
records at a steady rate, sent when they are due whatever became of those before; then deliveries
of 1000 records, as fast as they are taken. Every acknowledged record must be written in the end.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.benchmarks.table import Row, at_least, at_most

TITLE = "Deliveries to a push Link, FULL synchronisation"
RATE, SECONDS, BULK = 200, 10, 100
SIZE = 1000

LINK = """
link: orders
key: id
source: {adapter: push, rate: 100000/s}
stages:
  - map:
      id: {from: id, cast: int}
      email: {from: customer.email, do: [strip, lower]}
      amount_cents: {from: amount, cast: cents}
  - check: [{field: email, rule: required}]
target: {adapter: sql, url: "sqlite:///warehouse.db", table: orders, create: true}
"""


@dataclass(frozen=True, slots=True)
class Steady:
    """Seconds until each acknowledgement, in order of size."""

    waits: list[float]

    def share(self, part: float) -> float:
        """Milliseconds within which this part of them was acknowledged."""
        return 1000 * self.waits[min(int(part * len(self.waits)), len(self.waits) - 1)]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Records a second: acknowledged, and written."""

    taken: float
    written: float


def main() -> None:
    """Measure, check every count, print what came of it."""
    given = _arguments()
    with service() as place:
        steady = place.steady(given.rate, given.seconds)
        bulk = place.bulk(given.bulk)
    print(
        f"{given.rate} single records a second for {given.seconds} s, acknowledged within"
    )
    for part in (0.5, 0.9, 0.99, 1.0):
        print(f"  {part:5.0%}  {steady.share(part):7.1f} ms")
    print(f"deliveries of {SIZE}: {bulk.taken:,.0f} records/s acknowledged,")
    print(f"  {bulk.written:,.0f} records/s until the last was written")


def rows(*, quick: bool) -> Iterator[Row]:
    """The slowest of a hundred acknowledgements, and records a second in bulk."""
    with service() as place:
        steady = place.steady(RATE, 3 if quick else SECONDS)
        bulk = place.bulk(BULK // 5 if quick else BULK)
    more = f"half within {steady.share(0.5):.1f} ms, the slowest {steady.share(1):.0f} ms"
    yield at_most(
        f"99 of 100 acknowledged, {RATE}/s", steady.share(0.99), 50, " ms", more=more
    )
    more = f"{bulk.taken:,.0f} records/s acknowledged"
    yield at_least(
        f"written, {SIZE} a delivery", bulk.written, 10_000, " records/s", more=more
    )


class Sender:
    """One connection, with as little to do as a sender can have: others are measured."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str
    ) -> None:
        self._reader, self._writer = reader, writer
        self._head = (
            "POST /links/orders/records HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        )

    async def deliver(self, body: bytes) -> None:
        """Until it is acknowledged. Raises RuntimeError where it is not taken."""
        head = f"{self._head}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].split(b"\r\n")[0])
        said = await self._reader.readexactly(length)
        if not answer.startswith(b"http/1.1 202"):
            raise RuntimeError(said.decode())

    def close(self) -> None:
        """Let go of the connection."""
        self._writer.close()


class Place:
    """An engine that listens, and what its Link has written."""

    def __init__(self, home: Path, port: int, token: str) -> None:
        self._home, self._port, self._token = home, port, token
        self._sent = 0

    def steady(self, rate: int, seconds: int) -> Steady:
        """Single records, each sent when it is due."""
        asyncio.run(self._at_rate(rate, 1))  # what is made once is not what is measured
        waits = asyncio.run(self._at_rate(rate, seconds))
        self._all_written()
        return Steady(sorted(waits))

    def bulk(self, deliveries: int) -> Bulk:
        """Deliveries of many records, four at once."""
        bodies = [self._body(SIZE) for _ in range(deliveries)]
        began = time.perf_counter()
        asyncio.run(self._as_fast(bodies))
        taken = time.perf_counter() - began
        self._all_written()
        written = time.perf_counter() - began
        records = deliveries * SIZE
        return Bulk(records / taken, records / written)

    async def _at_rate(self, rate: int, seconds: int) -> list[float]:
        bodies = [self._body(1) for _ in range(rate * seconds)]
        async with self._senders(64) as senders:
            began = time.perf_counter()

            async def one(number: int, body: bytes) -> float:
                due = began + number / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                sender = await senders.get()
                await sender.deliver(body)
                senders.put_nowait(sender)
                return time.perf_counter() - due

            return list(await asyncio.gather(*(one(*each) for each in enumerate(bodies))))

    async def _as_fast(self, bodies: list[bytes]) -> None:
        async with self._senders(4) as senders:
            queue = iter(bodies)

            async def sends() -> None:
                sender = await senders.get()
                for body in queue:
                    await sender.deliver(body)
                senders.put_nowait(sender)

            await asyncio.gather(*(sends() for _ in range(4)))

    @asynccontextmanager
    async def _senders(self, many: int) -> "AsyncIterator[asyncio.Queue[Sender]]":
        senders: asyncio.Queue[Sender] = asyncio.Queue()
        for _ in range(many):
            ends = await asyncio.open_connection("127.0.0.1", self._port)
            senders.put_nowait(Sender(*ends, self._token))
        try:
            yield senders
        finally:
            while not senders.empty():
                senders.get_nowait().close()

    def _body(self, records: int) -> bytes:
        numbers = range(self._sent + 1, self._sent + records + 1)
        self._sent += records
        return json.dumps([_order(number) for number in numbers]).encode()

    def _all_written(self) -> None:
        ends = time.monotonic() + 120
        while (found := self._written()) != self._sent:
            if time.monotonic() > ends:
                raise RuntimeError(f"{found} of {self._sent} acknowledged records written")
            time.sleep(0.02)

    def _written(self) -> int:
        path = self._home / "links" / "warehouse.db"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(path)) as connection:
            table = "SELECT count(*) FROM sqlite_master WHERE name = 'orders'"
            if not connection.execute(table).fetchone()[0]:
                return 0
            return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])


@contextmanager
def service() -> Iterator[Place]:
    """A home, its Link, and an engine that listens on a free port."""
    home = Path(tempfile.mkdtemp(prefix="push"))
    links = home / "links"
    links.mkdir()
    (links / "orders.yaml").write_text(LINK, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {**os.environ, "LINKDECK_HOME": str(home), "LINKDECK_PUSH_TOKEN": "t" * 32}
    command = [sys.executable, "-m", "console", "engine", "--listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
    try:
        _ready(f"http://127.0.0.1:{port}/ready")
        yield Place(home, port, "t" * 32)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def _ready(url: str) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the engine did not start to listen")


def _order(number: int) -> dict[str, object]:
    return {
        "id": number,
        "customer": {"email": f" O{number}@Example.com"},
        "amount": f"{number}.50",
        "status": "open",
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=RATE, help="single records a second")
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--bulk", type=int, default=BULK, help="deliveries of 1000 records")
    return parser.parse_args()


if __name__ == "__main__":
    main()
