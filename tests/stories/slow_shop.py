"""A shop on loopback that holds its answers back from the third page on, until it is let go."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGES, SIZE = 10, 2

ORDERS = f"""\
link: orders
key: order_id
batch_size: {SIZE}
parallel: 2
workers: threads
source:
  adapter: http
  url: ${{SHOP_URL}}/orders
  records: data
  paginate: {{style: page, size: {SIZE}, total: total}}
stages:
  - map:
      order_id: {{from: id, cast: int}}
target:
  adapter: sql
  url: sqlite:///../warehouse.db
  table: orders
  create: true
"""


class SlowShop:
    """`held` is set once an answer is held back; `go` lets all of them through."""

    def __init__(self) -> None:
        self.held, self.go = threading.Event(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = int(parse_qs(urlsplit(self.path).query)["page"][0])
                if page >= 3 and not shop.go.is_set():
                    shop.held.set()
                    shop.go.wait(30)
                first = (page - 1) * SIZE
                rows = [{"id": first + 1}, {"id": first + 2}]
                body = json.dumps({"total": PAGES * SIZE, "data": rows}).encode()
                # Who asked may have been killed since.
                with suppress(ConnectionError):
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                """Silence."""

        return Handler

    @contextmanager
    def open(self) -> Iterator["SlowShop"]:
        """Answer meanwhile."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.go.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
