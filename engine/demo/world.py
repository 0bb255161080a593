"""The demo's world: all that a seed decides, for the shop that serves it and for who checks it."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from engine.domain.values import dataclass

RECORDS = 3000
MOST_RECORDS = 10_000_000
SEED = 7

FIRST_DAY = datetime(2025, 1, 1, 6, tzinfo=UTC)
LAST_DAY = FIRST_DAY + timedelta(days=180)
WEEKS = timedelta(days=21)
AHEAD = timedelta(days=1)
"""What is still to come when the weeks end: the shop goes on selling."""

MORNING = timedelta(minutes=50)
"""How long before the end of a day of the weeks its runs begin."""

BETWEEN = timedelta(minutes=10)
"""How long after one Link the next begins."""

FIRST_ORDER = 1001
FIRST_CUSTOMER = 501
FIRST_RETURN = 1
FIRST_ARTICLE = 70001

_ARTICLES = 40_000
_SMALL_PAGE, _LARGE_PAGE = 100, 1000
_SMALL_WORLD = 30_000


@dataclass(frozen=True, slots=True)
class World:
    """A shop of so many orders; customers and returns follow from them.

    They came to be over half a year long past, or over three weeks that end at `until`.
    """

    seed: int
    records: int
    until: datetime | None = None

    @property
    def orders(self) -> int:
        """How many orders the shop lists."""
        return self.records

    @property
    def customers(self) -> int:
        """How many customers the shop lists."""
        return max(1, self.records // 5)

    @property
    def returns(self) -> int:
        """How many lines the files of returns have."""
        return max(1, self.records // 5)

    @property
    def articles(self) -> int:
        """How many articles lie in the shop's stock; it is counted only over the weeks."""
        return 0 if self.until is None else _ARTICLES

    @property
    def page_size(self) -> int:
        """Records a page, as the demo's Links ask for them."""
        return _SMALL_PAGE if self.records <= _SMALL_WORLD else _LARGE_PAGE

    def pages(self, records: int) -> int:
        """How many pages so many records fill."""
        return -(-records // self.page_size)

    def dice(self, what: str, index: int) -> tuple[int, ...]:
        """Four numbers below 2**32 that only the seed, the word and the index decide."""
        text = f"{self.seed}:{what}:{index}".encode()
        roll = blake2b(text, digest_size=16).digest()
        return tuple(int.from_bytes(roll[at : at + 4], "big") for at in (0, 4, 8, 12))

    @property
    def days(self) -> tuple[datetime, datetime]:
        """From when until when records came to be."""
        if self.until is None:
            return FIRST_DAY, LAST_DAY
        return self.until - WEEKS, self.until + AHEAD

    def moment(self, index: int, count: int) -> datetime:
        """When the record of that index came to be: evenly over the time, whole seconds."""
        first, last = self.days
        share = (last - first).total_seconds() * index / max(1, count)
        return first + timedelta(seconds=int(share))

    def day(self, index: int, count: int) -> int:
        """On which of its days, from 0, the record of that index came to be."""
        return (self.moment(index, count) - self.days[0]).days
