"""A real HTTP server on loopback that does what a test tells it to, and remembers every request.

    with ScriptedServer(in_turn(Status(503), Json([{"id": 1}]))) as server:
        ...                        # ask server.url
    server.seen                    # every request: method, path, query, headers, body, at
    server.gaps()                  # seconds between one request's arrival and the next
    server.connections             # the addresses of clients that ever connected

The script is any function from a `Seen` request to an answer; `in_turn(a, b)` gives a, then b for
ever; `by_path({"/orders": script})` splits by path; `tests.servers.systems` has scripts that
behave like a source with pages (`Pages`) and like a target that keeps records (`Shelf`).

Answers: `Json(value)`, `Status(503, retry_after="2")`, `Body(b"<html>", kind="text/html")` are
sound ones. Around any of those: `Dripped(answer, every=0.02)` sends it byte by byte (`head=True`:
its headers too), `Cut(answer, keep=10)` stops after so many bytes of the body and closes,
`Unframed(answer)` says no length and ends by closing, `Misstated(answer, length=3)` lies about the
length, `Packed(answer)` is gzip, `Chunks(b"...")` are raw chunks. `Bomb(size)` is a small gzip
that unpacks to `size` bytes, `Redirect(to)` redirects, `Reset()` resets the connection without a
word (`after=n`: in the middle of `answer`), `Hang()` never answers until the server closes,
`Garbage(b"...")` is no HTTP at all.
Each answer is one connection's business: others are served meanwhile, by threads.
"""

import gzip
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, Protocol, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case, `at` on the monotonic clock."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    at: float
    target: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Line(Protocol):
    """One connection, as an answer uses it."""

    def send(self, data: bytes) -> None: ...

    def close(self) -> None:
        """End the connection after this answer."""
        ...

    def reset(self) -> None:
        """End the connection at once, with RST."""
        ...

    def pause(self, seconds: float | None) -> None:
        """Wait that long, or for ever, but not longer than the server runs."""
        ...


class Answer(Protocol):
    """Anything that can be served."""

    def serve(self, line: Line) -> None: ...


Script = Callable[[Seen], Answer]


@dataclass(frozen=True)
class Body:
    """A sound answer with these bytes."""

    content: bytes = b""
    status: int = 200
    kind: str | None = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self, **instead: str | None) -> bytes:
        """The status line and headers; `instead` replaces headers, None leaves one out."""
        lines: dict[str, str | None] = {
            "Content-Type": self.kind,
            "Content-Length": str(len(self.content)),
            **self.headers,
        }
        lines |= {name.replace("_", "-"): value for name, value in instead.items()}
        head = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        head += [f"{name}: {value}" for name, value in lines.items() if value is not None]
        return "\r\n".join([*head, "", ""]).encode("latin-1")

    def serve(self, line: Line) -> None:
        line.send(self.head() + self.content)


def Json(value: Any, status: int = 200, **headers: str) -> Body:  # noqa: N802 - reads as an answer
    """A sound answer with this value as JSON."""
    return Body(json.dumps(value).encode(), status, headers=_named(headers))


def Status(status: int, words: str | None = None, **headers: str) -> Body:  # noqa: N802
    """A refusal, with the server's words as `{"message": …}` where there are some."""
    content = b"" if words is None else json.dumps({"message": words}).encode()
    return Body(content, status, headers=_named(headers))


def Redirect(to: str, status: int = 302) -> Body:  # noqa: N802
    """An answer from elsewhere, please."""
    return Body(b"", status, headers={"Location": to})


def Packed(answer: Body) -> Body:  # noqa: N802
    """The answer as gzip."""
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return Body(gzip.compress(answer.content), answer.status, answer.kind, headers)


def Bomb(size: int) -> Body:  # noqa: N802
    """A small gzip that unpacks to `size` blanks."""
    return Packed(Body(b" " * size))


@dataclass(frozen=True)
class Dripped:
    """A sound answer, a byte at a time; its headers at once unless `head`."""

    answer: Body
    every: float = 0.02
    head: bool = False

    def serve(self, line: Line) -> None:
        head = self.answer.head()
        if not self.head:
            line.send(head)
            head = b""
        for byte in head + self.answer.content:
            line.send(bytes([byte]))
            line.pause(self.every)


@dataclass(frozen=True)
class Cut:
    """An answer whose connection closes after `keep` bytes of the body it announced."""

    answer: Body
    keep: int

    def serve(self, line: Line) -> None:
        line.send(self.answer.head() + self.answer.content[: self.keep])
        line.close()


@dataclass(frozen=True)
class Unframed:
    """An answer of unknown length, which ends where its connection does."""

    answer: Body

    def serve(self, line: Line) -> None:
        line.send(self.answer.head(Content_Length=None, Connection="close"))
        line.send(self.answer.content)
        line.close()


@dataclass(frozen=True)
class Chunks:
    """Bytes as the chunks of an answer, sound or not; then the connection closes."""

    content: bytes

    def serve(self, line: Line) -> None:
        head = Body().head(Content_Length=None, Transfer_Encoding="chunked")
        line.send(head + self.content)
        line.close()


@dataclass(frozen=True)
class Misstated:
    """An answer that announces another length than it has, and then closes."""

    answer: Body
    length: int

    def serve(self, line: Line) -> None:
        line.send(self.answer.head(Content_Length=str(self.length)) + self.answer.content)
        line.close()


@dataclass(frozen=True)
class Reset:
    """A connection reset: without an answer, or after `after` bytes of one."""

    answer: Body = Body()
    after: int = 0

    def serve(self, line: Line) -> None:
        if self.after:
            line.send((self.answer.head() + self.answer.content)[: self.after])
        line.reset()


@dataclass(frozen=True)
class Hang:
    """No answer at all."""

    def serve(self, line: Line) -> None:
        line.pause(None)
        line.close()


@dataclass(frozen=True)
class Garbage:
    """Bytes that are no HTTP."""

    content: bytes = b"220 mail.example ESMTP\r\n"

    def serve(self, line: Line) -> None:
        line.send(self.content)
        line.close()


def in_turn(*answers: Answer) -> Script:
    """Each answer once, in order; the last one for ever."""
    left, lock = list(answers), threading.Lock()

    def script(seen: Seen) -> Answer:
        del seen
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return script


def by_path(scripts: Mapping[str, Script]) -> Script:
    """A script for each path; 404 elsewhere."""

    def script(seen: Seen) -> Answer:
        found = scripts.get(seen.path)
        return Status(404, "no such place") if found is None else found(seen)

    return script


class ScriptedServer:
    """The server itself: a context manager that runs while its block does."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.seen: list[Seen] = []
        self.connections: list[Any] = []
        self.closing = threading.Event()
        self._server = _Server(self)
        port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()

    def gaps(self) -> list[float]:
        """Seconds between each request's arrival and the next one's."""
        times = [request.at for request in self.seen]
        return [after - before for before, after in pairwise(times)]


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, owner: ScriptedServer) -> None:
        self.owner = owner
        self.lines: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def hang_up(self) -> None:
        """End the connections that clients keep, so that their threads end."""
        for line in list(self.lines):
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    """One connection; speaks raw bytes, since sound HTTP is only one of the things it sends."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.lines.add(self.connection)
        self.server.owner.connections.append(self.client_address)

    def finish(self) -> None:
        self.server.lines.discard(self.connection)
        super().finish()

    def _answer(self) -> None:
        at = time.monotonic()
        length = int(self.headers.get("Content-Length") or 0)
        parts = urlsplit(self.path)
        seen = Seen(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
            at,
            self.path,
        )
        owner = self.server.owner
        owner.seen.append(seen)
        owner.script(seen).serve(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer  # noqa: N815

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def close(self) -> None:
        self.close_connection = True

    def reset(self) -> None:
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.server.lines.discard(self.connection)
        os.close(self.connection.detach())

    def pause(self, seconds: float | None) -> None:
        self.server.owner.closing.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base names it
        """Tests look at `seen`."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unheard Of"


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-").title(): value for name, value in headers.items()}
