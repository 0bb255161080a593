"""`/health`: the process lives. `/ready`: it takes work, the store is there, the loop beats."""

from collections.abc import Callable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.domain.errors import LinkdeckError
from engine.operations.context import Context

Late = Callable[[], Sequence[str]]
"""Names of what should be doing its work, and is not; none while all is well."""


def routes(context: Context, *, late: Late, stopping: Callable[[], bool]) -> list[Route]:
    """Both, for whoever watches over the service; no token is needed."""

    async def health(request: Request) -> Response:
        del request
        return JSONResponse({"status": "alive"})

    async def ready(request: Request) -> Response:
        del request
        why = await run_in_threadpool(_why_not, context, late, stopping)
        return JSONResponse({"ready": not why, "why": why}, 503 if why else 200)

    return [Route("/health", health), Route("/ready", ready)]


def _why_not(context: Context, late: Late, stopping: Callable[[], bool]) -> list[str]:
    why = [f"{name} hangs" for name in late()]
    if stopping():
        why.append("it is stopping")
    try:
        context.store.changed()
    except LinkdeckError:
        why.append("the store cannot be reached")
    return why
