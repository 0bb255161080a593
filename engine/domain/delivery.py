"""Records delivered to a push Link: what is stored of them, and how Batches name them (C9)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from engine.domain.values import dataclass

Scope = Mapping[str, Any]

UNIT = "delivered"
"""What a person counts the records of a push Sync Event by: `delivered:17`."""

_EVENT, _FIRST, _LAST, _ANSWERED = "delivered", "first", "last", "answered"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request's records, each as the JSON that was sent.

    `digest` is of the body as it came; `key` the sender's Idempotency-Key. `answered`: the sender
    waits for what becomes of each record. `by` is the token it was sent with.
    """

    link: str
    by: str
    records: Sequence[bytes]
    digest: str
    key: str | None
    answered: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A delivery that is stored: its number, and the Sync Event and place its records have.

    `again`: the same was delivered before under this key. `answered`: what becomes of each record
    is kept.
    """

    delivery: int
    event: int
    received: int
    answered: bool
    again: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one record: its key where it has one, its outcome, its errors."""

    key: Any
    outcome: str
    errors: tuple[Mapping[str, Any], ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a delivery: of each record once all is `over`."""

    event: int
    over: bool
    results: tuple[Told, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class TokenSeen:
    """A token for a push Link, without what is secret of it."""

    link: str
    name: str
    made_at: datetime
    made_by: str
    revoked_at: datetime | None = None
    revoked_by: str | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What was delivered and is not planned yet: first place, records, answered, in order.

    `held_up`: it has to wait, for a retry of its Link or an earlier push Sync Event (C5).
    """

    waiting: tuple[tuple[int, int, bool], ...]
    held_up: bool

    @property
    def records(self) -> int:
        """How many records wait."""
        return sum(count for _, count, _ in self.waiting)

    @property
    def urgent(self) -> bool:
        """Whether a sender waits for an answer."""
        return any(answered for _, _, answered in self.waiting)


@dataclass(frozen=True, slots=True)
class Lot:
    """Deliveries that are planned together: records `first` to `last` of their Sync Event."""

    first: int
    last: int
    answered: bool


def scopes_of(event: int, lots: Sequence[Lot], size: int) -> Iterator[Scope]:
    """The scopes of Batches of at most `size` records; an answered delivery has its own."""
    for lot in lots:
        for first in range(lot.first, lot.last + 1, size):
            last = min(first + size - 1, lot.last)
            scope: dict[str, Any] = {
                "what": f"delivered records {first}-{last}",
                _EVENT: event,
                _FIRST: first,
                _LAST: last,
            }
            if lot.answered:
                scope[_ANSWERED] = True
            yield scope


def is_delivered(scope: Scope) -> bool:
    """Whether a Batch of this scope is made of records that were delivered."""
    return _EVENT in scope


def is_answered(scope: Scope) -> bool:
    """Whether somebody waits to be told what becomes of each record."""
    return scope.get(_ANSWERED) is True


def places_of(scope: Scope) -> tuple[int, int, int]:
    """The Sync Event that records were delivered to, and the first and last of them."""
    return scope[_EVENT], scope[_FIRST], scope[_LAST]


def gathered(waiting: Sequence[tuple[int, int, bool]]) -> list[Lot]:
    """Deliveries in order, as (first place, records, answered), gathered into lots.

    What nobody waits for is gathered; a delivery that is answered is a lot of its own, so that
    nothing else is in its Batches.
    """
    lots: list[Lot] = []
    for place, records, answered in waiting:
        last = place + records - 1
        if lots and not answered and not lots[-1].answered and lots[-1].last == place - 1:
            lots[-1] = Lot(lots[-1].first, last, answered=False)
        else:
            lots.append(Lot(place, last, answered))
    return lots
