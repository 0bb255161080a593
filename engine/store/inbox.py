"""The Inbox: everything open that waits for a person, the most severe first, then the oldest.

In that order a page is found by keyset: Sync Event by Sync Event as their Links' severity says, and
in each by number, which the index of open Snapshots gives; 3,000,000 page as quickly as 30.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select

from engine.domain.errors import ROUTES, ErrorClass, Misused, Tier, durability_of
from engine.domain.inbox import InboxFilter
from engine.domain.inbox_place import BATCHES, RECORDS, SYSTEM
from engine.domain.outcome import Status
from engine.domain.requests import Page
from engine.domain.sync_event import BatchSeen, Kind, SnapshotSeen
from engine.domain.values import dataclass
from engine.store import rows
from engine.store.candidates import NOT_ATTEMPTED
from engine.store.choosing import is_open
from engine.store.stored_text import label_text
from engine.store.tables import BATCH, EVENT, GROUP, SNAPSHOT
from engine.store.underway import retrying

SEVERITIES = ("critical", "high", "normal", "low")
"""The most severe first."""

_STEPS = 4
"""A place in the Inbox: severity, Sync Event, part of it, number."""

_PLAIN = re.compile(r"[0-9]{1,18}", re.ASCII)

_SETTLED = (Status.COMPLETED.value, Status.COMPLETED_WITH_WARNINGS.value)
_OPEN_STATUSES = [each.value for each in Status if each.value not in _SETTLED]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One open failure and the Sync Event it is in: a record, a kept scope, or a System error."""

    event: int
    definition: str
    link: str
    error: Mapping[str, Any]
    at: datetime
    place: tuple[int, int, int, int]
    snapshot: SnapshotSeen | None = None
    batch: BatchSeen | None = None
    retrying: bool = False

    @property
    def cursor(self) -> str:
        """What a page ends with."""
        return ".".join(map(str, self.place))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a filter lets through of Sync Events. `fingerprints` None: all of them."""

    filter: InboxFilter
    fingerprints: Mapping[int, frozenset[str]] | None = None

    @property
    def everything(self) -> bool:
        """Whether every record that is open is let through."""
        return self.fingerprints is None and self.filter.key is None

    def of(self, event: int) -> frozenset[str] | None:
        if self.fingerprints is None:
            return None
        return self.fingerprints.get(event, frozenset())


def page(
    connection: Connection, wanted: InboxFilter, *, limit: int, after: str | None
) -> Page[Waiting]:
    """One page of what waits."""
    start = (0, 0, 0, 0) if after is None else _place(after)
    events = [row for row in waiting(connection, wanted.link) if rank(row) >= start[:2]]
    chosen = wanted_of(connection, wanted, events)
    found: list[Waiting] = []
    for row in events:
        beyond = start[2:] if rank(row) == start[:2] else (0, 0)
        room = limit + 1 - len(found)
        found += _of_event(connection, row, chosen, beyond, room)
        if len(found) > limit:
            break
    more = found[limit - 1].cursor if len(found) > limit else None
    return Page(with_retrying(connection, found[:limit]), more)


def waiting(connection: Connection, link: str | None) -> list[Row[Any]]:
    """The Sync Events in which something is open, in the order of the Inbox."""
    query = select(EVENT).where(
        EVENT.c.status.in_(_OPEN_STATUSES),
        EVENT.c.kind != Kind.TEST.value,
        or_(EVENT.c.open_batches > 0, EVENT.c.open_records > 0, _open_system()),
    )
    if link is not None:
        query = query.where(EVENT.c.link == link)
    return sorted(connection.execute(query), key=rank)


def _open_system() -> ColumnElement[bool]:
    """A System error of its own: what a stopped retry left behind is open where it was (C3)."""
    return and_(
        EVENT.c.open_system > 0,
        EVENT.c.kind.not_in((Kind.RETRY.value, Kind.REPLAY.value)),
    )


def wanted_of(
    connection: Connection, wanted: InboxFilter, events: Sequence[Row[Any]]
) -> Wanted:
    """A filter, and the causes it means in these Sync Events."""
    return Wanted(wanted, _fingerprints(connection, wanted, events))


def rank(row: Row[Any]) -> tuple[int, int]:
    """Where a Sync Event stands in the Inbox."""
    known = row.severity in SEVERITIES
    return (SEVERITIES.index(row.severity) if known else len(SEVERITIES)), row.id


def _place(after: str) -> tuple[int, int, int, int]:
    parts = after.split(".")
    if len(parts) != _STEPS or not all(_PLAIN.fullmatch(part) for part in parts):
        raise Misused(f"'{after}' is no cursor; take the one the page before gave as next")
    severity, event, part, number = map(int, parts)
    return severity, event, part, number


def _fingerprints(
    connection: Connection, wanted: InboxFilter, events: Sequence[Row[Any]]
) -> Mapping[int, frozenset[str]] | None:
    """By Sync Event: the causes that the filter means; None where it says nothing of causes."""
    said = (
        (GROUP.c.route, wanted.route),
        (GROUP.c.error_class, wanted.error_class),
        (GROUP.c.fingerprint, wanted.fingerprint),
    )
    narrowed = (*(value for _, value in said), wanted.severity, wanted.owner)
    if not any(narrowed):
        return _named_causes(wanted)
    headers = {row.id: row for row in events}
    query = select(GROUP).where(GROUP.c.event.in_([*headers]))
    for column, value in said:
        if value is not None:
            query = query.where(column == value)
    found: dict[int, set[str]] = {}
    for group in connection.execute(query):
        header = headers[group.event]
        if wanted.severity not in (None, group.severity or header.severity):
            continue
        if wanted.owner in (None, group.owner or header.owner):
            found.setdefault(group.event, set()).add(group.fingerprint)
    named = _named_causes(wanted)
    return {
        event: frozenset(among if named is None else among & named.get(event, frozenset()))
        for event, among in found.items()
    }


def _named_causes(wanted: InboxFilter) -> Mapping[int, frozenset[str]] | None:
    """The causes that a filter names Sync Event by Sync Event."""
    if wanted.causes is None:
        return None
    found: dict[int, set[str]] = {}
    for event, fingerprint in wanted.causes:
        found.setdefault(event, set()).add(fingerprint)
    return {event: frozenset(among) for event, among in found.items()}


def _of_event(
    connection: Connection,
    header: Row[Any],
    wanted: Wanted,
    beyond: tuple[int, int],
    limit: int,
) -> list[Waiting]:
    part, number = beyond
    found: list[Waiting] = []
    if part == SYSTEM and number == 0:
        found += _system(connection, header, wanted)
    if part <= BATCHES and header.open_batches and wanted.filter.key is None:
        after = number if part == BATCHES else 0
        found += _scopes(connection, header, wanted, after, limit - len(found))
    room = limit - len(found)
    if room > 0 and header.open_records:
        after = number if part == RECORDS else 0
        found += _records(connection, header, wanted, after, room)
    return found


def _system(connection: Connection, header: Row[Any], wanted: Wanted) -> Iterator[Waiting]:
    of_its_own = header.kind not in (Kind.RETRY, Kind.REPLAY)
    if not (header.open_system and of_its_own) or wanted.filter.key is not None:
        return
    query = select(GROUP).where(
        GROUP.c.event == header.id, GROUP.c.tier == Tier.SYSTEM.value
    )
    group = connection.execute(query.order_by(GROUP.c.fingerprint).limit(1)).first()
    at = header.finished_at or header.queued_at
    error = _unplanned(header, at) if group is None else _grouped(group, header, at)
    if fits(error, header, wanted):
        place = (*rank(header), SYSTEM, 1)
        yield Waiting(header.id, header.definition, header.link, error, at, place)


def _scopes(
    connection: Connection, header: Row[Any], wanted: Wanted, after: int, limit: int
) -> Iterator[Waiting]:
    query = select(BATCH).where(
        BATCH.c.event == header.id, BATCH.c.open, BATCH.c.number > after
    )
    for row in connection.execute(query.order_by(BATCH.c.number)):
        if limit <= 0:
            return
        seen = rows.batch(row, header)
        at = row.finished_at or header.finished_at or header.queued_at
        error = seen.error or unattempted(header, row.number, at)
        if fits(error, header, wanted):
            limit -= 1
            place = (*rank(header), BATCHES, row.number)
            yield Waiting(
                header.id, header.definition, header.link, error, at, place, batch=seen
            )


def _records(
    connection: Connection, header: Row[Any], wanted: Wanted, after: int, limit: int
) -> Iterator[Waiting]:
    query = records_query(connection, header, wanted)
    if query is None:
        return
    query = query.where(SNAPSHOT.c.id > after).order_by(SNAPSHOT.c.id).limit(limit)
    yield from (record(row, header) for row in connection.execute(query))


def records_query(
    connection: Connection, header: Row[Any], wanted: Wanted
) -> Select[Any] | None:
    """The open records of a Sync Event that a filter lets through; None: there are none."""
    causes = wanted.of(header.id)
    if causes is not None and not causes:
        return None
    query = select(SNAPSHOT).where(SNAPSHOT.c.event == header.id, is_open())
    if causes is not None:
        query = _caused(connection, query, header, causes)
    if wanted.filter.key is not None:
        query = query.where(SNAPSHOT.c.label == label_text(wanted.filter.key))
    return query


def record(row: Row[Any], header: Row[Any]) -> Waiting:
    """A record that waits."""
    seen = rows.snapshot(row, header)
    error: Mapping[str, Any] = seen.errors[0] if seen.errors else {}
    place = (*rank(header), RECORDS, row.id)
    return Waiting(
        header.id, header.definition, header.link, error, row.at, place, snapshot=seen
    )


def others(
    connection: Connection, header: Row[Any], wanted: Wanted, part: int
) -> list[Waiting]:
    """What waits of a Sync Event beside its records: its System error, or its kept scopes."""
    if wanted.filter.key is not None:
        return []
    if part == SYSTEM:
        return list(_system(connection, header, wanted))
    return list(_scopes(connection, header, wanted, 0, header.open_batches + 1))


def _caused(
    connection: Connection, query: Select[Any], header: Row[Any], causes: frozenset[str]
) -> Select[Any]:
    """Narrowed to these causes, on the index that has fewer to pass over."""
    query = query.where(SNAPSHOT.c.fingerprint.in_(sorted(causes)))
    among = select(GROUP.c.records).where(
        GROUP.c.event == header.id, GROUP.c.fingerprint.in_(causes)
    )
    ever = sum(connection.execute(among).scalars())
    index = "snapshot_by_fingerprint" if ever < header.open_records else "snapshot_open"
    return query.with_hint(SNAPSHOT, f"INDEXED BY {index}", "sqlite")


def fits(error: Mapping[str, Any], header: Row[Any], wanted: Wanted) -> bool:
    """Whether the filter lets through what is no record."""
    asked = wanted.filter
    said = (
        (asked.route, error["route"]),
        (asked.error_class, error["class"]),
        (asked.fingerprint, error["fingerprint"]),
        (asked.severity, error["severity"] or header.severity),
        (asked.owner, error["owner"] or header.owner),
    )
    causes = None if asked.causes is None else set(asked.causes)
    named = causes is None or (header.id, error["fingerprint"]) in causes
    return named and all(want in (None, is_) for want, is_ in said)


def _grouped(group: Row[Any], header: Row[Any], at: datetime) -> dict[str, Any]:
    return {
        "tier": group.tier,
        "class": group.error_class,
        "durability": group.durability,
        "code": group.code,
        "message": group.message,
        "field": group.field,
        "stage": group.stage,
        "route": group.route,
        "fingerprint": group.fingerprint,
        "severity": group.severity or header.severity,
        "owner": group.owner or header.owner,
        "attempts": [],
        "at": at.isoformat(),
        **_around(header),
        "batch": None,
        "position": None,
    }


def _unplanned(header: Row[Any], at: datetime) -> dict[str, Any]:
    """A run that was over before its plan was made, by no error of its own."""
    return _made(
        header, at, Tier.SYSTEM, "not_planned", "the run ended before it had a plan"
    )


def unattempted(header: Row[Any], batch: int, at: datetime) -> dict[str, Any]:
    """What is said of a Batch that never started."""
    made = _made(header, at, Tier.BATCH, "not_attempted", "the run ended before it")
    return {**made, "batch": batch}


def _made(
    header: Row[Any], at: datetime, tier: Tier, code: str, message: str
) -> dict[str, Any]:
    error_class = ErrorClass.TRANSIENT
    return {
        "tier": tier.value,
        "class": error_class.value,
        "durability": durability_of(error_class).value,
        "code": code,
        "message": message,
        "field": None,
        "stage": None,
        "route": ROUTES[error_class].value,
        "fingerprint": NOT_ATTEMPTED,
        "severity": header.severity,
        "owner": header.owner,
        "attempts": [],
        "at": at.isoformat(),
        **_around(header),
        "batch": None,
        "position": None,
    }


def _around(header: Row[Any]) -> dict[str, Any]:
    return {
        "source": header.source,
        "target": header.target,
        "downstream": list(header.downstream),
    }


def with_retrying(connection: Connection, found: Sequence[Waiting]) -> tuple[Waiting, ...]:
    """The same, with those marked that a retry under way has taken up."""
    numbers = [each.snapshot.id for each in found if each.snapshot is not None]
    going = retrying(connection, numbers)
    return tuple(
        replace(each, retrying=each.snapshot is not None and each.snapshot.id in going)
        for each in found
    )
