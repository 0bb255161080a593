"""What the shop holds, listed page by page: sound or flawed, whole or since a moment."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from engine.demo.flaws import MENDED, Flaw, article_flaw, customer_flaw, order_flaw
from engine.demo.goods import article, customer, order
from engine.demo.page_faults import PageFault, customer_faults, order_faults
from engine.demo.world import World
from engine.domain.values import dataclass

STOCK_TAKES = 0.9
"""Seconds a page of the stock takes: somebody can watch it being read."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of the shop. `total`: whether its answers say how many records there are.

    `takes`: seconds every page takes. `dated`: its records came to be one after the other.
    """

    name: str
    world: World
    count: int
    total: bool
    faults: Mapping[int, PageFault]
    flaw: Callable[[World, int], Flaw]
    made: Callable[[World, int, Flaw], dict[str, Any]]
    takes: float = 0.0
    dated: bool = True

    def record(self, index: int, healed: datetime | None) -> dict[str, Any]:
        """The record of that index; once healed, without the flaws that staff can mend."""
        flaw = self.flaw(self.world, index)
        if healed is None or flaw not in MENDED:
            return self.made(self.world, index, flaw)
        mended = self.made(self.world, index, Flaw.NONE)
        return {**mended, "updated": healed.isoformat().replace("+00:00", "Z")}

    def known(self, now: datetime) -> range:
        """The indexes of what there is at that moment."""
        everything = range(self.count)
        if not self.dated:
            return everything
        return range(bisect_right(everything, now, key=self._moment))

    def changed(
        self, since: datetime, now: datetime, healed: datetime | None
    ) -> Sequence[int]:
        """The indexes of what changed at or after a moment, in order."""
        known = self.known(now)
        first = bisect_left(known, since, key=self._moment) if self.dated else 0
        late = known[first:]
        if healed is None or healed < since:
            return late
        mended = (index for index in range(first) if self.flaw(self.world, index) in MENDED)
        return [*mended, *late]

    def _moment(self, index: int) -> datetime:
        return self.world.moment(index, self.count)


def listings(world: World) -> Mapping[str, Listing]:
    """The shop's lists by name."""
    orders = Listing(
        name="orders",
        world=world,
        count=world.orders,
        total=True,
        faults=order_faults(world),
        flaw=order_flaw,
        made=order,
    )
    customers = Listing(
        name="customers",
        world=world,
        count=world.customers,
        total=False,
        faults=customer_faults(world),
        flaw=customer_flaw,
        made=customer,
    )
    stock = Listing(
        name="stock",
        world=world,
        count=world.articles,
        total=True,
        faults={},
        flaw=article_flaw,
        made=article,
        takes=STOCK_TAKES,
        dated=False,
    )
    return {"orders": orders, "customers": customers, "stock": stock}
