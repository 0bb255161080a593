"""`/metrics`: what Prometheus is told."""

from collections.abc import Callable
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.operations.context import Context
from engine.service.metrics import StoreCollector


def routes(context: Context, now: Callable[[], datetime]) -> list[Route]:
    """The route; the store is read on a thread of its own each time it is asked."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StoreCollector(context, now))

    async def metrics(request: Request) -> Response:
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        body = await run_in_threadpool(encode, registry)
        return Response(body, headers={"content-type": kind})

    return [Route("/metrics", metrics, methods=["GET"], name="metrics")]
