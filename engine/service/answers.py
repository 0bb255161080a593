"""What the listener answers: JSON, one sentence where something is wrong."""

import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

UNAVAILABLE = "the store cannot be reached now; nothing was stored, try again"

log = logging.getLogger("linkdeck.listener")

CLOSES = {"Connection": "close"}
"""The rest of a body that nobody will read must not be taken for the next request."""


class Turned(HTTPException):
    """A request that is not served: the status, the sentence, and what else the answer says."""

    def __init__(
        self,
        status: int,
        sentence: str,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, sentence, dict(headers or {}))
        self.more = more


_USUAL = {
    404: "there is nothing at this address; /openapi.json says what there is",
    405: "this address takes no such request; /openapi.json says what it takes",
}


async def unavailable(request: Request, problem: Exception) -> Response:
    """The answer where the store, or what stands in it, could not be had."""
    # What is wrong with it is no business of who asks.
    log.error("%s could not be served: %s", request.url.path, problem)
    again = Turned(503, UNAVAILABLE, {"Retry-After": "5"})
    return await turned(request, again)


async def turned(request: Request, problem: Exception) -> Response:
    """The answer to what was not served."""
    del request
    status, headers = 500, dict[str, str]()
    more: Mapping[str, Any] = {}
    sentence = (
        "something went wrong here that nobody foresaw; the log of the engine says what"
    )
    if isinstance(problem, HTTPException):
        status, headers = problem.status_code, dict(problem.headers or {})
        sentence = _USUAL.get(status, problem.detail)
    if isinstance(problem, Turned):
        sentence, more = problem.detail, problem.more
    body = {"error": sentence, **more}
    return JSONResponse(body, status, headers=headers)
