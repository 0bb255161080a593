"""Deliveries while engines and runs are killed with -9: each acknowledged record once (C9, I18)."""

import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from engine.domain.sync_event import SyncEvent
from tests.faults.observing import until
from tests.service.engines import AnEngine, end_all, of_home
from tests.stories.definitions import both_stores
from tests.stories.push_world import RECORDS, push_link
from tests.stories.world import World, order

TOKEN = "a-token-of-the-environment"
PARTS = {"adapter": "file", "path": "out", "format": "ndjson"}


class Sender(threading.Thread):
    """Delivers order after order, each until it is acknowledged, whatever happens meanwhile."""

    def __init__(self, url: str, first: int, step: int) -> None:
        super().__init__()
        self.acknowledged: list[int] = []
        self.enough = threading.Event()
        self._url, self._next, self._step = url, first, step

    def run(self) -> None:
        said = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=self._url, headers=said, timeout=10) as client:
            while not self.enough.is_set():
                self._deliver(client, [self._next, self._next + self._step])
                self._next += 2 * self._step

    def _deliver(self, client: httpx.Client, numbers: list[int]) -> None:
        body = [order(n, email="") if n % 29 == 0 else order(n) for n in numbers]
        key = {"Idempotency-Key": f"orders-{numbers[0]}"}
        while True:
            try:
                answer = client.post(RECORDS, json=body, headers=key)
            except httpx.TransportError:
                self.enough.wait(0.02)
                continue
            if answer.status_code == 202:
                self.acknowledged += numbers
                return
            assert answer.status_code in (429, 503), answer.text


class Siege:
    """A push Link under load, its engine on one port through all its lives."""

    def __init__(self, world: World, target: object) -> None:
        self.world, self.home = world, world.folder
        world.link("orders", push_link(target=target, batch_size=20))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.killed: Counter[str] = Counter()
        self._done_then = -1
        self.engine = self.start()

    def start(self) -> AnEngine:
        """An engine that listens."""
        flags = ("--listen", f"127.0.0.1:{self._port}")
        environ = {
            "LINKDECK_PUSH_TOKEN": TOKEN,
            "LINKDECK_STORE": self.world.store or "",
        }
        return AnEngine(self.home, *flags, **environ).ready()

    def kill_one(self, chance: random.Random) -> None:
        """With -9: the engine, which is started anew, or one that runs for it.

        One that runs only where some Batch was done since: three deaths without one end a run.
        """
        runs = [each for each in of_home(self.home) if each.pid != self.engine.process.pid]
        if runs and chance.random() < 0.6 and (done := self._done()) > self._done_then:
            chance.choice(runs).kill()
            self._done_then = done
            self.killed["run"] += 1
            return
        self.engine.kill()
        self.engine = self.start()
        self.killed["engine"] += 1

    def events(self) -> list[SyncEvent]:
        """Every Sync Event, once all are over."""
        until(lambda: all(each.status.over for each in self._all()), patience=60)
        return self._all()

    def _done(self) -> int:
        return sum(each.batches.completed + each.batches.failed for each in self._all())

    def _all(self) -> list[SyncEvent]:
        return list(self.world.engine.events(limit=1000).items)


@pytest.fixture
def siege(world: World) -> Iterator[Siege]:
    made = Siege(world, PARTS)
    yield made
    end_all(made.home)
    made.engine.process.wait(30)


@both_stores
def test_each_acknowledged_record_is_accounted_for_once(siege: Siege) -> None:
    _besieged(siege, kills=5, seed=11)


@pytest.mark.storm
@both_stores
@pytest.mark.parametrize("seed", range(5))
def test_the_same_through_many_kills(siege: Siege, seed: int) -> None:
    _besieged(siege, kills=60, seed=seed)


def _besieged(siege: Siege, *, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    senders = [Sender(siege.url, first, 4) for first in range(1, 5)]
    for sender in senders:
        sender.start()
    try:
        for _ in range(kills):
            enough = sum(len(each.acknowledged) for each in senders) + chance.randint(5, 60)
            until(lambda: sum(len(s.acknowledged) for s in senders) >= enough)  # noqa: B023
            siege.kill_one(chance)
    finally:
        for sender in senders:
            sender.enough.set()
        for sender in senders:
            sender.join(60)
    assert siege.killed.total() == kills
    sent = Counter(number for each in senders for number in each.acknowledged)
    assert set(sent.values()) == {1}
    _assert_accounted(siege, frozenset(sent))


def _assert_accounted(siege: Siege, sent: frozenset[int]) -> None:
    """Written or failing, by the target's own files and the store's Snapshots; nobody twice."""
    events = siege.events()
    bad = {number for number in sent if number % 29 == 0}
    for event in events:
        siege.world.assert_books(event)
        assert event.batches.not_attempted == event.records.in_doubt == 0
    assert sum(each.records.fetched for each in events) == len(sent)
    assert sum(each.records.written for each in events) == len(sent - bad)
    assert _written(siege.world.links / "out") == Counter(sent - bad)
    failing = Counter(
        json.loads(each.before or b"{}")["id"]
        for event in events
        for each in siege.world.failing(event)
    )
    assert failing == Counter(bad)


def _written(folder: Path) -> Counter[int]:
    lines = (
        line
        for part in folder.glob("part-*.ndjson")
        for line in part.read_text().splitlines()
    )
    return Counter(json.loads(line)["id"] for line in lines)
