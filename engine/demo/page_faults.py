"""Which pages of the shop answer badly, and how: decided by the seed, page by page."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from random import Random

from engine.demo.world import World


class PageFault(StrEnum):
    """How a page misbehaves. LATE, HTML and CUT_JSON never mend themselves; the others do."""

    LATE = "answers later than anybody waits"
    HTML = "answers with a web page"
    CUT_JSON = "answers with half a document"
    NAP = "is slow the first time"
    THROTTLED = "asks for a pause the first time"
    UNAVAILABLE = "is out of service the first time"
    DROPPED = "loses the connection the first time"


LASTING = frozenset({PageFault.LATE, PageFault.HTML, PageFault.CUT_JSON})
"""The faults that fail a Batch, however often it is tried."""

_LASTING_MIX = (PageFault.LATE, PageFault.HTML, PageFault.LATE, PageFault.CUT_JSON)
_PASSING_MIX = (
    PageFault.THROTTLED,
    PageFault.NAP,
    PageFault.UNAVAILABLE,
    PageFault.DROPPED,
)
_MOST_LASTING = 15
_MOST_PASSING = 16


@lru_cache(maxsize=16)
def order_faults(world: World) -> Mapping[int, PageFault]:
    """The bad pages of orders, by number from 1. The first is sound: planning reads it.

    Over the weeks nothing is bad by itself: what is told of them says when a page is.
    """
    if world.until is not None:
        return {}
    pages = world.pages(world.orders)
    lasting = max(1, min(_MOST_LASTING, pages // 7))
    passing = max(len(_PASSING_MIX), min(_MOST_PASSING, pages // 10))
    faults = [*_dealt(_LASTING_MIX, lasting), *_dealt(_PASSING_MIX, passing)]
    return _placed(world, "orders", range(2, pages + 1), faults)


@lru_cache(maxsize=16)
def customer_faults(world: World) -> Mapping[int, PageFault]:
    """The bad pages of customers, by number from 1; all of them pass."""
    if world.until is not None:
        return {}
    pages = world.pages(world.customers)
    passing = max(len(_PASSING_MIX), min(_MOST_PASSING, pages // 10))
    faults = _dealt(_PASSING_MIX, passing)
    return _placed(world, "customers", range(1, pages + 1), faults)


def _dealt(mix: tuple[PageFault, ...], count: int) -> list[PageFault]:
    return [mix[number % len(mix)] for number in range(count)]


def _placed(
    world: World, listing: str, pages: range, faults: list[PageFault]
) -> Mapping[int, PageFault]:
    chosen = Random(f"{world.seed}:{listing}").sample(pages, min(len(pages), len(faults)))
    return dict(zip(chosen, faults, strict=False))
