"""A line between two programs that remembers every byte the first one sends."""

import socket
import threading
from types import TracebackType
from typing import Self


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

    def _begin(self, work: object, *given: socket.socket | bool) -> None:
        thread = threading.Thread(target=work, args=given)  # type: ignore[arg-type]
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
            self._begin(self._pass, client, server, True)
            self._begin(self._pass, server, client, False)

    def _pass(self, source: socket.socket, to: socket.socket, keep: bool) -> None:  # noqa: FBT001
        try:
            while piece := source.recv(1 << 16):
                if keep:
                    self._pieces.append(piece)
                to.sendall(piece)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for each in self._sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        for thread in self._threads:
            thread.join()
