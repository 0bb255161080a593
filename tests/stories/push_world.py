"""A world with a push Link: the listener on loopback, a sender, and runs when the test says so."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from engine.domain.errors import LinkdeckError
from engine.domain.requests import Stop
from engine.domain.sync_event import SyncEvent
from engine.operations.context import Context
from engine.service import routes_metrics
from engine.service.addresses import Address
from engine.service.listener import Listener
from tests.stories.definitions import COLUMNS, EMAIL, SQLITE, definition
from tests.stories.world import World

JSON, LINES = "application/json", "application/x-ndjson"
RECORDS = "/links/orders/records"


def push_link(**more: Any) -> str:
    """The Link `orders` with a push source; `source` adds to its keys."""
    source = {"adapter": "push", "rate": "1000/s", **more.pop("source", {})}
    said = {"stages": (COLUMNS, EMAIL), "target": SQLITE, **more}
    return definition(source=source, **said)


@dataclass
class Door:
    """What a sender meets, and what the test does behind it."""

    world: World
    listener: Listener
    client: httpx.Client
    token: str

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self.listener.address}"

    def post(self, records: Any, **more: Any) -> httpx.Response:
        """Deliver records as JSON; `key` is the Idempotency-Key, `wait` the parameter."""
        return self.send(json.dumps(records).encode(), **more)

    def send(
        self,
        body: bytes,
        *,
        form: str = JSON,
        key: str | None = None,
        wait: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Deliver a body as it is."""
        said = {"Content-Type": form, **(headers or {})}
        if key is not None:
            said["Idempotency-Key"] = key
        return self.client.post(
            RECORDS, content=body, headers=said, params={"wait": "1"} if wait else None
        )

    def accepted(self, records: Any, **more: Any) -> int:
        """Deliver records that are taken; the Sync Event they are in."""
        answer = self.post(records, **more)
        assert answer.status_code == 202, answer.text
        event: int = answer.json()["event"]
        return event

    def runs(self, event: int) -> SyncEvent:
        """Run what was delivered to a Sync Event, to its end."""
        ended = self.world.engine.resume(str(event), actor="engine@test", stop=Stop())
        self.world.assert_books(ended)
        return ended

    @contextmanager
    def running(self, event: int, stop: Stop | None = None) -> Iterator[threading.Thread]:
        """The same beside the test, which is over once the Sync Event is."""
        problems: list[LinkdeckError] = []

        def run() -> None:
            try:
                self.world.engine.resume(
                    str(event), actor="engine@test", stop=stop or Stop()
                )
            except LinkdeckError as problem:
                problems.append(problem)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield thread
        finally:
            thread.join(30)
        assert not problems, problems
        assert not thread.is_alive()

    def deliveries(self) -> int:
        """How many deliveries the store keeps."""
        store = self.world.engine._context.store
        with store._database.reading() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM delivery").scalar()
        return int(count or 0)


@contextmanager
def a_door(world: World, text: str | None = None, **environ: str) -> Iterator[Door]:
    """The listener open on a free port, for a Link and a token of it."""
    world.link("orders", text or push_link())
    context = world.engine._context
    _, token = world.engine.create_token("orders", name="shop", actor="ana@test")
    said = {"Authorization": f"Bearer {token}"}
    with (
        _listener(context) as listener,
        httpx.Client(
            base_url=f"http://{listener.address}", headers=said, timeout=20
        ) as client,
    ):
        yield Door(world, listener, client, token)


def _listener(context: Context) -> Listener:
    metrics = routes_metrics.routes(context, context.clock)
    return Listener(context, Address.parsed("127.0.0.1:0"), late=lambda: (), more=metrics)
