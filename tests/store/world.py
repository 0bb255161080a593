"""What the tests of the store are made of: definitions, owners, outcomes, runs to tell of."""

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.domain.batch import BatchOutcome, BatchState, Scope
from engine.domain.delta import MarkValue, Window
from engine.domain.errors import Durability, Error, ErrorClass, LinkdeckError, Route, Tier
from engine.domain.link import Definition, Endpoint, Link
from engine.domain.outcome import Ending
from engine.domain.progress import (
    BatchesPlanned,
    BatchFinished,
    BatchStarted,
    SyncFinished,
    SyncStarted,
)
from engine.domain.snapshot import RecordState, Snapshot
from engine.domain.sync_event import Kind, SyncEvent
from engine.recovery import mark
from engine.store.events import NewEvent, Owned, Owner
from engine.store.journal import Journal
from engine.store.store import Store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def a_definition(link: str = "orders", *, source_hash: str = "source") -> Definition:
    """A Link from a file to a table."""
    value = Link(
        name=link,
        source=Endpoint("file", "orders.ndjson", None, block_hash=source_hash),
        target=Endpoint("sql", "warehouse", None),
        key=("order_id",),
        owner="data-operations",
        downstream=("finance",),
    )
    text = f'{{"link":"{link}","source":"{source_hash}","masks":["email"]}}'
    return Definition(value, f"hash of {text}", text, f"/links/{link}.yaml", "/links")


def this_process(who: str = "ana@host") -> Owner:
    """The process the test runs in, as an owner."""
    started = psutil.Process().create_time()
    return Owner(socket.gethostname(), os.getpid(), started, who)


def a_dead_process(who: str = "bob@host") -> Owner:
    """An owner on this host that is no more: its number was given to another process."""
    return Owner(socket.gethostname(), os.getpid(), 1.0, who)


def new_event(
    link: str = "orders",
    *,
    kind: Kind = Kind.SYNC,
    window: Window | None = None,
    source_hash: str = "source",
    parent: int | None = None,
) -> NewEvent:
    """What `run` would ask for."""
    return NewEvent(
        link=link,
        kind=kind,
        definition=a_definition(link, source_hash=source_hash),
        actor="ana@host",
        reason=None,
        options={"full": True},
        window=window or Window(None, NOON),
        queued_at=NOON,
        parent=parent,
        moves=kind is Kind.SYNC,
    )


def an_error(
    message: str = "email is blank",
    *,
    tier: Tier = Tier.RECORD,
    stage: str = "rules",
    fingerprint: str = "",
) -> Error:
    """An error as a Batch hands it over; its fingerprint is its message."""
    return Error(
        tier=tier,
        error_class=ErrorClass.VALIDATION,
        durability=Durability.DURABLE,
        code="required",
        message=message,
        field="email",
        stage=stage,
        route=Route.QUARANTINE,
        fingerprint=fingerprint or f"{message}/{stage}",
        at=NOON,
    )


def a_snapshot(
    place: int,
    *,
    label: str | None = None,
    error: Error | None = None,
    state: RecordState = RecordState.OPEN,
) -> Snapshot:
    """A failing record at this place."""
    name = label or f"order-{place}"
    return Snapshot(
        position=place,
        label=name,
        key=f'["{name}"]',
        before=b'{"id": %d}' % place,
        after=b'{"order_id": %d}' % place,
        errors=(error or an_error(),),
        state=state,
        blame={"order_id": "mapping"},
    )


def clean(batch: int, records: int = 10) -> BatchOutcome:
    """A Batch of which all was written."""
    return BatchOutcome(
        batch,
        BatchState.COMPLETED,
        fetched=records,
        written=records,
        started_at=NOON,
        finished_at=NOON,
    )


def with_failures(
    batch: int, failing: Sequence[Snapshot], *, written: int = 8
) -> BatchOutcome:
    """A Batch of which some records failed."""
    return BatchOutcome(
        batch,
        BatchState.COMPLETED,
        fetched=written + len(failing),
        written=written,
        failed=len(failing),
        snapshots=tuple(failing),
        finished_at=NOON,
    )


def never_received(batch: int, message: str = "page 3 timed out") -> BatchOutcome:
    """A Batch whose fetch failed: its scope is kept."""
    return BatchOutcome(
        batch,
        BatchState.FAILED,
        error=an_error(message, tier=Tier.BATCH, stage="source"),
        scope_open=True,
        finished_at=NOON,
    )


def scopes(count: int, *, of: str | None = None) -> tuple[Scope, ...]:
    """So many scopes, of one file or of none."""
    whole: Mapping[str, Any] = {} if of is None else {"of": of}
    return tuple({"what": f"page {number}", **whole} for number in range(count))


@dataclass(frozen=True)
class Told:
    """A Sync Event and the journal it is told to."""

    store: Store
    owned: Owned
    journal: Journal

    @property
    def number(self) -> int:
        return self.owned.event

    def seen(self) -> SyncEvent:
        """The Sync Event as stored, its books proved."""
        event = self.store.event(self.number)
        assert event is not None
        books_hold(event)
        return event

    def starts(self) -> "Told":
        """The run has begun."""
        self.journal.emit(SyncStarted(NOON))
        return self

    def plans(
        self,
        count: int,
        *,
        bound: MarkValue | None = None,
        of: str | None = None,
    ) -> "Told":
        """So many batches, planned at once."""
        self.journal.emit(
            BatchesPlanned(0, scopes(count, of=of), bound=bound, workers="2 threads")
        )
        return self

    def hands_out(self, *batches: int) -> "Told":
        """These batches go to workers."""
        self.journal.emit(BatchStarted(batches, NOON))
        return self

    def finishes(self, *outcomes: BatchOutcome) -> "Told":
        """These outcomes come back."""
        self.journal.emit(BatchFinished(outcomes))
        return self

    def ends(
        self,
        ending: Ending = Ending.DONE,
        error: Error | None = None,
        reason: str | None = None,
    ) -> SyncEvent:
        """The run is over."""
        self.journal.emit(SyncFinished(at(5), ending, error, reason))
        return self.seen()


def told(store: Store, new: NewEvent | None = None, owner: Owner | None = None) -> Told:
    """A Sync Event opened, its journal in hand."""
    owned = store.open_event(new or new_event(), owner or this_process())
    return Told(store, owned, store.journal(owned, mark.settle))


def running(store: Store, batches: int = 3, new: NewEvent | None = None) -> Told:
    """A Sync Event that has begun and planned so many batches."""
    return told(store, new).starts().plans(batches)


def made(home: Path) -> Path:
    """A SQLite store with a Sync Event in it, closed; its file."""
    store = Store.open(None, home=home)
    running(store, 2).finishes(clean(0), clean(1)).ends()
    store.close()
    return home / "linkdeck.db"


def refusal_of(home: Path, *, create: bool = True) -> str:
    """The one sentence a person reads when this store cannot be opened."""
    with pytest.raises(LinkdeckError) as refused:
        Store.open(None, home=home, create=create).close()
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


def books_hold(event: SyncEvent) -> None:
    """The accounting identity, of records and of batches (S3)."""
    records, batches = event.records, event.batches
    accounted = records.written + records.would_write + records.ignored
    accounted += records.failed + records.in_doubt
    assert records.fetched + records.from_snapshots == accounted
    ended = batches.completed + batches.failed + batches.not_attempted
    assert batches.planned == ended + batches.in_flight + batches.waiting
    assert event.residual == 0
