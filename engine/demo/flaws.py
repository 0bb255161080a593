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
    BELOW_ZERO = "below zero"
    UNCOUNTED = "uncounted"


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

ARTICLE_FLAWS: Mapping[Flaw, int] = {Flaw.BELOW_ZERO: 35, Flaw.UNCOUNTED: 20}
"""Of ten thousand articles in stock so many."""

MENDED = frozenset(
    {Flaw.BLANK_EMAIL, Flaw.BAD_EMAIL, Flaw.UNKNOWN_COUNTRY, Flaw.NEGATIVE_AMOUNT}
)
"""What the shop's staff put right when its records are healed."""


_ROUGH_DAYS = {"order flaw": {6, 20}, "return flaw": {9, 16, 19, 20}}
_ROUGH = 6
"""Over the weeks records fail on few days, but six times as many."""

_HARMLESS = frozenset(
    {
        Flaw.ARCHIVED,
        Flaw.LARGE_AMOUNT,
        Flaw.TWICE,
        Flaw.TEST_ACCOUNT,
        Flaw.NO_PHONE,
        Flaw.EXCHANGE,
    }
)
"""What fails no record, and happens every day."""


def order_flaw(world: World, index: int) -> Flaw:
    """What is wrong with the order of that index.

    An order is listed twice only beside a sound one on the same page: its own batch then settles
    which of the two is written.
    """
    flaw = _drawn(world, "order flaw", index, ORDER_FLAWS, world.orders)
    if flaw is not Flaw.TWICE:
        return flaw
    opens_page = index % world.page_size == 0
    before = _drawn(world, "order flaw", index - 1, ORDER_FLAWS, world.orders)
    return Flaw.NONE if opens_page or before is not Flaw.NONE else flaw


def customer_flaw(world: World, index: int) -> Flaw:
    """What is wrong with the customer of that index."""
    return _drawn(world, "customer flaw", index, CUSTOMER_FLAWS, world.customers)


def return_flaw(world: World, index: int) -> Flaw:
    """What is wrong with that line of the returns."""
    return _drawn(world, "return flaw", index, RETURN_FLAWS, world.returns)


def article_flaw(world: World, index: int) -> Flaw:
    """What is wrong with the article of that index: on no day more than on another."""
    lot = world.dice("article flaw", index)[0] % 10_000
    for flaw, share in ARTICLE_FLAWS.items():
        if lot < share:
            return flaw
        lot -= share
    return Flaw.NONE


def _drawn(
    world: World, what: str, index: int, shares: Mapping[Flaw, int], count: int
) -> Flaw:
    lot = world.dice(what, index)[0] % 10_000
    strain = 1 if world.until is None else _strain(what, world.day(index, count))
    for flaw, usual in shares.items():
        share = usual if flaw in _HARMLESS else usual * strain
        if lot < share:
            return flaw
        lot -= share
    return Flaw.NONE


def _strain(what: str, day: int) -> int:
    """How many times as often as usual a record of that day has a flaw that fails it."""
    return _ROUGH if day in _ROUGH_DAYS.get(what, ()) else 0
