"""What a crash leaves in doubt stays so until somebody has looked, whoever sends it again (K4)."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.domain.outcome import Status
from engine.domain.requests import Stop
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import Reset, ScriptedServer, Seen
from tests.servers.systems import Shelf
from tests.stories.command_line import ROOT, environment
from tests.stories.definitions import COLUMNS, both_stores, definition, shelf
from tests.stories.world import World, order

ORDERS = [order(n) for n in range(1, 9)]


class Doubling(Shelf):
    """A target that keeps whatever it is sent, and kills its sender after the third write."""

    def __init__(self) -> None:
        super().__init__(remembers=False)
        self.victim: subprocess.Popen[bytes] | None = None

    def __call__(self, seen: Seen) -> Any:
        answer = super().__call__(seen)
        if self.victim is not None and len(self.effects) == 3:
            self.victim.kill()
            self.victim.wait(30)
            return Reset()
        return answer


@contextmanager
def killed(world: World) -> Iterator[Doubling]:
    """A run whose process was killed while its second Batch was on its way."""
    target = Doubling()
    with ScriptedServer(target) as server:
        told = shelf(
            server.url,
            method="POST",
            idempotent=False,
            lookup={"url": f"{server.url}/things/{{id}}"},
        )
        world.orders(ORDERS)
        world.link(
            "orders", definition(target=told, stages=[COLUMNS], batch_size=2, parallel=1)
        )
        world.engine.events()
        target.victim = subprocess.Popen(
            [sys.executable, "-m", "console", "run", "orders"],
            cwd=ROOT,
            env=environment(
                world.folder, {"LINKDECK_STORE": world.store} if world.store else {}
            ),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert target.victim.wait(60) != 0
        target.victim = None
        yield target


def resumed(world: World, stop: Stop) -> SyncEvent:
    return world.engine.resume("1", actor="ana@test", stop=stop)


def doubled(target: Doubling) -> list[str]:
    return [key for key, times in Counter(target.effects).items() if times > 1]


@both_stores
def test_a_batch_that_was_on_its_way_and_then_cancelled_is_looked_up_by_the_retry(
    world: World,
) -> None:
    """K4: its run was resumed, and cancelled before it came to that Batch."""
    with killed(world) as target:
        stop = Stop()
        stop.now("not now")
        first = resumed(world, stop)
        assert first.status is Status.CANCELLED
        assert first.batches.not_attempted > 0

        child = world.retry(first)

    assert doubled(target) == []
    assert sorted(target.held) == sorted(str(each["id"]) for each in ORDERS)
    assert child.status is Status.COMPLETED
    assert world.event(first).status is Status.COMPLETED


@both_stores
def test_a_cancel_of_a_dead_run_leaves_its_doubts(world: World) -> None:
    """K4, for a run that nobody resumed."""
    with killed(world) as target:
        world.engine.cancel("1", reason="start anew", actor="ana@test")
        assert world.event(1).status is Status.CANCELLED

        world.retry(1)

    assert doubled(target) == []
    assert world.event(1).status is Status.COMPLETED
