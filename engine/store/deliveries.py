"""Deliveries to push Links: stored with the Sync Event they open or join, planned, read (C9)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from engine.domain.batch import BatchState, Scope
from engine.domain.delivery import (
    Accepted,
    Delivery,
    gathered,
    is_delivered,
    places_of,
    scopes_of,
)
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import events, scopes, turns
from engine.store.database import Write
from engine.store.events import ACTIVE, NewEvent
from engine.store.numbers import taken
from engine.store.push_tables import DELIVERY
from engine.store.rows import AnyRow
from engine.store.tables import BATCH, EVENT

COUNTER = "delivery"

_PACK = msgspec.msgpack.Encoder().encode
_UNPACK = msgspec.msgpack.Decoder(list[bytes]).decode

Opening = Mapping[str, NewEvent]
"""By Link: the Sync Event that its first delivery opens."""


@dataclass(frozen=True, slots=True)
class KeyTaken:
    """The Idempotency-Key came before with another body, as a delivery to this Sync Event."""

    event: int


def stored(
    write: Write, delivered: Sequence[Delivery], opening: Opening
) -> list[Accepted | KeyTaken]:
    """These deliveries kept, each in its Link's push Sync Event; one answer each, in order."""
    links = sorted({each.link for each in delivered})
    turns.take(write.connection, *links)
    known = _known_keys(write.connection, delivered)
    number = taken(write.connection, COUNTER, len(delivered))
    rows: list[dict[str, Any]] = []
    answers: list[Accepted | KeyTaken] = []
    places = {link: _Place(write, opening[link]) for link in links}
    for each in delivered:
        before = known.get((each.link, each.key)) if each.key is not None else None
        if before is not None:
            answers.append(_answered_before(before, each))
            continue
        row = _row(each, places[each.link], number + len(rows))
        rows.append(row)
        if each.key is not None:
            known[each.link, each.key] = row
        answers.append(_accepted(row))
    if rows:
        write.connection.execute(insert(DELIVERY), rows)
    for place in places.values():
        place.keep()
    return answers


class _Place:
    """Where a Link's next delivery goes: the Sync Event that takes it, and the place in it."""

    def __init__(self, write: Write, opening: NewEvent) -> None:
        self._write, self._opening = write, opening
        self._event: int | None = None
        self._next = 0
        self._delivered = 0

    def taken(self, records: int) -> tuple[int, int]:
        """The Sync Event and the first place of so many records more."""
        if self._event is None:
            self._event, self._delivered = self._joined() or (self._opened(), 0)
        first = self._delivered + 1
        self._delivered += records
        return self._event, first

    def keep(self) -> None:
        """How many its Sync Event was delivered by now."""
        if self._event is not None:
            self._write.connection.execute(
                update(EVENT)
                .where(EVENT.c.id == self._event)
                .values(delivered=self._delivered)
            )

    def _joined(self) -> tuple[int, int] | None:
        row = self._write.connection.execute(
            _TAKING, {"this_link": self._opening.link}
        ).first()
        return None if row is None else (row.id, row.delivered)

    def _opened(self) -> int:
        new = self._opening
        owned = events.opened(self._write, new, events.nobody(new.actor))
        connection = self._write.connection
        first = {"next_batch": FIRST_BATCH}
        connection.execute(update(EVENT).where(EVENT.c.id == owned.event).values(**first))
        return owned.event


FIRST_BATCH = 1

_TAKING = (
    select(EVENT.c.id, EVENT.c.delivered)
    .where(
        EVENT.c.link == bindparam("this_link"),
        EVENT.c.kind == Kind.PUSH.value,
        EVENT.c.status.in_(ACTIVE),
        EVENT.c.planning_complete.is_(False),
        EVENT.c.cancel_actor.is_(None),
    )
    .order_by(EVENT.c.id.desc())
    .limit(1)
    .with_for_update()
)


def _known_keys(
    connection: Connection, delivered: Sequence[Delivery]
) -> dict[tuple[str, str | None], Mapping[str, Any]]:
    keys = {each.key for each in delivered if each.key is not None}
    if not keys:
        return {}
    query = select(
        DELIVERY.c.id,
        DELIVERY.c.link,
        DELIVERY.c.key,
        DELIVERY.c.event,
        DELIVERY.c.records,
        DELIVERY.c.digest,
        DELIVERY.c.answered,
    ).where(
        DELIVERY.c.key.in_(keys), DELIVERY.c.link.in_({each.link for each in delivered})
    )
    return {(row.link, row.key): row._asdict() for row in connection.execute(query)}


def _row(delivery: Delivery, place: _Place, number: int) -> dict[str, Any]:
    event, first = place.taken(len(delivery.records))
    return {
        "id": number,
        "link": delivery.link,
        "event": event,
        "place": first,
        "records": len(delivery.records),
        "sender": delivery.by,
        "at": delivery.at,
        "digest": delivery.digest,
        "key": delivery.key,
        "answered": delivery.answered,
        "body": _PACK(delivery.records),
        "batch": None,
    }


def _answered_before(row: Mapping[str, Any], delivery: Delivery) -> Accepted | KeyTaken:
    if row["digest"] != delivery.digest:
        return KeyTaken(row["event"])
    return _accepted(row, again=True)


def _accepted(row: Mapping[str, Any], *, again: bool = False) -> Accepted:
    return Accepted(row["id"], row["event"], row["records"], row["answered"], again)


# Planned and read by whoever runs the Sync Event.


AT_ONCE = 2000
"""Deliveries that are planned at a time."""


def waiting(
    connection: Connection, event: int, *, limit: int | None = AT_ONCE
) -> list[tuple[int, int, bool]]:
    """Deliveries that no Batch holds yet, in order: first place, records, answered."""
    query = (
        select(DELIVERY.c.place, DELIVERY.c.records, DELIVERY.c.answered)
        .where(DELIVERY.c.event == event, DELIVERY.c.batch.is_(None))
        .order_by(DELIVERY.c.place)
        .limit(limit)
    )
    return [(row.place, row.records, row.answered) for row in connection.execute(query)]


def planned(connection: Connection, planned: Sequence[Scope], *, first: int) -> None:
    """Note for each delivery the Batch its first record went into."""
    for number, scope in enumerate(planned, first):
        if not is_delivered(scope):
            continue
        event, start, end = places_of(scope)
        connection.execute(
            update(DELIVERY)
            .where(
                DELIVERY.c.event == event,
                DELIVERY.c.place.between(start, end),
                DELIVERY.c.batch.is_(None),
            )
            .values(batch=number)
        )


_REST = 1000
"""Records of a Batch that nobody will run, but a retry."""


def plan_rest(connection: Connection, event: int) -> None:
    """What a Sync Event that ends has not planned counts as planned (C6)."""
    rest = list(scopes_of(event, gathered(waiting(connection, event, limit=None)), _REST))
    first = scopes.next_batch(connection, event)
    scopes.planned(connection, event, rest, first=first)
    planned(connection, rest, first=first)
    connection.execute(
        update(EVENT).where(EVENT.c.id == event).values(planning_complete=True)
    )


def held_up(connection: Connection, link: str, event: int) -> bool:
    """Whether something of the Link goes first: a retry, or an earlier push Sync Event (C5)."""
    query = select(EVENT.c.id).where(
        EVENT.c.link == link,
        EVENT.c.status.in_(ACTIVE),
        EVENT.c.id != event,
        (EVENT.c.kind != Kind.PUSH.value) | (EVENT.c.id < event),
    )
    return connection.execute(query.limit(1)).first() is not None


def records(connection: Connection, scope: Scope) -> tuple[bytes, ...] | None:
    """The records of a scope, as they were delivered; None where retention took them."""
    event, first, last = places_of(scope)
    query = (
        select(DELIVERY.c.place, DELIVERY.c.body)
        .where(
            DELIVERY.c.event == event,
            DELIVERY.c.place + DELIVERY.c.records > first,
            DELIVERY.c.place <= last,
        )
        .order_by(DELIVERY.c.place)
    )
    found: list[bytes] = []
    for row in connection.execute(query):
        if row.body is None:
            return None
        kept = _UNPACK(row.body)
        found += kept[max(first - row.place, 0) : last - row.place + 1]
    return tuple(found) if len(found) == last - first + 1 else None


# Asked by whoever waits for an answer.


def delivery(connection: Connection, number: int) -> AnyRow | None:
    """A delivery without its body."""
    columns = [column for column in DELIVERY.c if column.name != "body"]
    found: AnyRow | None = connection.execute(
        select(*columns).where(DELIVERY.c.id == number)
    ).first()
    return found


def batches_of(connection: Connection, row: AnyRow) -> list[AnyRow]:
    """The Batches that hold an answered delivery, which hold nothing else."""
    if row.batch is None:
        return []
    query = (
        select(BATCH.c.scope, BATCH.c.state, BATCH.c.told, BATCH.c.error)
        .where(BATCH.c.event == row.event, BATCH.c.number >= row.batch)
        .order_by(BATCH.c.number)
    )
    rows = cast("Iterable[AnyRow]", connection.execute(query))
    held = (
        batch
        for batch in rows
        if is_delivered(batch.scope)  # a parked record waits in a Batch of its own
    )
    return list(takewhile(lambda batch: places_of(batch.scope)[1] <= _last(row), held))


def _last(row: AnyRow) -> int:
    last: int = row.place + row.records - 1
    return last


UNSETTLED = (BatchState.WAITING.value, BatchState.IN_FLIGHT.value)
