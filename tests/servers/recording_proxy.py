"""A line between two programs that remembers every byte the first one sends."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Keep = Callable[[bytes], None]


def _forget(piece: bytes) -> None:
    """What the other side says is not looked at."""


class RecordingProxy:
    """Listens on `port`, passes everything on to another; `sent` is what came from clients."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self._pieces: list[bytes] = []
        self.port: int = self._listener.getsockname()[1]
        self._begin(self._accept)

    @property
    def sent(self) -> bytes:
        """Everything that clients sent so far."""
        return b"".join(self._pieces)

    def _begin(self, work: Callable[..., None], *given: socket.socket | Keep) -> None:
        thread = threading.Thread(target=work, args=given)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            self._sockets += [client, server]
            self._begin(self._pass, client, server, self._pieces.append)
            self._begin(self._pass, server, client, _forget)

    def _pass(self, source: socket.socket, to: socket.socket, keep: Keep) -> None:
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                keep(piece)
                to.sendall(piece)
            to.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()
