"""Schedules as the store keeps them: since when each is heeded, and what became of its slots."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from engine.domain.gate import Active
from engine.domain.outcome import Status
from engine.domain.override import ENABLED
from engine.domain.schedule import RunEnd, SlotSeen, SlotState
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import slots, turns
from engine.store.audit import Act, Audit
from engine.store.database import Database
from engine.store.events import ACTIVE
from engine.store.schedule_tables import SCHEDULE, SLOT
from engine.store.tables import EVENT, OVERRIDE

ACTOR = "schedule"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one schedule. `last` is its newest slot, `waiting` one whose run waits."""

    spec: str
    since: datetime
    paused: str | None = None
    last: SlotSeen | None = None
    waiting: SlotSeen | None = None

    @property
    def seen_to(self) -> datetime:
        """Every slot up to then has been seen to."""
        return max(self.since, self.last.at) if self.last else self.since


class Schedules:
    """Safe to use from many threads; every call is one transaction, or one moment read."""

    def __init__(
        self, database: Database, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    def kept(self) -> Mapping[str, Kept]:
        """What is kept of every schedule, by Link."""
        with self._database.reading() as connection:
            return _kept(connection)

    def active(self) -> Mapping[str, Active]:
        """By Link, the Sync Event that is queued or running."""
        with self._database.reading() as connection:
            return {row.link: active_in(row) for row in connection.execute(_ACTIVE)}

    def ends(self, link: str, limit: int) -> tuple[RunEnd, ...]:
        """How the latest runs of a Link ended, newest first, since somebody last enabled it."""
        with self._database.reading() as connection:
            return _ends(connection, link, limit)

    def slots(self, link: str, limit: int) -> tuple[SlotSeen, ...]:
        """The latest slots of a Link, newest first."""
        query = select(SLOT).where(SLOT.c.link == link).order_by(SLOT.c.slot.desc())
        with self._database.reading() as connection:
            return tuple(_seen(row) for row in connection.execute(query.limit(limit)))

    def waiting(self, link: str) -> SlotSeen | None:
        """The slot of a Link whose run waits."""
        query = select(SLOT).where(
            SLOT.c.link == link, SLOT.c.state == SlotState.WAITING.value
        )
        with self._database.reading() as connection:
            row = connection.execute(query).first()
            return None if row is None else _seen(row)

    def said(self) -> Mapping[str, tuple[int, datetime]]:
        """What differs, by Link, once anything else is said of it over its file."""
        query = select(OVERRIDE.c.link, func.count(), func.max(OVERRIDE.c.at))
        with self._database.reading() as connection:
            found = connection.execute(query.group_by(OVERRIDE.c.link))
            return {link: (times, at) for link, times, at in found}

    def begin(self, link: str, spec: str, *, since: datetime) -> None:
        """Heed what a schedule says from now on; one that says the same goes on as it was."""

        def do(connection: Connection) -> None:
            said = select(SCHEDULE.c.spec).where(SCHEDULE.c.link == link)
            if connection.execute(said).scalar() == spec:
                return
            connection.execute(delete(SCHEDULE).where(SCHEDULE.c.link == link))
            row = {"link": link, "spec": spec, "since": since, "paused": None}
            connection.execute(insert(SCHEDULE), row)
            slots.given_up(connection, link, "the schedule was changed")

        self._write(link, do)

    def forget(self, link: str) -> None:
        """A Link has no schedule any more."""

        def do(connection: Connection) -> None:
            connection.execute(delete(SCHEDULE).where(SCHEDULE.c.link == link))
            slots.given_up(connection, link, "the schedule was removed")

        self._write(link, do)

    def pass_by(self, link: str, until: datetime, note: str) -> None:
        """Let every slot up to a time go by without a word, and what waits with them."""

        def do(connection: Connection) -> None:
            connection.execute(
                update(SCHEDULE)
                .where(SCHEDULE.c.link == link, SCHEDULE.c.since < until)
                .values(since=until)
            )
            slots.given_up(connection, link, note)

        self._write(link, do)

    def skip(self, link: str, slot: datetime, note: str) -> None:
        """No run for this slot, and why; told to the audit once."""

        def do(connection: Connection) -> Act | None:
            if not slots.passed_over(connection, link, slot, note):
                return None
            return Act(ACTOR, "skip run", link, note, {"slot": slot.isoformat()})

        self._write(link, do)

    def wait(self, link: str, slot: datetime, note: str) -> None:
        """The run of this slot waits, and for what."""
        self._write(link, lambda connection: slots.waits(connection, link, slot, note))

    def pause(self, link: str, slot: datetime, note: str) -> None:
        """No more runs for now, and why; told to the audit once."""

        def do(connection: Connection) -> Act | None:
            slots.passed_over(connection, link, slot, note)
            changed = connection.execute(
                update(SCHEDULE)
                .where(SCHEDULE.c.link == link, SCHEDULE.c.paused.is_(None))
                .values(paused=note)
            )
            return Act(ACTOR, "pause schedule", link, note) if changed.rowcount else None

        self._write(link, do)

    def go_on(self, link: str, note: str) -> None:
        """A paused schedule goes on; told to the audit once."""

        def do(connection: Connection) -> Act | None:
            changed = connection.execute(
                update(SCHEDULE)
                .where(SCHEDULE.c.link == link, SCHEDULE.c.paused.is_not(None))
                .values(paused=None)
            )
            return Act(ACTOR, "resume schedule", link, note) if changed.rowcount else None

        self._write(link, do)

    def _write(self, link: str, do: Callable[[Connection], Act | None]) -> None:
        """One transaction in which no other engine touches the Link's slots."""
        with self._database.writing() as write:
            turns.take(write.connection, link)
            act = do(write.connection)
            if act is not None:
                self._audit.append(write, act, now=self._clock())


def active_in(row: Row[Any]) -> Active:
    """The Sync Event that a row says is not over."""
    since = row.started_at or row.queued_at
    return Active(row.id, Status(row.status).value, since, row.who)


_ACTIVE = select(EVENT).where(EVENT.c.status.in_(ACTIVE), EVENT.c.kind != Kind.PUSH.value)


def _kept(connection: Connection) -> Mapping[str, Kept]:
    newest = select(SLOT.c.link, func.max(SLOT.c.slot).label("slot")).group_by(SLOT.c.link)
    found = newest.subquery()
    same = (SLOT.c.link == found.c.link) & (SLOT.c.slot == found.c.slot)
    last = {
        row.link: _seen(row) for row in connection.execute(select(SLOT).join(found, same))
    }
    query = select(SLOT).where(SLOT.c.state == SlotState.WAITING.value)
    waiting = {row.link: _seen(row) for row in connection.execute(query)}
    return {
        row.link: Kept(
            row.spec, row.since, row.paused, last.get(row.link), waiting.get(row.link)
        )
        for row in connection.execute(select(SCHEDULE))
    }


def _seen(row: Row[Any]) -> SlotSeen:
    return SlotSeen(row.slot, SlotState(row.state), row.event, row.note)


def _ends(connection: Connection, link: str, limit: int) -> tuple[RunEnd, ...]:
    """What was cancelled says nothing of whether the Link works."""
    said = select(OVERRIDE.c.value, OVERRIDE.c.at).where(
        OVERRIDE.c.link == link, OVERRIDE.c.name == ENABLED
    )
    enabled = connection.execute(said).first()
    query = select(EVENT).where(
        EVENT.c.link == link,
        EVENT.c.kind == Kind.SYNC.value,
        EVENT.c.outcome.is_not(None),
        EVENT.c.outcome != Status.CANCELLED.value,
    )
    if enabled is not None and enabled.value is True:
        query = query.where(EVENT.c.finished_at > enabled.at)
    found = connection.execute(query.order_by(EVENT.c.id.desc()).limit(limit))
    return tuple(
        RunEnd(row.id, Status(row.outcome), Status(row.status), row.finished_at)
        for row in found
    )
