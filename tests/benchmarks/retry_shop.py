"""A shop of its own process: NDJSON served in pages, some of which never answer.

`python -m tests.benchmarks.retry_shop ORDERS PAGE_SIZE` prints its port. `POST /hanging` takes
the pages that hang from then on, `GET /asked` gives those asked for since it was asked last.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

BLOCKED = "LI"
"""The country that the first definition's rule does not know."""


def write(
    path: Path, *, pages: int, size: int, blocked: int, spared: frozenset[int]
) -> None:
    """Orders in pages; exactly `blocked` of them from Liechtenstein, none on the spared pages."""
    left = [page for page in range(1, pages + 1) if page not in spared]
    share, more = divmod(blocked, len(left))
    quota = {page: share + (place < more) for place, page in enumerate(left)}
    with path.open("w", encoding="utf-8") as file:
        for page in range(1, pages + 1):
            first = (page - 1) * size
            every = size // quota[page] if quota.get(page) else size + 1
            file.writelines(
                _order(first + place, blocked=_is_blocked(place, every, quota.get(page, 0)))
                for place in range(size)
            )


def _is_blocked(place: int, every: int, quota: int) -> bool:
    return place % every == 0 and place // every < quota


def _order(number: int, *, blocked: bool) -> str:
    country = BLOCKED.lower() if blocked else ("de", "at", "ch", "fr", "nl")[number % 5]
    note = "leave at the door " * (1 + number % 2)
    return (
        f'{{"id":"ORD-{number:08d}","customer":"CUST-{number * 7919 % 200_000:06d}",'
        f'"email":" Ana.{number}@Example.com","country":"{country}",'
        f'"amount":{1 + number % 900}.{number % 90 + 10},"quantity":{1 + number % 39},'
        f'"status":"{("open", "paid", "shipped")[number % 3]}",'
        f'"created":"2026-{1 + number % 12:02d}-{1 + number % 28:02d}'
        f'T{number % 24:02d}:{number % 60:02d}:00Z",'
        f'"sku":"SKU-{number % 5_000:05d}","note":"{note}"}}\n'
    )


class Shop:
    """The pages by where they begin in the file, those that hang, and those that were asked for."""

    def __init__(self, path: Path, size: int) -> None:
        self._file = path.open("rb", buffering=1 << 20)
        self.starts, self.total = [0], 0
        while page := list(islice(self._file, size)):
            self.starts.append(self.starts[-1] + sum(map(len, page)))
            self.total += len(page)
        self.hanging: frozenset[int] = frozenset()
        self.asked: list[int] = []
        self.over = threading.Event()
        self._lock = threading.Lock()

    def page(self, number: int) -> bytes:
        """One page as the shop answers it; one that hangs keeps its client waiting."""
        with self._lock:
            self.asked.append(number)
            hangs = number in self.hanging
        if hangs:
            self.over.wait()
        with self._lock:
            lines = self._lines(number)
        data = lines.rstrip(b"\n").replace(b"\n", b",")
        return b'{"data":[%b],"meta":{"total":%d}}' % (data, self.total)

    def asked_since(self) -> list[int]:
        """Pages asked for since the last call, in order."""
        with self._lock:
            asked, self.asked = self.asked, []
        return sorted(asked)

    def _lines(self, number: int) -> bytes:
        if not 0 < number < len(self.starts):
            return b""
        self._file.seek(self.starts[number - 1])
        return self._file.read(self.starts[number] - self.starts[number - 1])


def _handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/asked":
                self._answer(json.dumps(shop.asked_since()).encode())
            else:
                self._answer(shop.page(int(parse_qs(url.query)["page"][0])))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            shop.hanging = frozenset(json.loads(body))
            self._answer(b"{}")

        def _answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """Silence."""

    return Handler


def main() -> None:
    """Serve until the end of standard input."""
    shop = Shop(Path(sys.argv[1]), int(sys.argv[2]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(shop))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
