"""How the shop answers: soundly, or as the fault of a page has it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from engine.demo.page_faults import PageFault

LATE_AFTER = 3.0
"""Seconds after which a late page answers; the demo's Links wait one."""

NAP = 0.4
PAUSE = 1

_MAINTENANCE = (
    "<!doctype html><title>Shop</title><h1>We are repainting the shop window</h1>"
)


async def answer_with(fault: PageFault | None, body: bytes, *, first: bool) -> Response:
    """The answer to one request; `first`: this page was not asked for before."""
    if fault is None:
        return sound(body)
    if fault in _LASTING:
        return await _LASTING[fault](body)
    return await _PASSING[fault](body) if first else sound(body)


def sound(body: bytes) -> Response:
    """The document as it is."""
    return Response(body, media_type="application/json")


def refusal(status: int, message: str, **headers: str) -> Response:
    """An answer that says why not."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"error": message}, status_code=status, headers=named)


def document(**fields: Any) -> bytes:
    """A JSON document."""
    return msgspec.json.encode(fields)


async def _late(body: bytes) -> Response:
    await asyncio.sleep(LATE_AFTER)
    return sound(body)


async def _html(_body: bytes) -> Response:
    return HTMLResponse(_MAINTENANCE)


async def _cut_json(body: bytes) -> Response:
    return sound(body[: len(body) // 2])


async def _nap(body: bytes) -> Response:
    await asyncio.sleep(NAP)
    return sound(body)


async def _throttled(_body: bytes) -> Response:
    return refusal(429, "too many requests", Retry_After=str(PAUSE))


async def _unavailable(_body: bytes) -> Response:
    return refusal(503, "out of service")


async def _dropped(body: bytes) -> Response:
    return _Dropped(body, media_type="application/json")


class _Dropped(Response):
    """Half of what the headers promise, and then the connection is gone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send(
            {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        )
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


_Answer = Callable[[bytes], Awaitable[Response]]

_LASTING: dict[PageFault, _Answer] = {
    PageFault.LATE: _late,
    PageFault.HTML: _html,
    PageFault.CUT_JSON: _cut_json,
}
_PASSING: dict[PageFault, _Answer] = {
    PageFault.NAP: _nap,
    PageFault.THROTTLED: _throttled,
    PageFault.UNAVAILABLE: _unavailable,
    PageFault.DROPPED: _dropped,
}
