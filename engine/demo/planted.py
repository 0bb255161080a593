"""What each run of the demo must count: pure functions of the world, of no adapter."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace

from engine.demo.flaws import Flaw, customer_flaw, order_flaw, return_flaw
from engine.demo.page_faults import LASTING, PageFault, order_faults
from engine.demo.world import World
from engine.domain.values import dataclass

ARCHIVED = "archived orders live in the archive"
TEST_ACCOUNTS = "test accounts stay in the shop"
EXCHANGES = "exchanges are booked by the shop"
SAME_BATCH = "superseded in the same batch"

_IGNORED: Mapping[Flaw, str] = {
    Flaw.ARCHIVED: ARCHIVED,
    Flaw.TEST_ACCOUNT: TEST_ACCOUNTS,
    Flaw.EXCHANGE: EXCHANGES,
    Flaw.TWICE: SAME_BATCH,
}
_FAILED: Mapping[Flaw, str] = {
    Flaw.BLANK_EMAIL: "required",
    Flaw.BAD_EMAIL: "email",
    Flaw.UNKNOWN_COUNTRY: "one_of",
    Flaw.NEGATIVE_AMOUNT: "negative_amount",
    Flaw.CUT_LINE: "malformed_record",
    Flaw.UNKNOWN_PRODUCT: "reference",
    Flaw.NOTHING_SENT: "range",
}
_WARNED = frozenset({Flaw.LARGE_AMOUNT, Flaw.NO_PHONE})


@dataclass(frozen=True, slots=True)
class Planted:
    """The books of one run, as they must be.

    `failed` counts failing records by error code, `ignored` by reason. `planned` is None where
    how many Batches there are is the source's own affair. `lost` are failed Batches by what their
    page did; `stopped` says that a System error ended the run; `from_snapshots` are what a retry
    sends again.
    """

    link: str
    planned: int | None
    fetched: int = 0
    warned: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[PageFault, int] = field(default_factory=dict)
    stopped: bool = False
    from_snapshots: int = 0

    @property
    def failing(self) -> int:
        """Failing records."""
        return sum(self.failed.values())

    @property
    def batches_failed(self) -> int:
        """Batches of which nothing was received."""
        return sum(self.lost.values())

    @property
    def written(self) -> int:
        """Records that reach the target."""
        received = self.fetched + self.from_snapshots
        return received - sum(self.ignored.values()) - self.failing


def planted_customers(world: World) -> Planted:
    """Every page arrives in the end; nobody fails."""
    return _books("customers", None, _drawn(world, world.customers, customer_flaw))


def planted_orders(world: World) -> Planted:
    """Some pages never arrive, and what is on them is unknown; the rest is counted by flaw."""
    lost = {page: kind for page, kind in order_faults(world).items() if kind in LASTING}
    arrived = (
        order_flaw(world, index)
        for index in range(world.orders)
        if index // world.page_size + 1 not in lost
    )
    return _books("orders", world.pages(world.orders), arrived, Counter(lost.values()))


def planted_first_retry(world: World) -> Planted:
    """The rules are mended: all that failed for its own sake is written; bad pages stay bad."""
    orders = planted_orders(world)
    slices = math.ceil(orders.failing / world.page_size)
    return Planted(
        link="orders",
        planned=orders.batches_failed + slices,
        warned=orders.failing,
        lost=orders.lost,
        from_snapshots=orders.failing,
    )


def planted_second_retry(world: World) -> Planted:
    """The shop's pages are mended: exactly those arrive that were missing."""
    lost = {page for page, kind in order_faults(world).items() if kind in LASTING}
    missing = Counter(
        order_flaw(world, index)
        for index in range(world.orders)
        if index // world.page_size + 1 in lost
    )
    blocked = sum(missing[flaw] for flaw in _FAILED)
    books = _books("orders", len(lost), missing.elements())
    return replace(books, failed={}, warned=books.warned + blocked)


def planted_returns(world: World) -> Planted:
    """A line that cannot be read, or is refused, fails alone."""
    return _books("returns", None, _drawn(world, world.returns, return_flaw))


def planted_stop(link: str) -> Planted:
    """Stopped before anything could be planned: nothing was fetched, nothing is lost."""
    return Planted(link, planned=0, stopped=True)


def _drawn(world: World, count: int, flaw: Callable[[World, int], Flaw]) -> Iterator[Flaw]:
    return (flaw(world, index) for index in range(count))


def _books(
    link: str,
    planned: int | None,
    flaws: Iterator[Flaw],
    lost: Mapping[PageFault, int] | None = None,
) -> Planted:
    seen = Counter(flaws)
    return Planted(
        link=link,
        planned=planned,
        fetched=seen.total(),
        warned=sum(count for flaw, count in seen.items() if flaw in _WARNED),
        ignored={why: seen[flaw] for flaw, why in _IGNORED.items() if seen[flaw]},
        failed={code: seen[flaw] for flaw, code in _FAILED.items() if seen[flaw]},
        lost=dict(lost or {}),
    )
