"""The journal of a running Sync Event: one transaction for everything its runner says."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import Connection, bindparam, func, literal, select, update

from engine.domain.batch import BatchState, Replayed, Scope
from engine.domain.delivery import Arrived, gathered, scopes_of
from engine.domain.outcome import Status
from engine.domain.progress import (
    BatchesPlanned,
    BatchFinished,
    BatchStarted,
    Progress,
    SyncFinished,
    SyncStarted,
)
from engine.domain.record_key import AnyKey, Keys
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import Kind
from engine.store import (
    marks,
    outcomes,
    ownership,
    retrying,
    scopes,
    superseding,
    tallies,
    turns,
)
from engine.store.books import add
from engine.store.closing import IS_OPEN
from engine.store.columns import UtcTime, Words
from engine.store.database import Database
from engine.store.ending import End, ended
from engine.store.events import ACTIVE, Owned, known
from engine.store.marks import Settle
from engine.store.outcomes import Running
from engine.store.presence import LEASE
from engine.store.refusals import Fenced
from engine.store.stored_text import mark_text
from engine.store.superseding import OpenKeys
from engine.store.tables import BATCH, EVENT, ITEM, SNAPSHOT

BEATS = 6
"""Heartbeats in a lease, where nothing else is written."""


_PLANS_ANEW = (Kind.SYNC, Kind.PUSH)

_HOLD = (
    update(EVENT)
    .where(
        EVENT.c.id == bindparam("mine"),
        EVENT.c.fence == bindparam("fence_then"),
        EVENT.c.status.in_(ACTIVE),
    )
    .values(heartbeat_at=bindparam("now"))
)


class Journal:
    """What a coordinator writes; on its own thread only."""

    def __init__(
        self,
        database: Database,
        owned: Owned,
        settle: Settle,
        clock: Callable[[], datetime],
        lease: timedelta = LEASE,
    ) -> None:
        self.event = owned.event
        self._database, self._owned = database, owned
        self._settle, self._clock = settle, clock
        with database.reading() as connection:
            row = known(connection, owned.event)
            waits = row.kind == Kind.PUSH
            meets = waits or superseding.is_any_open(connection, row.link, but=owned.event)
        found = AnyKey() if waits else OpenKeys(database, row.link, owned.event)
        self.open_keys: Keys | None = found if meets else None
        meeting = superseding.Meeting(row.link, owned.event, row.root, row.plan)
        self._running = Running(
            owned.event, row.link, Kind(row.kind), meeting if meets else None
        )
        self._written = time.monotonic()
        self._lease = lease.total_seconds()

    def emit(self, progress: Progress) -> None:
        """Keep it, whole or not at all; Fenced once somebody else has the Sync Event."""
        durable = not isinstance(progress, BatchStarted) or progress.durable
        with self._database.writing(durable=durable) as write:
            if not isinstance(progress, SyncStarted | BatchStarted):
                turns.take(write.connection, self._running.link)
            self._hold(write.connection)
            self._keep(write.connection, progress)
        self._written = time.monotonic()

    def beat(self) -> None:
        """A sign of life, when nothing else was written for a while."""
        if time.monotonic() - self._written < self._lease / BEATS:
            return
        with self._database.writing(durable=False) as write:
            self._hold(write.connection)
        self._written = time.monotonic()

    def leave(self, unbegun: Sequence[int]) -> None:
        """Leave the Sync Event to whoever takes it up next; it runs on, in nobody's hands.

        `unbegun` were handed out, and never begun: nothing of them is uncertain.
        """
        with self._database.writing() as write:
            connection = write.connection
            turns.take(connection, self._running.link)
            self._hold(connection)
            ownership.left(connection, self._owned, unbegun)

    def records(self, scope: Scope) -> tuple[tuple[Replayed, ...], bool]:
        """What a Batch made of Snapshots sends, and whether any of it is in doubt.

        What was closed since the plan was made is left out (P2).
        """
        query = (
            select(
                SNAPSHOT.c.id,
                SNAPSHOT.c.state,
                func.coalesce(SNAPSHOT.c.edited, SNAPSHOT.c.before).label("sent"),
            )
            .join(ITEM, ITEM.c.snapshot == SNAPSHOT.c.id)
            .where(retrying.items_of(scope), IS_OPEN)
            .order_by(ITEM.c.place)
        )
        if self.open_keys is not None:
            # For what is fetched; these go when that is asked for, and it is waited for.
            self.open_keys.read()
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        doubtful = any(row.state == RecordState.IN_DOUBT for row in rows)
        return tuple(Replayed(row.id, bytes(row.sent)) for row in rows), doubtful

    def arrived(self) -> Arrived:
        """What was delivered and no Batch holds yet, and whether it has to wait (C5)."""
        from engine.store import deliveries

        with self._database.reading() as connection:
            return Arrived(
                tuple(deliveries.waiting(connection, self.event)),
                deliveries.held_up(connection, self._running.link, self.event),
            )

    def sealed(self) -> bool:
        """Let it take no more deliveries; false where one has just come that is not planned."""
        from engine.store import deliveries

        with self._sealing() as connection:
            if deliveries.waiting(connection, self.event, limit=1):
                return False
            self._planned(connection, BatchesPlanned(first=0, scopes=()))
            return True

    def cut_off(self, size: int) -> tuple[Scope, ...]:
        """Let it take no more deliveries, whatever comes; the scopes of what had come, planned."""
        from engine.store import deliveries

        with self._sealing() as connection:
            lots = gathered(deliveries.waiting(connection, self.event, limit=None))
            rest = tuple(scopes_of(self.event, lots, size))
            first = scopes.next_batch(connection, self.event)
            self._planned(connection, BatchesPlanned(first=first, scopes=rest))
            return rest

    @contextmanager
    def _sealing(self) -> Iterator[Connection]:
        with self._database.writing() as write:
            turns.take(write.connection, self._running.link)
            self._hold(write.connection)
            yield write.connection
        self._written = time.monotonic()

    def delivered(self, scope: Scope) -> tuple[bytes, ...] | None:
        """The records of a Batch as they were delivered; None where they are no longer kept."""
        from engine.store import deliveries

        with self._database.reading() as connection:
            return deliveries.records(connection, scope)

    def failed_canaries(self) -> frozenset[str]:
        """Fingerprints of which something failed among those that went first (P5)."""
        query = select(
            BATCH.c.scope, BATCH.c.state, BATCH.c.failed, BATCH.c.in_doubt
        ).where(BATCH.c.event == self.event, BATCH.c.retries_event.is_not(None))
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return frozenset(
            row.scope["canary"]
            for row in rows
            if "canary" in row.scope
            and (row.state != BatchState.COMPLETED or row.failed or row.in_doubt)
        )

    def cancel_requested(self) -> tuple[str, str] | None:
        """Who asked for the end of this run, and why."""
        query = select(EVENT.c.cancel_actor, EVENT.c.cancel_reason).where(
            EVENT.c.id == self.event
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one()
        return None if row.cancel_actor is None else (row.cancel_actor, row.cancel_reason)

    def _hold(self, connection: Connection) -> None:
        """The heartbeat; and the proof that the Sync Event is still ours, to the end of this."""
        mine = {
            "mine": self.event,
            "fence_then": self._owned.fence,
            "now": self._clock(),
        }
        if not connection.execute(_HOLD, mine).rowcount:
            raise Fenced(self._lost(connection))

    def _lost(self, connection: Connection) -> str:
        row = known(connection, self.event)
        if row.status in ACTIVE:
            what = f"was taken over by {row.who} (pid {row.pid} on {row.host})"
        else:
            what = f"is over ({Status(row.status)})"
        return f"#{self.event} {what}; this process stops, and what it did since is not counted"

    def _keep(self, connection: Connection, progress: Progress) -> None:
        match progress:
            case SyncStarted():
                self._started(connection, progress)
            case BatchesPlanned():
                self._planned(connection, progress)
            case BatchStarted():
                self._handed_out(connection, progress)
            case BatchFinished():
                outcomes.finished(
                    connection, self._running, progress.outcomes, now=self._clock()
                )
            case SyncFinished():
                end = End(progress.at, progress.ending, progress.error, progress.reason)
                ended(connection, self.event, end, self._settle)
            case _:
                assert_never(progress)

    def _started(self, connection: Connection, said: SyncStarted) -> None:
        connection.execute(
            update(EVENT)
            .where(EVENT.c.id == self.event)
            .values(
                status=Status.RUNNING.value,
                started_at=func.coalesce(EVENT.c.started_at, literal(said.at, UtcTime)),
                workers=func.coalesce(literal(said.workers, Words), EVENT.c.workers),
            )
        )

    def _planned(self, connection: Connection, said: BatchesPlanned) -> None:
        if said.scopes and said.first < scopes.next_batch(connection, self.event):
            # Planned already, when it was cut off; whoever listens besides is told of it now.
            return
        scopes.planned(connection, self.event, said.scopes, first=said.first)
        if self._running.kind is Kind.PUSH:
            from engine.store import deliveries

            deliveries.planned(connection, said.scopes, first=said.first)
        values: dict[str, object] = {"planning_complete": said.complete}
        if said.bound is not None:
            values["until"] = mark_text(said.bound)
        if said.workers is not None:
            values["workers"] = said.workers
        connection.execute(update(EVENT).where(EVENT.c.id == self.event).values(**values))
        warnings = dict.fromkeys(said.warnings, 1)
        tallies.count_reasons(connection, self.event, tallies.WARNING, warnings)
        add(connection, self.event, warnings=len(warnings))
        if said.complete and self._running.kind in _PLANS_ANEW:
            marks.plans_again(connection, self._running.link, self.event)

    def _handed_out(self, connection: Connection, said: BatchStarted) -> None:
        started = connection.execute(
            update(BATCH)
            .where(
                BATCH.c.event == self.event,
                BATCH.c.number.in_(said.batches),
                BATCH.c.state == BatchState.WAITING.value,
            )
            .values(state=BatchState.IN_FLIGHT.value, started=True, started_at=said.at)
        ).rowcount
        add(connection, self.event, waiting=-started, in_flight=started)
