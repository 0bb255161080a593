"""Values as the engine hands them out, made by hand: a failed run of orders, a failing record."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.domain.diff import changes
from engine.domain.errors import Durability, ErrorClass, Route, Tier
from engine.domain.outcome import Ending, Status
from engine.domain.requests import Glimpse, HistoryEntry, RecordDetail
from engine.domain.stored_json import parsed
from engine.domain.sync_event import (
    BatchCounts,
    BatchSeen,
    ErrorGroup,
    Kind,
    OpenCounts,
    RecordCounts,
    SnapshotSeen,
    SyncEvent,
    WindowSeen,
)

STARTED = datetime(2026, 11, 22, 14, 2, 11, tzinfo=UTC)

BLANK = ErrorGroup(
    tier=Tier.RECORD,
    error_class=ErrorClass.VALIDATION,
    durability=Durability.DURABLE,
    code="required",
    field="email",
    stage="warehouse rules",
    message="email is blank",
    fingerprint="9f3ab2c4d5e60718",
    count=70,
    route=Route.QUARANTINE,
    owner="data-operations",
)
MALFORMED = ErrorGroup(
    tier=Tier.BATCH,
    error_class=ErrorClass.SCHEMA,
    durability=Durability.DURABLE,
    code="malformed",
    field=None,
    stage="source",
    message="expected JSON, got text/html",
    fingerprint="00112233445566ff",
    count=2,
    route=Route.PRODUCER,
)


def an_event(**changed: Any) -> SyncEvent:
    """#12: 28 of 30 batches completed, 70 of 28,000 records failed."""
    event = SyncEvent(
        id=12,
        link="orders",
        kind=Kind.SYNC,
        status=Status.FAILED,
        outcome=Status.FAILED,
        ending=Ending.DONE,
        definition="9f3ab2c4d5e6f708192a3b4c5d6e7f80",
        actor="ana@host",
        reason=None,
        queued_at=STARTED,
        started_at=STARTED,
        finished_at=STARTED + timedelta(seconds=12.4),
        window=WindowSeen(until=STARTED),
        batches=BatchCounts(planned=30, completed=28, failed=2),
        records=RecordCounts(fetched=28000, written=27890, ignored=40, failed=70, warned=5),
        open=OpenCounts(batches=2, records=70),
        root=12,
        workers="2 processes: two cores are idle",
        errors=(MALFORMED, BLANK),
        ignored_reasons={"archived orders live in the archive": 40},
        warnings={"loyalty tier unavailable": 5},
        downstream=("finance-dashboard", "fulfilment"),
        source="shop.example",
        target="warehouse.db",
        owner="data-operations",
    )
    return replace(event, **changed)


def an_error(**changed: Any) -> dict[str, Any]:
    """The blank email as a record's error."""
    return {
        "tier": "record",
        "class": "validation",
        "durability": "durable",
        "code": "required",
        "field": "email",
        "stage": "warehouse rules",
        "message": "email is blank",
        "route": "quarantine",
        "fingerprint": "9f3ab2c4d5e60718",
        "owner": "data-operations",
        "attempts": [],
        **changed,
    }


def a_snapshot(**changed: Any) -> SnapshotSeen:
    """s123: order 1042 with its blank email."""
    snapshot = SnapshotSeen(
        id=123,
        event=12,
        link="orders",
        batch=3,
        position=41,
        label="1042",
        key="[1042]",
        state="open",
        before=b'{"id": 1042, "email": " ", "note": null, "vat": ""}',
        after=b'{"id": 1042, "email": "", "country": "DE"}',
        edited=None,
        errors=(an_error(),),
        warnings=(),
        blame={"email": "to warehouse columns", "country": "to warehouse columns"},
        at=STARTED,
    )
    return replace(snapshot, **changed)


def a_detail(**changed: Any) -> RecordDetail:
    """Order 1042 as `record` gets it."""
    snapshot = a_snapshot(**changed)
    found = changes(parsed(snapshot.before), parsed(snapshot.after), snapshot.blame)
    history = (HistoryEntry(12, snapshot.state, STARTED, snapshot.errors),)
    return RecordDetail(an_event(), snapshot, found, history)


def a_batch(**changed: Any) -> BatchSeen:
    """Batch 7, whose page was HTML."""
    batch = BatchSeen(
        index=7,
        state="failed",
        scope={"what": "page 7", "page": 7},
        fetched=None,
        written=0,
        ignored=0,
        failed=0,
        in_doubt=0,
        attempts=1,
        started_at=STARTED,
        finished_at=STARTED + timedelta(seconds=2),
        error={
            "message": "expected JSON, got text/html",
            "fingerprint": "00112233445566ff",
        },
        open=True,
    )
    return replace(batch, **changed)


def a_glimpse(
    seconds: float, *, completed: int, fetched: int, planned: int = 30
) -> Glimpse:
    """A run so many seconds after its start."""
    flying = min(2, planned - completed)
    return Glimpse(
        event=12,
        link="orders",
        resumed=False,
        workers="2 processes",
        batches=BatchCounts(
            planned=planned,
            completed=completed,
            in_flight=flying,
            waiting=planned - completed - flying,
        ),
        records=RecordCounts(fetched=fetched, written=fetched),
        started_at=STARTED,
        now=STARTED + timedelta(seconds=seconds),
    )
