"""The contracts over HTTP, against a real server on loopback."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.adapters.http.options import (
    CursorPages,
    HttpSourceOptions,
    HttpTargetOptions,
    LinkedPages,
    LookupOptions,
    NoPages,
    NumberedPages,
    OffsetPages,
    Paginate,
)
from engine.adapters.http.source import HttpSource
from engine.adapters.http.target import HttpTarget
from engine.domain.adapter import Column
from engine.domain.delta import Window
from engine.domain.retry import RetryPolicy
from engine.testing import (
    SourceCase,
    SourceContract,
    TargetCase,
    TargetContract,
    WindowCase,
)
from tests.contracts.orders import order, orders, source_context, target_context
from tests.servers.scripted import ScriptedServer, Status
from tests.servers.systems import Pages, Shelf

ONCE = RetryPolicy(max_attempts=1)
STYLES: dict[str, tuple[Paginate, bool]] = {
    "everything": (NoPages(), True),
    "pages with a total": (NumberedPages(style="page", size=7, total="meta.total"), True),
    "pages without": (NumberedPages(style="page", size=7), False),
    "offsets with a total": (OffsetPages(style="offset", size=7, total="meta.total"), True),
    "offsets without": (OffsetPages(style="offset", size=7), False),
    "cursors": (
        CursorPages(style="cursor", next="next", size_param="limit", size=7),
        False,
    ),
    "links": (LinkedPages(style="link_header", size_param="limit", size=7), False),
}
FILTERED = ("everything", "offsets with a total", "cursors")


def nobody() -> str:
    """An address on loopback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/orders"


class TestHttpSource(SourceContract):
    """Every style of paging, with a change filter and without."""

    @pytest.fixture(params=[*STYLES, *(f"{style}, changes" for style in FILTERED)])
    def case(self, request: pytest.FixtureRequest) -> Iterator[SourceCase]:
        style, _, changes = str(request.param).partition(", ")
        changed_since = "since" if changes else None
        paginate, total = STYLES[style]
        records: list[dict[str, Any]] = [
            {**each, "updated": 1000 + each["id"]} for each in orders()
        ]
        with ScriptedServer(Pages(records, total=total)) as server:
            options = HttpSourceOptions(
                url=server.url + "/orders",
                records="data",
                paginate=paginate,
                changed_since=changed_since,
            )
            elsewhere = replace(options, url=nobody())
            yield SourceCase(
                make=lambda context: HttpSource(options, context),
                context=replace(source_context("."), retry=ONCE),
                records=records,
                windows=(WindowCase(Window(since=1011), records[10:]),)
                if changed_since
                else (),
                unplannable=lambda context: HttpSource(elsewhere, context),
            )


TARGETS: dict[str, dict[str, Any]] = {
    "put": {"method": "PUT"},
    "put, asked": {"method": "PUT", "lookup": True},
    "put, asked for many": {"method": "PUT", "lookup": 3},
    "post": {"method": "POST"},
    "post, asked": {"method": "POST", "lookup": True},
    "post, harmless": {"method": "POST", "idempotent": True},
}


def _asked(url: str, how: bool | int) -> LookupOptions | None:  # noqa: FBT001 - a table's cell
    if not how:
        return None
    if how is True:
        return LookupOptions(url=f"{url}/things/{{id}}")
    return LookupOptions(url=f"{url}/things?ids={{id}}", size=how, records="data")


class TestHttpTarget(TargetContract):
    """Where a write twice is harmless and where it is not, asked and never asked."""

    @pytest.fixture(params=["tuples", "dicts"])
    def shape(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture(params=list(TARGETS))
    def case(self, request: pytest.FixtureRequest, shape: str) -> Iterator[TargetCase]:
        how: dict[str, Any] = dict(TARGETS[request.param])
        columns = tuple(map(Column, order(1))) if shape == "tuples" else None
        shelf = Shelf(faults={"9": [Status(422, "closed")] * 3})
        with ScriptedServer(shelf) as server:
            place = f"{server.url}/things/{{id}}"
            lookup = _asked(server.url, how.pop("lookup", False))
            options = HttpTargetOptions(
                url=place if how["method"] == "PUT" else f"{server.url}/things/",
                lookup=lookup,
                **how,
            )
            yield TargetCase(
                make=lambda context: HttpTarget(options, context),
                context=replace(target_context(".", columns=columns), retry=ONCE),
                held=lambda: list(shelf.held.values()),
                rows=[order(number) for number in range(1, 7)],
                refused=order(9),
            )
