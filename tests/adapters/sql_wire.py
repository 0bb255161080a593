"""A wire between a client and a PostgreSQL server that can be cut at a chosen moment."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Wire:
    """Passes bytes on between clients and a server.

    After `cuts` is set, that many commits reach the server and are answered, and the client gets
    nothing but the end of the connection; with `close_after_cut` nobody is there any more.
    """

    def __init__(self, server: str) -> None:
        self.cuts = 0
        self.close_after_cut = False
        (folder,) = parse_qs(urlsplit(server).query)["host"]
        self._server = str(Path(folder) / ".s.PGSQL.5432")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = server.replace(
            "@/", f"@127.0.0.1:{self._listener.getsockname()[1]}/"
        ).replace(f"host={folder}", "sslmode=disable")
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """No more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            cut = threading.Event()
            threading.Thread(
                target=self._pass_on, args=(client, server, cut), daemon=True
            ).start()
            threading.Thread(
                target=self._pass_back, args=(server, client, cut), daemon=True
            ).start()

    def _pass_on(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with _ended(client, server):
            while data := client.recv(65536):
                if self.cuts and b"COMMIT\0" in data:
                    self.cuts -= 1
                    cut.set()
                    if self.close_after_cut:
                        self.close()
                server.sendall(data)

    def _pass_back(
        self, server: socket.socket, client: socket.socket, cut: threading.Event
    ) -> None:
        with _ended(client, server):
            while data := server.recv(65536):
                if cut.is_set():
                    return
                client.sendall(data)


@contextmanager
def _ended(*ends: socket.socket) -> Iterator[None]:
    with suppress(OSError):
        yield
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
