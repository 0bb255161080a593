"""What is wrong with a record, and how often: decided by the seed, record by record."""

from collections.abc import Mapping
from enum import StrEnum

from engine.demo.world import World


class Flaw(StrEnum):
    """Why a record will not simply be written."""

    NONE = "none"
    ARCHIVED = "archived"
    BLANK_EMAIL = "blank email"
    BAD_EMAIL = "bad email"
    UNKNOWN_COUNTRY = "unknown country"
    NEGATIVE_AMOUNT = "negative amount"
    LARGE_AMOUNT = "large amount"
    TWICE = "listed twice"
    TEST_ACCOUNT = "test account"
    NO_PHONE = "no phone"
    CUT_LINE = "cut line"
    UNKNOWN_PRODUCT = "unknown product"
    NOTHING_SENT = "nothing sent back"
    EXCHANGE = "exchange"


ORDER_FLAWS: Mapping[Flaw, int] = {
    Flaw.ARCHIVED: 130,
    Flaw.BLANK_EMAIL: 60,
    Flaw.BAD_EMAIL: 70,
    Flaw.UNKNOWN_COUNTRY: 60,
    Flaw.NEGATIVE_AMOUNT: 43,
    Flaw.LARGE_AMOUNT: 50,
    Flaw.TWICE: 40,
}
"""Of ten thousand orders so many; 233 of them fail."""

CUSTOMER_FLAWS: Mapping[Flaw, int] = {Flaw.TEST_ACCOUNT: 150, Flaw.NO_PHONE: 200}
"""Of ten thousand customers so many; none of them fails."""

RETURN_FLAWS: Mapping[Flaw, int] = {
    Flaw.CUT_LINE: 80,
    Flaw.UNKNOWN_PRODUCT: 250,
    Flaw.NOTHING_SENT: 100,
    Flaw.EXCHANGE: 300,
}
"""Of ten thousand lines of returns so many."""

MENDED = frozenset(
    {Flaw.BLANK_EMAIL, Flaw.BAD_EMAIL, Flaw.UNKNOWN_COUNTRY, Flaw.NEGATIVE_AMOUNT}
)
"""What the shop's staff put right when its records are healed."""


def order_flaw(world: World, index: int) -> Flaw:
    """What is wrong with the order of that index.

    An order is listed twice only beside a sound one on the same page: its own batch then settles
    which of the two is written.
    """
    flaw = _drawn(world, "order flaw", index, ORDER_FLAWS)
    if flaw is not Flaw.TWICE:
        return flaw
    opens_page = index % world.page_size == 0
    if opens_page or _drawn(world, "order flaw", index - 1, ORDER_FLAWS) is not Flaw.NONE:
        return Flaw.NONE
    return flaw


def customer_flaw(world: World, index: int) -> Flaw:
    """What is wrong with the customer of that index."""
    return _drawn(world, "customer flaw", index, CUSTOMER_FLAWS)


def return_flaw(world: World, index: int) -> Flaw:
    """What is wrong with that line of the returns."""
    return _drawn(world, "return flaw", index, RETURN_FLAWS)


def _drawn(world: World, what: str, index: int, shares: Mapping[Flaw, int]) -> Flaw:
    lot = world.dice(what, index)[0] % 10_000
    for flaw, share in shares.items():
        if lot < share:
            return flaw
        lot -= share
    return Flaw.NONE
