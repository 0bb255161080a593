"""The pooled connections of this process, every read and write of which ends by a deadline.

A read timeout alone lets a server that sends a byte now and then hold a worker for hours, so the
sockets themselves know when the request of their thread must be over.
"""

import os
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from engine.adapters.http.guard import addresses_of
from engine.adapters.http.trust import Untold, nobody, trust

_CONNECTIONS = 256

_running = threading.local()


@contextmanager
def deadline(seconds: float) -> Iterator[Callable[[], bool]]:
    """Everything this thread sends and receives inside ends after that long.

    Gives a function that says whether the time is up.
    """
    end = time.monotonic() + seconds
    _running.until = end
    try:
        yield lambda: time.monotonic() >= end
    finally:
        del _running.until


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    until: float | None = getattr(_running, "until", None)
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise late("the time for the whole request is up")
    return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """A connection whose reads and writes heed the deadline of their thread."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        try:
            trusted = trust()
        except Untold:
            self.close()
            raise
        return _Stream(self._stream.start_tls(trusted, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Opens connections that heed deadlines."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        cause: httpcore.ConnectError | None = None
        for address in addresses_of(host, port):
            left = _left(timeout, httpcore.ConnectTimeout)
            try:
                line = super().connect_tcp(
                    address, port, left, local_address, socket_options
                )
            except httpcore.ConnectError as refused:
                cause = refused
            else:
                return _Stream(line)
        raise cause or httpcore.ConnectError(f"{host} has no address")


class _Transport(httpx.HTTPTransport):
    """httpx's transport over our sockets.

    Used without httpx's client, which would keep cookies between Links, follow redirects with
    credentials, and log addresses with what they hold.
    """

    def __init__(self) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=nobody(),
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=5.0,
            network_backend=_Backend(),
        )


class Wire:
    """A holder of this process's pooled connections; the last one to close closes them."""

    _lock = threading.Lock()
    _shared: tuple[int, _Transport] | None = None
    _holders = 0

    def __init__(self) -> None:
        self._transport: _Transport | None = None

    @property
    def transport(self) -> httpx.BaseTransport:
        """The shared transport; safe to use from many threads."""
        if self._transport is None:
            self._transport = self._take()
        return self._transport

    @classmethod
    def _take(cls) -> _Transport:
        with cls._lock:
            # A forked process must not talk over its parent's connections.
            if cls._shared is None or cls._shared[0] != os.getpid():
                cls._shared = (os.getpid(), _Transport())
                cls._holders = 0
            cls._holders += 1
            return cls._shared[1]

    def close(self) -> None:
        """Let go; harmless when nothing is held."""
        mine, self._transport = self._transport, None
        with self._lock:
            if mine is None or Wire._shared is None or Wire._shared[1] is not mine:
                return
            Wire._holders -= 1
            if Wire._holders == 0:
                Wire._shared = None
                mine.close()
