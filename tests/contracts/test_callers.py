"""The contract of a Caller, over a real server on loopback."""

import socket
from collections.abc import Iterator

import pytest

from engine.adapters.http.calling import HttpCaller, HttpCallOptions
from engine.domain.call import CallContext
from engine.domain.retry import RetryPolicy
from engine.testing import CallerCase, CallerContract
from tests.servers.scripted import Answer, Json, ScriptedServer, Seen, Status

TIERS = {"1": "gold", "2": "silver", "3": None}


def tiers(seen: Seen) -> Answer:
    """`/tiers/N` → `{"tier": …}`."""
    number = seen.path.rpartition("/")[2]
    return Json({"tier": TIERS[number]}) if number in TIERS else Status(404)


def caller(url: str, parallel: int) -> HttpCaller:
    context = CallContext(
        link="orders",
        stage="tier",
        parallel=parallel,
        folder=".",
        system="tiers",
        retry=RetryPolicy(max_attempts=1),
    )
    return HttpCaller(HttpCallOptions(url=f"{url}/tiers/{{id}}", records="tier"), context)


def nobody() -> str:
    """An address on loopback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


class TestHttpCaller(CallerContract):
    """One request after the other, and several at a time."""

    @pytest.fixture(params=[1, 4], ids=["one by one", "together"])
    def case(self, request: pytest.FixtureRequest) -> Iterator[CallerCase]:
        parallel = request.param
        with ScriptedServer(tiers) as server:
            yield CallerCase(
                make=lambda: caller(server.url, parallel),
                known=[({"id": int(key)}, tier) for key, tier in TIERS.items()],
                unknown={"id": 9},
                down=lambda: caller(nobody(), parallel),
            )
