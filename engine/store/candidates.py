"""What a retry can take up: everything open in a Sync Event and all that descend from it (C1)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from engine.domain.errors import Refused
from engine.domain.inbox import edit_version
from engine.domain.requests import Selection
from engine.domain.retry_plan import BatchItem
from engine.domain.values import dataclass
from engine.store.books import subtree
from engine.store.closing import IS_OPEN
from engine.store.database import Database
from engine.store.events import known
from engine.store.failures import sought_in
from engine.store.kept_errors import FIELDS
from engine.store.tables import BATCH, EVENT, SNAPSHOT

CHUNK = 2000
NAMED = 400
"""Snapshots that one statement names."""

_FINGERPRINT = FIELDS.index("fingerprint")
_STAGE = FIELDS.index("stage")
_CODE = FIELDS.index("code")
_WANTED = tuple(
    SNAPSHOT.c[name]
    for name in (
        "id",
        "event",
        "label",
        "key",
        "fingerprint",
        "state",
        "before",
        "edited",
        "held",
        "at",
    )
)
"""Not the errors: reading those of 70,000 records takes a second."""

NOT_ATTEMPTED = "not attempted"
"""Stands for the fingerprint of a Batch that never started."""

LOST = frozenset({"worker_died", "worker_hung"})
"""Codes of batches that may have been written in part, and nobody knows (K4)."""


@dataclass(frozen=True, slots=True)
class KeptScope:
    """An open Batch and the scope it is fetched again by."""

    item: BatchItem
    scope: dict[str, Any]
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open failing record. `sent` is what would be sent: its edit, else what the source gave."""

    snapshot: int
    event: int
    label: str
    key: str | None
    fingerprint: str
    state: str
    sent: bytes | None
    version: str
    held: str | None
    at: datetime


def events_below(connection: Connection, event: int) -> list[int]:
    """A Sync Event and all that descend from it, in order."""
    root = known(connection, event).root
    chain = connection.execute(
        select(EVENT.c.id, EVENT.c.parent).where(EVENT.c.root == root)
    ).all()
    return sorted(subtree(event, {row.id: row.parent for row in chain}))


def open_scopes(
    connection: Connection, events: Sequence[int], selection: Selection, *, of: int
) -> list[KeptScope]:
    """Batches whose scope waits for a retry, as far as the Selection means them."""
    if selection.tier not in (None, "batch") or selection.keys or selection.where:
        return []
    query = select(
        BATCH.c.event, BATCH.c.number, BATCH.c.scope, BATCH.c.error, BATCH.c.started
    ).where(BATCH.c.event.in_(events), BATCH.c.open)
    if selection.batch is not None:
        query = query.where(BATCH.c.event == of, BATCH.c.number == selection.batch)
    found = connection.execute(query.order_by(BATCH.c.event, BATCH.c.number)).all()
    kept = [_kept_scope(row) for row in found]
    if selection.stage is not None:
        stages = {
            (row.event, row.number): row.error[_STAGE] if row.error else None
            for row in found
        }
        kept = [
            each
            for each in kept
            if stages[each.item.event, each.item.batch] == selection.stage
        ]
    if selection.fingerprints:
        kept = [each for each in kept if each.item.fingerprint in selection.fingerprints]
    return kept


def _kept_scope(row: Any) -> KeptScope:
    fingerprint = row.error[_FINGERPRINT] if row.error else NOT_ATTEMPTED
    lost = bool(row.error) and row.error[_CODE] in LOST
    item = BatchItem(row.event, row.number, fingerprint)
    return KeptScope(item, dict(row.scope), uncertain=lost)


def open_records(
    database: Database, events: Sequence[int], selection: Selection, *, of: int
) -> Iterator[list[Candidate]]:
    """Open failing records in order of their Snapshots, some at a time."""
    for event in events:
        if selection.batch is not None and event != of:
            continue
        yield from _in_one(database, event, selection)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a Snapshot is: its Sync Event, and the root of its Chain."""

    snapshot: int
    event: int
    root: int


def homes(connection: Connection, snapshots: Sequence[int]) -> tuple[Home, ...]:
    """Where each of these is, in their order. Refused where there is none of a number."""
    query = select(SNAPSHOT.c.id, SNAPSHOT.c.event, EVENT.c.root).join(
        EVENT, EVENT.c.id == SNAPSHOT.c.event
    )
    found: dict[int, Home] = {}
    for start in range(0, len(snapshots), NAMED):
        chunk = snapshots[start : start + NAMED]
        for row in connection.execute(query.where(SNAPSHOT.c.id.in_(chunk))):
            found[row.id] = Home(row.id, row.event, row.root)
    missing = next((each for each in snapshots if each not in found), None)
    if missing is not None:
        raise Refused(
            f"there is no Snapshot s{missing}; linkdeck failures EVENT lists them"
        )
    return tuple(found[each] for each in snapshots)


def named_records(
    database: Database, snapshots: Sequence[int]
) -> Iterator[list[Candidate]]:
    """Failing records named one by one, as far as they are open, some at a time."""
    for start in range(0, len(snapshots), NAMED):
        chunk = sorted(snapshots[start : start + NAMED])
        query = select(*_WANTED).where(SNAPSHOT.c.id.in_(chunk), IS_OPEN)
        with database.reading() as connection:
            rows = connection.execute(query.order_by(SNAPSHOT.c.id)).all()
        yield [_candidate(row) for row in rows]


def _in_one(
    database: Database, event: int, selection: Selection
) -> Iterator[list[Candidate]]:
    after = 0
    while True:
        with database.reading() as connection:
            sought = sought_in(connection, event, selection)
            if sought.fingerprints == ():
                return
            narrowed = replace(sought, conditions=(*sought.conditions, IS_OPEN))
            page = narrowed.page(after, CHUNK).with_only_columns(*_WANTED)
            rows = connection.execute(page).all()
        if rows:
            yield [_candidate(row) for row in rows]
        if len(rows) < CHUNK:
            return
        after = rows[-1].id


def _candidate(row: Any) -> Candidate:
    sent = row.before if row.edited is None else row.edited
    return Candidate(
        snapshot=row.id,
        event=row.event,
        label=row.label,
        key=row.key,
        fingerprint=row.fingerprint or "",
        state=row.state,
        sent=None if sent is None else bytes(sent),
        version=edit_version(row.edited),
        held=row.held,
        at=row.at,
    )
