"""The queue: Sync Events that nobody runs, put there by whoever asks, taken by engines."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.domain.outcome import Status
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import events, ownership, remarks
from engine.store.audit import Act, Audit
from engine.store.books import RETRIES
from engine.store.database import Database, Write
from engine.store.events import ACTIVE, NewEvent, Owned, Owner, claimed_by, known, nobody
from engine.store.presence import Here
from engine.store.refusals import Fenced
from engine.store.tables import EVENT

MOST_LIVES = 3
"""Processes that may die over a Sync Event, one after the other, with no Batch done between."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A Sync Event taken off the queue. `hopeless`: too many died over it, it is to be ended."""

    owned: Owned
    link: str
    kind: Kind
    status: Status
    who: str
    interrupted: bool
    hopeless: bool


class Queue:
    """Safe to use from many threads; every call is one transaction, or one moment read."""

    def __init__(
        self, database: Database, audit: Audit, clock: Callable[[], datetime], here: Here
    ) -> None:
        self._database, self._audit = database, audit
        self._clock, self._here = clock, here

    def put(self, new: NewEvent, *, notes: Sequence[str] = ()) -> int:
        """A new Sync Event that nobody runs yet; LinkBusy where its Link has an active one."""
        with self._database.reading() as connection:
            events.refuse_busy(connection, new)
        with self._database.writing() as write:
            event = events.opened(write, new, nobody(new.actor)).event
            for note in notes:
                remarks.warned(write.connection, event, note)
            return event

    def orphans(self) -> frozenset[int]:
        """Sync Events that were begun, are not over, and have nobody who runs them.

        A push that nobody has waits for its turn, or for more to be delivered.
        """
        query = select(EVENT).where(EVENT.c.status.in_(ACTIVE))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        now = self._clock()
        begun = (
            row
            for row in rows
            if row.host or (row.status != Status.QUEUED and row.kind != Kind.PUSH)
        )
        return frozenset(row.id for row in begun if not self._here.lives(row, now))

    def claim(self, owner: Owner) -> Claimed | None:
        """The next that nobody runs, in this owner's hands; None where there is none.

        What another takes at this very moment is passed over.
        """
        with self._database.reading() as connection:
            free = [row.id for row in self._free(connection)]
        for event in free:
            with self._database.writing() as write:
                query = select(EVENT).where(EVENT.c.id == event)
                locked = query.with_for_update(skip_locked=True)
                row = write.connection.execute(locked).first()
                if row is not None and self._is_free(row):
                    return self._claimed(write, row, owner)
        return None

    def hand_over(self, owned: Owned, owner: Owner) -> Owned:
        """From the one that claimed it to the process that runs it; Fenced if it was quicker."""
        with self._database.writing() as write:
            connection = write.connection
            row = known(connection, owned.event, locked=True)
            if row.fence != owned.fence or row.status not in ACTIVE:
                raise Fenced(f"#{owned.event} was taken by another, or is over")
            values = {
                **claimed_by(owner),
                "who": row.who,
                "fence": row.fence + 1,
                "heartbeat_at": self._clock(),
            }
            this = EVENT.c.id == row.id
            connection.execute(update(EVENT).where(this).values(**values))
            ownership.begin_life(connection, row)
            return Owned(row.id, row.fence + 1)

    def give_back(self, owned: Owned) -> None:
        """Nobody's again, where its process died before it took it out of these hands."""
        with self._database.writing() as write:
            connection = write.connection
            row = known(connection, owned.event, locked=True)
            if row.fence != owned.fence or row.status not in ACTIVE:
                return
            values = {**claimed_by(nobody(row.who)), "fence": owned.fence + 1}
            connection.execute(update(EVENT).where(EVENT.c.id == row.id).values(**values))
            ownership.begin_life(connection, row)

    def free(self, event: int, *, actor: str) -> None:
        """Say that an interrupted Sync Event is to go on; refused while its owner lives."""
        now = self._clock()
        with self._database.writing() as write:
            row = known(write.connection, event, locked=True)
            ownership.refuse_adoption(row, self._here, now)
            if row.host:
                owned = ownership.taken(write.connection, row, nobody(row.who), now=now)
                act = Act(actor, "resume", f"#{owned.event}", None)
                self._audit.append(write, act, now=now)

    def nobody_runs(self, event: int) -> bool:
        """Whether it is active, and no living process runs it."""
        with self._database.reading() as connection:
            return self._is_free(known(connection, event))

    def active(self) -> int:
        """How many Sync Events are queued or running."""
        with self._database.reading() as connection:
            rows = connection.execute(select(EVENT.c.id).where(EVENT.c.status.in_(ACTIVE)))
            return len(rows.all())

    def waiting(self) -> tuple[tuple[int, str, datetime], ...]:
        """Those that nobody has taken yet: number, Link, since when."""
        with self._database.reading() as connection:
            rows = connection.execute(_ACTIVE).all()
        return tuple((row.id, row.link, row.queued_at) for row in rows if not row.host)

    def _free(self, connection: Connection) -> Iterator[Row[Any]]:
        """Those that may be taken now, the oldest first; push waits for a retry (C5).

        It waits for an earlier push of its Link, too: what was delivered first is written first.
        """
        rows = connection.execute(_ACTIVE).all()
        held_up = {row.link for row in rows if row.kind in RETRIES}
        for row in rows:
            waits = row.kind == Kind.PUSH and row.link in held_up
            if not waits and self._is_free(row):
                yield row
            if row.kind == Kind.PUSH:
                held_up.add(row.link)

    def _is_free(self, row: Row[Any]) -> bool:
        return row.status in ACTIVE and not self._here.lives(row, self._clock())

    def _claimed(self, write: Write, row: Row[Any], owner: Owner) -> Claimed:
        now = self._clock()
        owned = ownership.taken(write.connection, row, owner, now=now)
        this = EVENT.c.id == row.id
        # Who asked for it is what people are told; who works for them is the host and pid.
        write.connection.execute(update(EVENT).where(this).values(who=row.who))
        died = bool(row.host and row.lives)
        if died:
            act = Act(owner.who, "resume", f"#{row.id}", None)
            self._audit.append(write, act, now=now)
        return Claimed(
            owned=owned,
            link=row.link,
            kind=Kind(row.kind),
            status=Status(row.status),
            who=row.who,
            interrupted=died,
            hopeless=row.lives >= MOST_LIVES and row.done_before == ownership.done_of(row),
        )


_ACTIVE = select(EVENT).where(EVENT.c.status.in_(ACTIVE)).order_by(EVENT.c.id)
