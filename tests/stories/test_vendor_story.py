"""The story Linkdeck exists for, at a hundredth of its size: two retries mend a run of 300 batches.

30,000 records; 15 batches time out, 700 records are blocked by a rule. The full size is
`python -m tests.benchmarks.retry`.
"""

import threading
from collections.abc import Iterable
from typing import Any

import pytest

from engine.domain.outcome import Ending, Status
from engine.domain.retry_plan import Choice
from engine.domain.sync_event import SyncEvent
from tests.servers.scripted import Answer, Hang, ScriptedServer, Seen
from tests.servers.systems import Pages
from tests.stories.definitions import COLUMNS, EMAIL, definition
from tests.stories.world import World, order

SIZE, BATCHES, TIMED_OUT, AGAIN = 100, 300, 15, 4
RECORDS, BLOCKED = SIZE * BATCHES, 700
SLICES = BLOCKED // SIZE

SPREAD = tuple(range(20, 301, 20))
SIDE_BY_SIDE = tuple(range(101, 101 + TIMED_OUT))


class Shop:
    """Pages of a hundred orders, some of which hang, and what was asked for."""

    def __init__(self, hanging: Iterable[int]) -> None:
        spared = [n for n in range(1, RECORDS + 1) if (n - 1) // SIZE + 1 not in hanging]
        blank = set(spared[:: len(spared) // BLOCKED][:BLOCKED])
        orders = [
            order(n, email="" if n in blank else f"o{n}@x.de")
            for n in range(1, RECORDS + 1)
        ]
        self._pages = Pages(orders)
        self.hanging = frozenset(hanging)
        self._asked: list[int] = []
        self._lock = threading.Lock()

    def __call__(self, seen: Seen) -> Answer:
        page = int(seen.query["page"])
        with self._lock:
            self._asked.append(page)
        return Hang() if page in self.hanging else self._pages(seen)

    def asked(self) -> list[int]:
        """Every page asked for since this was asked."""
        with self._lock:
            asked, self._asked = self._asked, []
        return sorted(asked)


def define(world: World, url: str, *, stages: Any) -> None:
    """One try a page, and not long."""
    source = {
        "adapter": "http",
        "url": f"{url}/orders",
        "records": "data",
        "timeout": {"read": "1500ms"},
        "breaker": {"pause": "100ms"},
        "paginate": {"style": "page", "size": SIZE, "total": "meta.total"},
    }
    text = definition(
        source=source,
        stages=stages,
        batch_size=SIZE,
        parallel=TIMED_OUT,
        retry={"max_attempts": 1},
    )
    world.link("orders", text)


def counts(event: SyncEvent) -> tuple[int, ...]:
    """Batches planned, completed, failed; records fetched, from Snapshots, written, failed."""
    batches, records = event.batches, event.records
    return (
        *(batches.planned, batches.completed, batches.failed),
        *(records.fetched, records.from_snapshots, records.written, records.failed),
    )


@pytest.mark.parametrize("hanging", [SPREAD, SIDE_BY_SIDE], ids=["spread", "side by side"])
def test_fifteen_time_outs_and_seven_hundred_blocked_records_are_mended_by_two_retries(
    world: World, hanging: tuple[int, ...]
) -> None:
    """C1-C4, T2, P1, P2: every number exact; time-outs next to one another never stop a run."""
    shop = Shop(hanging)
    with ScriptedServer(shop) as server:
        define(world, server.url, stages=[COLUMNS, EMAIL])
        first = world.run()
        assert first.ending is Ending.DONE
        received = RECORDS - TIMED_OUT * SIZE
        assert counts(first) == (
            *(BATCHES, BATCHES - TIMED_OUT, TIMED_OUT),
            *(received, 0, received - BLOCKED, BLOCKED),
        )
        define(world, server.url, stages=[COLUMNS])
        shop.hanging = frozenset(hanging[:AGAIN])
        plan = world.plan(first, definition=Choice.CURRENT)
        assert (plan.batches, plan.records) == (TIMED_OUT, BLOCKED)
        assert plan.runs_as == TIMED_OUT + SLICES
        shop.asked()

        second = world.retry(first, plan=plan.hash)

        assert shop.asked() == sorted(hanging)
        fetched = (TIMED_OUT - AGAIN) * SIZE
        assert counts(second) == (
            *(TIMED_OUT + SLICES, TIMED_OUT + SLICES - AGAIN, AGAIN),
            *(fetched, BLOCKED, fetched + BLOCKED, 0),
        )
        assert world.event(first).status is Status.FAILED
        shop.hanging = frozenset()

        third = world.retry(second)

        assert shop.asked() == sorted(hanging[:AGAIN])
    assert counts(third) == (AGAIN, AGAIN, 0, AGAIN * SIZE, 0, AGAIN * SIZE, 0)
    for event in (first, second):
        now = world.event(event)
        assert (now.status, now.recovered_by) == (Status.COMPLETED, third.id)
        assert (now.open.batches, now.open.records) == (0, 0)
    chain = world.engine.chain(str(first.id))
    assert (chain.batches, chain.records) == ((TIMED_OUT, AGAIN, 0), (BLOCKED, 0, 0))
    assert (chain.balance.fetched, chain.balance.written) == (RECORDS, RECORDS)
    assert len(world.rows()) == RECORDS
