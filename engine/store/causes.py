"""Causes over all Sync Events: what each fingerprint did to each Link, counted as runs end."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, select, text, update

from engine.domain.outcome import Ending
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import ErrorGroup, Kind
from engine.domain.values import dataclass
from engine.store import totals
from engine.store.columns import UtcTime
from engine.store.rows import AnyRow
from engine.store.tables import EVENT, GROUP
from engine.store.totals import Total
from engine.store.watch_tables import CAUSE, NOTE

CHUNK = 500

RUNS = (Kind.SYNC.value, Kind.PUSH.value)
"""Kinds that meet what the source gives; the others only send again what failed."""

_WAYS = {
    RecordState.RECOVERED: "recovered",
    RecordState.SUPERSEDED: "superseded",
    RecordState.EQUAL: "equal",
    RecordState.DISCARDED: "discarded",
}
"""How a failure can close for good, and the counter of its cause."""

_KEEP = text(
    "INSERT INTO cause (fingerprint, link, tier, error_class, durability, code, field, stage,"
    " message, route, first_event, first_at, last_event, last_at, last_run, events, times,"
    " recovered, superseded, equal, discarded, returned, returned_event) VALUES (:fingerprint,"
    " :link, :tier, :error_class, :durability, :code, :field, :stage, :message, :route, :event,"
    " :at, :event, :at, :run, 1, :times, 0, 0, 0, 0, 0, NULL)"
    " ON CONFLICT (fingerprint, link) DO UPDATE SET"
    " last_event = excluded.last_event, last_at = excluded.last_at,"
    " last_run = CASE WHEN excluded.last_run > 0 THEN excluded.last_run ELSE cause.last_run END,"
    " events = cause.events + 1, times = cause.times + excluded.times,"
    " returned = cause.returned + :returned,"
    " returned_event ="
    " CASE WHEN :returned > 0 THEN excluded.last_event ELSE cause.returned_event END"
).bindparams(bindparam("at", type_=UtcTime))


def ended(connection: Connection, row: Row[Any]) -> None:
    """Count the causes of a Sync Event that has just ended; those that came back are noted."""
    if row.kind == Kind.TEST:
        return
    groups = _groups(connection, row.id)
    if not groups:
        return
    back = _came_back(connection, row, [each.fingerprint for each in groups])
    run = row.id if row.kind in RUNS else 0
    event = {"event": row.id, "link": row.link, "run": run, "at": row.finished_at}
    rows = [
        {**each._mapping, **event, "returned": int(each.fingerprint in back)}  # noqa: SLF001 - a Row's public mapping
        for each in groups
    ]
    connection.execute(_KEEP, rows)


def _groups(connection: Connection, event: int) -> Sequence[AnyRow]:
    """A Batch that failed and the records it took along are one cause."""
    alike = (
        "tier",
        "error_class",
        "durability",
        "code",
        "field",
        "stage",
        "message",
        "route",
    )
    query = (
        select(
            GROUP.c.fingerprint,
            *(func.min(GROUP.c[name]).label(name) for name in alike),
            func.sum(GROUP.c.times).label("times"),
        )
        .where(GROUP.c.event == event)
        .group_by(GROUP.c.fingerprint)
        .order_by(GROUP.c.fingerprint)
    )
    return cast("Sequence[AnyRow]", connection.execute(query).all())


def _came_back(
    connection: Connection, row: Row[Any], fingerprints: Sequence[str]
) -> frozenset[str]:
    """Those that the Link had had, and the run before this one did not."""
    if row.kind not in RUNS:
        return frozenset()
    before = select(func.max(EVENT.c.id)).where(
        EVENT.c.link == row.link,
        EVENT.c.id < row.id,
        EVENT.c.kind.in_(RUNS),
        EVENT.c.ending == Ending.DONE.value,
    )
    previous = connection.execute(before).scalar()
    found: set[str] = set()
    for chunk in _chunks(fingerprints):
        query = select(CAUSE.c.fingerprint).where(
            CAUSE.c.link == row.link,
            CAUSE.c.fingerprint.in_(chunk),
            CAUSE.c.last_run > 0,
            CAUSE.c.last_run < (previous or 0),
        )
        found |= set(connection.execute(query).scalars())
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is known of the causes of some Sync Events beside their own counts."""

    notes: Mapping[str, AnyRow]
    returned: frozenset[tuple[str, int]]

    def on(self, group: ErrorGroup, event: int) -> ErrorGroup:
        """The group with what is known of its cause."""
        note = self.notes.get(group.fingerprint)
        back = (group.fingerprint, event) in self.returned
        if note is None and not back:
            return group
        said = {"note": note.note, "category": note.category} if note else {}
        return replace(group, returned=back, **said)


_NUMBERS: BindParameter[Sequence[int]] = bindparam("numbers", expanding=True)
_NOTES = select(NOTE).where(
    NOTE.c.fingerprint.in_(select(GROUP.c.fingerprint).where(GROUP.c.event.in_(_NUMBERS)))
)
_BACK = select(CAUSE.c.fingerprint, CAUSE.c.returned_event).where(
    CAUSE.c.returned_event.in_(_NUMBERS)
)


def remarks(connection: Connection, events: Sequence[int]) -> Remarks:
    """What people said of the causes of these Sync Events, and which of them came back there."""
    numbers = {"numbers": events}
    notes = connection.execute(_NOTES, numbers)
    back = connection.execute(_BACK, numbers)
    return Remarks(
        {row.fingerprint: row for row in notes},
        frozenset((row.fingerprint, row.returned_event) for row in back),
    )


def closed(
    connection: Connection, counts: Mapping[tuple[int, str | None], int], state: RecordState
) -> None:
    """Count failures that closed for good, by the Sync Event they were in and their cause."""
    way = _WAYS.get(state)
    if way is None or not counts:
        return
    links = _links(connection, {event for event, _ in counts})
    by_link: dict[str, int] = {}
    for (event, fingerprint), times in sorted(counts.items(), key=str):
        link = links[event]
        by_link[link] = by_link.get(link, 0) + times
        if fingerprint is not None:
            _add(connection, fingerprint, link, way, times)
    totals.add(
        connection,
        [Total(totals.CLOSED, link, "", way, times) for link, times in by_link.items()],
    )


def _add(connection: Connection, fingerprint: str, link: str, way: str, times: int) -> None:
    mine = (CAUSE.c.fingerprint == fingerprint, CAUSE.c.link == link)
    connection.execute(update(CAUSE).where(*mine).values({way: CAUSE.c[way] + times}))


def _links(connection: Connection, events: Collection[int]) -> Mapping[int, str]:
    found: dict[int, str] = {}
    for chunk in _chunks(sorted(events)):
        query = select(EVENT.c.id, EVENT.c.link).where(EVENT.c.id.in_(chunk))
        found |= {row.id: row.link for row in connection.execute(query)}
    return found


_Thing = TypeVar("_Thing")


def _chunks(things: Sequence[_Thing]) -> Iterator[Sequence[_Thing]]:
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]
