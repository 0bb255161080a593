"""A world whose Link waits for a shop that holds its answers back."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from engine.domain.requests import RunOptions
from engine.domain.sync_event import SyncEvent
from engine.store.events import known
from tests.faults.observing import until
from tests.stories.slow_shop import ORDERS, PAGES, SIZE, SlowShop
from tests.stories.world import World, a_world, assert_identity

ALL = PAGES * SIZE


@dataclass
class SlowWorld:
    """The front door of somebody who asks; engines are processes beside it."""

    world: World
    shop: SlowShop

    @classmethod
    def made(
        cls, folder: Path, shop: SlowShop, *, links: int = 1, store: str | None = None
    ) -> "SlowWorld":
        """So many Links, `orders`, `orders-2`, …, into a warehouse each."""
        world = a_world(folder, store, SHOP_URL=shop.url)
        for name in names(links):
            text = ORDERS.replace("link: orders", f"link: {name}").replace("../", "")
            world.link(name, text.replace("warehouse.db", f"{name}.db"))
        return cls(world, shop)

    def queue(self, link: str = "orders") -> SyncEvent:
        """Ask for a run, and let whoever may take it."""
        from engine.operations.queueing import queue_run

        return queue_run(self.world.engine._context, link, RunOptions(actor="ana@test"))

    def event(self, number: int = 1) -> SyncEvent:
        """As it stands."""
        return self.world.engine.event(str(number))

    def owner(self, number: int = 1) -> int:
        """The process that runs it; 0: none."""
        with self.world.engine._context.store._database.reading() as connection:
            return int(known(connection, number).pid)

    def held(self, number: int = 1) -> int:
        """The process that runs it, once the shop holds an answer back from it."""
        assert self.shop.held.wait(30)
        until(lambda: self.event(number).batches.completed)
        return self.owner(number)

    def heard(self, number: int) -> None:
        """Once its process must have looked at what is asked of it: between any two heartbeats."""
        for _ in range(2):
            until(partial(self._beaten_since, number, self._heartbeat(number)))

    def _beaten_since(self, number: int, before: datetime) -> bool:
        return self._heartbeat(number) != before

    def _heartbeat(self, number: int) -> datetime:
        with self.world.engine._context.store._database.reading() as connection:
            found: datetime = known(connection, number).heartbeat_at
            return found

    def over(self, number: int = 1) -> SyncEvent:
        """It, once it is over; its books are balanced."""
        until(lambda: self.event(number).status.over)
        event = self.event(number)
        assert_identity(event)
        return event

    def assert_whole(self, number: int = 1) -> None:
        """Every Batch completed once, every record written once."""
        event = self.over(number)
        assert event.status == "completed", event
        assert event.batches.completed == event.batches.planned == PAGES
        assert event.records.fetched == event.records.written == ALL


def names(links: int) -> list[str]:
    """What its Links are called."""
    return ["orders", *(f"orders-{n}" for n in range(2, links + 1))]
