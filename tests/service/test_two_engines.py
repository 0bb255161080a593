"""Engines that share one PostgreSQL store: each run in one place, taken over after the lease."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.store.store import Store
from tests.databases import Postgres
from tests.faults.observing import until
from tests.service.conftest import StartEngine
from tests.service.engines import of_home
from tests.service.slow_world import SlowWorld, names
from tests.stories.slow_shop import SlowShop

LEASE = "3"
LINKS = 4


@pytest.fixture
def shop() -> Iterator[SlowShop]:
    with SlowShop().open() as shop:
        yield shop


@pytest.fixture
def shared(
    tmp_path: Path, shop: SlowShop, postgres: Postgres
) -> Iterator[tuple[SlowWorld, str]]:
    store = postgres.database(f"two_{abs(hash(tmp_path))}")
    home = tmp_path / "one"
    home.mkdir()
    slow = SlowWorld.made(home, shop, links=LINKS, store=store)
    yield slow, store
    slow.world.engine.close()


def test_what_a_dead_host_ran_goes_on_elsewhere_after_the_lease(
    shared: tuple[SlowWorld, str], tmp_path: Path, start: StartEngine
) -> None:
    """I19, RELIABILITY c 27; two hosts, for all that they can tell."""
    slow, store = shared
    far = tmp_path / "far"
    far.mkdir(mode=0o700)
    common = {"SHOP_URL": slow.shop.url, "LINKDECK_STORE": store, "LINKDECK_LEASE": LEASE}
    for name in names(LINKS):
        slow.queue(name)
    gone = start("--parallel", "2", home=far, LINKDECK_HOST="far", **common)
    until(lambda: slow.event(1).batches.completed and slow.event(2).batches.completed)
    start(home=slow.world.folder, LINKDECK_HOST="near", **common)
    until(lambda: slow.event(3).batches.completed and slow.event(4).batches.completed)

    gone.kill()
    for process in of_home(far):
        os.kill(process.pid, signal.SIGKILL)
    slow.shop.go.set()

    for number in range(1, LINKS + 1):
        slow.assert_whole(number)
    interrupted = [slow.event(number).interrupted for number in range(1, LINKS + 1)]
    assert interrupted == [True, True, False, False]
    resumes = {
        (row.subject, row.actor)
        for row in slow.world.engine.audit_rows().items
        if row.action == "resume"
    }
    assert resumes == {("#1", "engine@near"), ("#2", "engine@near")}


def test_two_engines_take_every_sync_event_once(
    shared: tuple[SlowWorld, str], tmp_path: Path, start: StartEngine
) -> None:
    slow, store = shared
    slow.shop.go.set()
    far = tmp_path / "far"
    far.mkdir(mode=0o700)
    common = {"SHOP_URL": slow.shop.url, "LINKDECK_STORE": store}
    engines = [
        start(home=far, LINKDECK_HOST="far", **common),
        start(home=slow.world.folder, LINKDECK_HOST="near", **common),
    ]
    for engine in engines:
        engine.ready()

    for name in names(LINKS):
        slow.queue(name)

    for number in range(1, LINKS + 1):
        slow.assert_whole(number)
    said = "".join(engine.said.read_text() for engine in engines)
    assert said.count("started as pid") == LINKS + len(engines)
    assert "goes on in another" not in said


def test_whoever_shares_a_store_sends_under_the_same_keys(
    tmp_path: Path, postgres: Postgres
) -> None:
    """K1: a run taken up on another host repeats what was sent under the key it had."""
    url = postgres.database(f"keys_{abs(hash(tmp_path))}")
    stores = [Store.open(url, home=tmp_path / name) for name in ("near", "far")]

    secrets = [store.secret() for store in stores]

    assert secrets[0] == secrets[1] == (tmp_path / "near" / "secret").read_bytes()
    assert len(secrets[0]) == 32
    for store in stores:
        store.close()
