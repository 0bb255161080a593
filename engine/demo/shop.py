"""The demo's shop, a process of its own: `python -P -m engine.demo.shop --seed 7 --port 8765`.

GET /orders and /customers (`page`, `per_page`, `updated_after`), with a bearer token; GET /health.
POST /admin/heal?what=pages|records|all ends the planted faults; GET /admin/requests says how
often each page was asked for. A page's fault follows from its number and from how often it was
asked for, never from time or from what else is asked.

With `--until TIME` it is a shop of three weeks that end then. POST /admin/now?at=TIME tells it
what time it is, POST /admin/spoil?page=N lets that page of orders answer with a web page.
"""

import argparse
import asyncio
import os
import socket
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine.demo.answers import answer_with, document, refusal
from engine.demo.lifeline import die_with_parent
from engine.demo.listings import Listing, listings
from engine.demo.page_faults import PageFault
from engine.demo.world import World

MOST_PER_PAGE = 1000
TOKEN = "open-sesame"


class Shop:
    """What the shop remembers: how often each page was asked for, and what was healed."""

    def __init__(self, world: World, token: str) -> None:
        self.world, self.token = world, token
        self.asked: Counter[tuple[str, int]] = Counter()
        self.pages_healed = False
        self.records_healed: datetime | None = None
        self.at: datetime | None = None
        self.spoilt: set[int] = set()
        self._listings = listings(world)

    def app(self) -> Starlette:
        """The shop as an ASGI application."""
        return Starlette(
            routes=[
                Route("/health", _healthy),
                Route("/admin/heal", self.heal, methods=["POST"]),
                Route("/admin/requests", self.requests),
                Route("/admin/now", self.set_clock, methods=["POST"]),
                Route("/admin/spoil", self.spoil, methods=["POST"]),
                Route("/{listing}", self.page),
            ]
        )

    async def page(self, request: Request) -> Response:
        """One page of a list, sound or not."""
        listing = self._listings.get(request.path_params["listing"])
        if listing is None:
            return refusal(404, "the shop has orders, customers and stock")
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return refusal(401, "unknown token", WWW_Authenticate="Bearer")
        try:
            number, size = _number(request, "page", 1), _number(request, "per_page", 100)
            since = _moment(request.query_params.get("updated_after"))
        except ValueError as wrong:
            return refusal(400, str(wrong))
        body, fault = self._made(listing, number, min(size, MOST_PER_PAGE), since)
        self.asked[listing.name, number] += 1
        first = self.asked[listing.name, number] == 1
        await asyncio.sleep(listing.takes)
        return await answer_with(fault, body, first=first)

    def _made(
        self, listing: Listing, number: int, size: int, since: datetime | None
    ) -> tuple[bytes, PageFault | None]:
        healed = self.records_healed
        now = self.at or datetime.now(UTC)
        indexes = listing.changed(since, now, healed) if since else listing.known(now)
        on_page = indexes[(number - 1) * size : number * size]
        data = [listing.record(index, healed) for index in on_page]
        total = {"total": len(indexes)} if listing.total else {}
        return document(data=data, page=number, **total), self._fault(listing, number, data)

    def _fault(
        self, listing: Listing, number: int, data: Sequence[object]
    ) -> PageFault | None:
        if self.pages_healed or not data:
            return None
        if listing.name == "orders" and number in self.spoilt:
            return PageFault.HTML
        return listing.faults.get(number)

    async def heal(self, request: Request) -> Response:
        """End the planted faults of pages, of records, or of both."""
        what = request.query_params.get("what", "all")
        if what not in {"pages", "records", "all"}:
            return refusal(400, "what is pages, records or all")
        if what != "records":
            self.pages_healed = self.world.until is None
            self.spoilt.clear()
        if what != "pages":
            self.records_healed = datetime.now(UTC).replace(microsecond=0)
        return JSONResponse({"healed": what})

    async def set_clock(self, request: Request) -> Response:
        """What came to be later than that is not there yet."""
        try:
            self.at = _moment(request.query_params.get("at"))
        except ValueError as wrong:
            return refusal(400, str(wrong))
        return JSONResponse({"now": None if self.at is None else self.at.isoformat()})

    async def spoil(self, request: Request) -> Response:
        """Let a page of orders answer badly until it is healed."""
        try:
            self.spoilt.add(_number(request, "page", 1))
        except ValueError as wrong:
            return refusal(400, str(wrong))
        return JSONResponse({"spoilt": sorted(self.spoilt)})

    async def requests(self, _request: Request) -> Response:
        """How often each page was asked for, as `orders/7`."""
        return JSONResponse({f"{name}/{page}": n for (name, page), n in self.asked.items()})


async def _healthy(_request: Request) -> Response:
    return JSONResponse({"ok": True})


def _number(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, str(otherwise))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 10**9:
        raise ValueError(f"{name} is a number from 1")
    return int(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("give a time in ISO 8601") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def serve(shop: Shop, listening: socket.socket) -> None:
    """Answer on a socket that already listens, until the process is ended."""
    config = uvicorn.Config(
        shop.app(), lifespan="off", access_log=False, log_config=None, log_level="critical"
    )
    uvicorn.Server(config).run(sockets=[listening])


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the shop on a port of loopback, or on a socket handed down by number."""
    parser = argparse.ArgumentParser(prog="python -P -m engine.demo.shop")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--until", type=datetime.fromisoformat, help="when the weeks end")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--socket", type=int, help="a listening socket, inherited")
    parser.add_argument("--parent", type=int, help="end when this process does")
    asked = parser.parse_args(arguments)
    if asked.parent is not None:
        die_with_parent(asked.parent)
    shop = Shop(
        World(asked.seed, asked.records, asked.until), os.environ.get("SHOP_TOKEN", TOKEN)
    )
    serve(shop, _listening(asked.socket, asked.port))
    return 0


def _listening(inherited: int | None, port: int) -> socket.socket:
    if inherited is not None:
        return socket.socket(fileno=inherited)
    listening = socket.create_server(("127.0.0.1", port))
    address = "http://{}:{}".format(*listening.getsockname())
    print(f"the shop is at {address}, its token is SHOP_TOKEN or {TOKEN}", flush=True)  # noqa: T201
    return listening


if __name__ == "__main__":
    raise SystemExit(main())
