"""Any part of the Inbox at a time, forwards and backwards, and a search in it step by step.

A place in it is one number (`domain.inbox_place`).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from engine.domain.inbox import Cause, InboxFilter
from engine.domain.inbox_place import (
    BATCHES,
    RECORDS,
    SYSTEM,
    Steps,
    last_of,
    place_of,
    steps_of,
)
from engine.domain.requests import Found, Search, Stretch
from engine.domain.values import dataclass
from engine.store import inbox
from engine.store.candidates import NOT_ATTEMPTED
from engine.store.inbox import Waiting, Wanted, waiting
from engine.store.stretches import matching as said_by
from engine.store.tables import GROUP, SNAPSHOT

SPAN = 20_000
"""Failing records looked at by one step of a search."""

CHUNK = 400
"""Places that one statement names."""

Masked = Callable[[str, int], bool]
"""Whether the definition of that hash, which a Sync Event ran with, hides anything."""


def causes(connection: Connection) -> tuple[Cause, ...]:
    """The causes of what waits, Sync Event by Sync Event."""
    headers = {row.id: row for row in waiting(connection, None)}
    found = [
        _cause(headers[group.event], group)
        for chunk in _chunks(list(headers))
        for group in connection.execute(select(GROUP).where(GROUP.c.event.in_(chunk)))
    ]
    found += [_unattempted(row) for row in headers.values() if row.open_batches]
    return tuple(found)


def _cause(header: Row[Any], group: Row[Any]) -> Cause:
    return Cause(
        event=header.id,
        link=header.link,
        fingerprint=group.fingerprint,
        tier=group.tier,
        error_class=group.error_class,
        code=group.code,
        field=group.field,
        stage=group.stage,
        route=group.route,
        owner=group.owner or header.owner,
        severity=group.severity or header.severity,
    )


def _unattempted(header: Row[Any]) -> Cause:
    error = inbox.unattempted(header, 0, header.queued_at)
    return Cause(
        event=header.id,
        link=header.link,
        fingerprint=NOT_ATTEMPTED,
        tier=error["tier"],
        error_class=error["class"],
        code=error["code"],
        field=None,
        stage=None,
        route=error["route"],
        owner=header.owner,
        severity=header.severity,
    )


def matching(connection: Connection, wanted: InboxFilter) -> int:
    """How much waits that a filter lets through."""
    return sum(each.size(None) for each in _slices(connection, wanted))


def index(connection: Connection, wanted: InboxFilter, place: int) -> int:
    """How many items stand before this place."""
    steps = steps_of(place)
    before = 0
    for each in _slices(connection, wanted):
        start = each.start(steps, backwards=True)
        if start is not None and start.none:
            break
        before += each.size(start, backwards=True)
    return before


def stretch(
    connection: Connection, wanted: InboxFilter, part: Stretch
) -> tuple[Waiting, ...]:
    """The items of one stretch, in the order of the Inbox."""
    if part.ids:
        return inbox.with_retrying(connection, _named(connection, part.ids))
    slices = list(_slices(connection, wanted))
    beyond = None if part.beyond is None else steps_of(part.beyond)
    skip, found = part.skip, list[Waiting]()
    for each in reversed(slices) if part.backwards else slices:
        start = each.start(beyond, backwards=part.backwards)
        if start is not None and start.none:
            continue
        if skip:
            size = each.size(start, backwards=part.backwards)
            if size <= skip:
                skip -= size
                continue
        room = part.limit - len(found)
        found += each.read(start, room, skip=skip, backwards=part.backwards)
        skip = 0
        if len(found) >= part.limit:
            break
    if part.backwards:
        found.reverse()
    return inbox.with_retrying(connection, found)


def search(
    connection: Connection, wanted: InboxFilter, sought: Search, beyond: int, masked: Masked
) -> tuple[Found, frozenset[int]]:
    """What may match in the next span, and in which Sync Events it has to be looked at as shown."""
    start = steps_of(beyond)
    places: list[int] = []
    doubtful: set[int] = set()
    room = SPAN
    for each in _slices(connection, wanted):
        search_ = _within(sought, each.header.link)
        if search_ is None or (*each.rank, each.part) < start[:3]:
            continue
        if masked(each.header.definition, each.header.id):
            doubtful.add(each.header.id)
            search_ = replace(search_, without=())
            room = min(room, SPAN // 10)
        found, reached = each.searched(start, search_, room)
        places += found
        room -= each.header.open_records if each.part == RECORDS else 1
        if reached is None and room <= 0:
            reached = each.last()
        if reached is not None:
            return Found(tuple(places), reached), frozenset(doubtful)
    return Found(tuple(places), None), frozenset(doubtful)


def _within(sought: Search, link: str) -> Search | None:
    """What is left to look for in a Link, whose name counts as said of all its records."""
    name = link.lower()
    if any(word.lower() in name for word in sought.without):
        return None
    return replace(
        sought, words=tuple(each for each in sought.words if each.lower() not in name)
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """Beyond which number of a slice; `none`: all of it is on this side."""

    number: int = 0
    none: bool = False


@dataclass(frozen=True, slots=True)
class _Slice:
    """What of one Sync Event waits of one kind: its System error, its scopes, its records."""

    connection: Connection
    header: Row[Any]
    part: int
    wanted: Wanted

    @property
    def rank(self) -> tuple[int, int]:
        return inbox.rank(self.header)

    def start(self, beyond: Steps | None, *, backwards: bool) -> _Start | None:
        """Where to begin in it; None: at its beginning, or its end."""
        if beyond is None:
            return None
        mine, theirs = (*self.rank, self.part), beyond[:3]
        if mine == theirs:
            return _Start(beyond[3])
        behind = mine > theirs if backwards else mine < theirs
        return _Start(none=True) if behind else None

    def size(self, start: _Start | None, *, backwards: bool = False) -> int:
        """How many there are, beyond a number."""
        if self.part != RECORDS:
            return len(self._others(start, backwards=backwards))
        if start is None and self.wanted.everything:
            return int(self.header.open_records)
        query = self._ids(start, backwards=backwards)
        if query is None:
            return 0
        counted = select(func.count()).select_from(query.subquery())
        return int(self.connection.execute(counted).scalar_one())

    def read(
        self, start: _Start | None, limit: int, *, skip: int, backwards: bool
    ) -> list[Waiting]:
        """So many of them, the nearest first."""
        if self.part != RECORDS:
            found = self._others(start, backwards=backwards)
            if backwards:
                found.reverse()
            return found[skip : skip + limit]
        query = self._ids(start, backwards=backwards)
        if query is None:
            return []
        order = SNAPSHOT.c.id.desc() if backwards else SNAPSHOT.c.id
        # What is passed over is passed over in the index alone.
        chosen = query.order_by(order).limit(limit).offset(skip).subquery()
        whole = select(SNAPSHOT).where(SNAPSHOT.c.id.in_(select(chosen.c.id)))
        rows_ = self.connection.execute(whole.order_by(order))
        return [inbox.record(row, self.header) for row in rows_]

    def searched(
        self, beyond: Steps, sought: Search, room: int
    ) -> tuple[list[int], int | None]:
        """Places of what says so, and how far it looked, where there is more."""
        mine = (*self.rank, self.part) == beyond[:3]
        start = _Start(beyond[3]) if mine else None
        if self.part != RECORDS:
            return self._named_so(sought, start), None
        query = self._ids(start, backwards=False)
        if query is None:
            return [], None
        span = query.order_by(SNAPSHOT.c.id)
        ends = span.limit(room).subquery()
        last, many = self.connection.execute(
            select(func.max(ends.c.id), func.count())
        ).one()
        if last is None:
            return [], None
        found = span.where(SNAPSHOT.c.id <= last, *said_by(sought))
        ids = [self._place(row.id) for row in self.connection.execute(found)]
        return ids, self._place(last) if many >= room else None

    def _named_so(self, sought: Search, start: _Start | None) -> list[int]:
        """Places of those that are no records and say so."""
        if sought.keys or (sought.states and "open" not in sought.states):
            return []
        found = self._others(start, backwards=False)
        return [place_of(each.place) for each in found if _says(each, sought)]

    def last(self) -> int:
        """A place behind all of it."""
        return last_of(*self.rank, self.part)

    def _place(self, number: int) -> int:
        return place_of((*self.rank, self.part, number))

    def _others(self, start: _Start | None, *, backwards: bool) -> list[Waiting]:
        found = inbox.others(self.connection, self.header, self.wanted, self.part)
        if start is None:
            return found
        return [
            each
            for each in found
            if (each.place[3] < start.number if backwards else each.place[3] > start.number)
        ]

    def _ids(self, start: _Start | None, *, backwards: bool) -> Select[tuple[int]] | None:
        query = inbox.records_query(self.connection, self.header, self.wanted)
        if query is None:
            return None
        if start is not None:
            number = SNAPSHOT.c.id
            query = query.where(
                number < start.number if backwards else number > start.number
            )
        return query.with_only_columns(SNAPSHOT.c.id)


def _says(item: Waiting, sought: Search) -> bool:
    what = item.batch.scope.get("what") if item.batch else ""
    text = f"{what} {item.error.get('message', '')}".lower()
    return all(word.lower() in text for word in sought.words) and not any(
        word.lower() in text for word in sought.without
    )


def _slices(connection: Connection, wanted: InboxFilter) -> Iterator[_Slice]:
    events = waiting(connection, wanted.link)
    chosen = inbox.wanted_of(connection, wanted, events)
    for row in events:
        for part in (SYSTEM, BATCHES, RECORDS):
            if part == BATCHES and not row.open_batches:
                continue
            if part == RECORDS and not row.open_records:
                continue
            yield _Slice(connection, row, part, chosen)


def _named(connection: Connection, places: Sequence[int]) -> list[Waiting]:
    """The items at these places, as far as they still wait."""
    headers = {row.id: row for row in waiting(connection, None)}
    chosen = inbox.wanted_of(connection, InboxFilter(), list(headers.values()))
    found: dict[int, Waiting] = {}
    wanted = [steps_of(place) for place in places]
    records = [steps[3] for steps in wanted if steps[2] == RECORDS]
    for chunk in _chunks(records):
        query = select(SNAPSHOT).where(SNAPSHOT.c.id.in_(chunk))
        for row in connection.execute(query):
            if row.event in headers:
                item = inbox.record(row, headers[row.event])
                found[place_of(item.place)] = item
    for _, event, part, _ in {(0, s[1], s[2], 0) for s in wanted if s[2] != RECORDS}:
        if event in headers:
            for item in inbox.others(connection, headers[event], chosen, part):
                found[place_of(item.place)] = item
    return [found[place] for place in places if place in found]


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]
