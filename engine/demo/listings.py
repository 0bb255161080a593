"""What the shop holds, listed page by page: sound or flawed, whole or since a moment."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.demo.flaws import MENDED, Flaw, customer_flaw, order_flaw
from engine.demo.goods import customer, order
from engine.demo.page_faults import PageFault, customer_faults, order_faults
from engine.demo.world import World


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of the shop. `total`: whether its answers say how many records there are."""

    name: str
    world: World
    count: int
    total: bool
    faults: Mapping[int, PageFault]
    flaw: Callable[[World, int], Flaw]
    made: Callable[[World, int, Flaw], dict[str, Any]]

    def record(self, index: int, healed: datetime | None) -> dict[str, Any]:
        """The record of that index; once healed, without the flaws that staff can mend."""
        flaw = self.flaw(self.world, index)
        if healed is None or flaw not in MENDED:
            return self.made(self.world, index, flaw)
        mended = self.made(self.world, index, Flaw.NONE)
        return {**mended, "updated": healed.isoformat().replace("+00:00", "Z")}

    def changed(self, since: datetime, healed: datetime | None) -> Sequence[int]:
        """The indexes of what changed at or after a moment, in order."""
        first = bisect_left(
            range(self.count), since, key=lambda index: self.world.moment(index, self.count)
        )
        late = range(first, self.count)
        if healed is None or healed < since:
            return late
        mended = (index for index in range(first) if self.flaw(self.world, index) in MENDED)
        return [*mended, *late]


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
    return {"orders": orders, "customers": customers}
