"""The service's ear: Starlette's application under uvicorn, on a thread of its own."""

import logging
import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route

from engine.domain.errors import LinkdeckError, Refused
from engine.operations.context import Context
from engine.operations.push import Intake
from engine.service import openapi, routes_health, routes_push
from engine.service.addresses import Address
from engine.service.answers import turned, unavailable
from engine.service.connections import TimedProtocol
from engine.service.routes_health import Late

CONNECTIONS = 200
"""Connections at once; more are answered 503."""

HEADERS = 16 << 10
"""Bytes that the head of a request may have."""

GRACE = 10
"""Seconds that requests which are being served may take when the service ends."""

_START = 20.0

log = logging.getLogger("linkdeck.listener")


class Listener:
    """Listens from `open` to `close`; `more` are the routes of other themes."""

    def __init__(
        self, context: Context, address: Address, *, late: Late, more: Sequence[Route] = ()
    ) -> None:
        self._intake = Intake(context)
        self._address = address
        self._stopping = threading.Event()
        self._socket: socket.socket | None = None
        self._server = uvicorn.Server(_config(self._app(context, late, more)))
        self._thread = threading.Thread(target=self._serve, name="listener", daemon=True)

    def __enter__(self) -> "Listener":
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Bind and begin to serve; Refused where the address cannot be had."""
        self._socket = self._address.bound()
        self._thread.start()
        log.info("listening on %s", self.address)

    @property
    def address(self) -> Address:
        """Where it listens, with the port it was given."""
        if self._socket is None or self._address.path is not None:
            return self._address
        return Address(*self._socket.getsockname()[:2])

    @property
    def busy(self) -> bool:
        """Whether anybody is connected."""
        return bool(self._server.server_state.connections)

    def stop(self) -> None:
        """Say `not ready` from now on; what comes is still taken."""
        self._stopping.set()

    def close(self) -> None:
        """Take nothing new, answer what was asked, store what was taken."""
        self.stop()
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(GRACE + _START)
        self._intake.close()
        if self._socket is not None:
            self._socket.close()
        if self._address.path is not None:
            with suppress(FileNotFoundError):
                self._address.path.unlink()

    def _serve(self) -> None:
        if self._socket is None:
            raise Refused("the listener was not opened")
        self._server.run(sockets=[self._socket])

    def _app(self, context: Context, late: Late, more: Sequence[Route]) -> Starlette:
        routes: list[BaseRoute] = [
            *routes_health.routes(context, late=late, stopping=self._stopping.is_set),
            *routes_push.routes(context, self._intake, stopping=self._stopping.is_set),
            *more,
        ]
        return Starlette(
            routes=[*routes, openapi.route()],
            exception_handlers={
                HTTPException: turned,
                LinkdeckError: unavailable,
                Exception: turned,
            },
        )


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=TimedProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=HEADERS,
        timeout_graceful_shutdown=GRACE,
    )
