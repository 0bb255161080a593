"""The tables. They never leave this package; rows go out as frozen values."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Index, LargeBinary, false, text
from sqlmodel import Field, SQLModel

from engine.store.columns import Json, Number, Table, UtcTime, Words

ACTIVE = "status IN ('queued', 'running') AND kind <> 'push'"
"""What C5 allows one of per Link."""

FAILING = "fingerprint IS NOT NULL"
OPEN = "state = 'open' OR state = 'unmet' OR state = 'in_doubt'"
WARNED = "state = 'warned'"
"""Queries must say these literally, or SQLite does not see that the index fits."""

_NOTHING_YET = {"server_default": "0"}


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    # The migrations say the same for PostgreSQL; saying it here would import its dialect, and
    # asyncio with it, into every command.
    return Index(name, *columns, unique=unique, sqlite_where=text(where))


class DefinitionRow(Table, table=True):
    """The text of a definition that Sync Events ran with, once (D1)."""

    __tablename__ = "definition"

    hash: str = Field(primary_key=True, sa_type=Words)
    text: str = Field(sa_type=Words)
    modules: dict[str, str] = Field(sa_type=Json)


class EventRow(Table, table=True):
    """A Sync Event: what was asked for, who runs it, its books, its relations.

    `moved` counts failures that a later run met and failed on anew, `elsewhere` those that a retry
    beside this Sync Event carried on, as long as they are open there (C4); `plan` is the retry plan
    it runs; `left_batches` and `left_records` are what was open in the whole Chain when it ended.
    `delivered` counts the records that were delivered to it (C9). `host` is blank while nobody runs
    it; `lives` are the processes that took it up since `done_before` batches were done.
    """

    __tablename__ = "sync_event"
    __table_args__ = (
        Index("sync_event_by_link", "link", "id"),
        Index("sync_event_by_status", "status", "id"),
        Index("sync_event_by_root", "root"),
        _partial("sync_event_active", "link", where=ACTIVE, unique=True),
        _partial("sync_event_unpurged", "link", "id", where="purged_at IS NULL"),
    )

    id: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    link: str = Field(sa_type=Words)
    kind: str = Field(sa_type=Words)
    status: str = Field(sa_type=Words)
    outcome: str | None = Field(sa_type=Words)
    ending: str | None = Field(sa_type=Words)
    label: str | None = Field(sa_type=Words)
    definition: str = Field(sa_type=Words, foreign_key="definition.hash")
    path: str = Field(sa_type=Words)
    folder: str = Field(sa_type=Words)
    source_hash: str = Field(sa_type=Words)
    source: str = Field(sa_type=Words)
    target: str = Field(sa_type=Words)
    severity: str = Field(sa_type=Words)
    downstream: list[str] = Field(sa_type=Json)
    owner: str | None = Field(sa_type=Words)
    actor: str = Field(sa_type=Words)
    reason: str | None = Field(sa_type=Words)
    options: dict[str, Any] = Field(sa_type=Json)
    since: str | None = Field(sa_type=Words)
    until: str | None = Field(sa_type=Words)
    moves: bool = Field(sa_type=Boolean)
    queued_at: datetime = Field(sa_type=UtcTime)
    started_at: datetime | None = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(sa_type=UtcTime)
    workers: str | None = Field(sa_type=Words)
    parent: int | None = Field(sa_type=Number)
    root: int = Field(sa_type=Number)
    recovered_by: int | None = Field(sa_type=Number)
    closed_by: str | None = Field(sa_type=Words)
    superseded_by: int | None = Field(sa_type=Number)
    replay: str | None = Field(sa_type=Words)
    interrupted: bool = Field(sa_type=Boolean)
    host: str = Field(sa_type=Words)
    pid: int = Field(sa_type=Number)
    process_started: str = Field(sa_type=Words)
    who: str = Field(sa_type=Words)
    fence: int = Field(sa_type=Number)
    heartbeat_at: datetime = Field(sa_type=UtcTime)
    cancel_actor: str | None = Field(sa_type=Words)
    cancel_reason: str | None = Field(sa_type=Words)
    planning_complete: bool = Field(sa_type=Boolean)
    next_batch: int = Field(sa_type=Number)
    planned: int = Field(sa_type=Number)
    completed: int = Field(sa_type=Number)
    failed_batches: int = Field(sa_type=Number)
    not_attempted: int = Field(sa_type=Number)
    in_flight: int = Field(sa_type=Number)
    waiting: int = Field(sa_type=Number)
    fetched: int = Field(sa_type=Number)
    from_snapshots: int = Field(sa_type=Number)
    written: int = Field(sa_type=Number)
    would_write: int = Field(sa_type=Number)
    ignored: int = Field(sa_type=Number)
    failed: int = Field(sa_type=Number)
    warned: int = Field(sa_type=Number)
    in_doubt: int = Field(sa_type=Number)
    warnings: int = Field(sa_type=Number)
    open_batches: int = Field(sa_type=Number)
    open_records: int = Field(sa_type=Number)
    open_system: int = Field(sa_type=Number)
    moved: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    elsewhere: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    superseded: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    equal: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    discarded: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    excepted: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    drifted: bool = Field(sa_type=Boolean, sa_column_kwargs={"server_default": false()})
    plan: int | None = Field(sa_type=Number)
    overrides: dict[str, Any] = Field(
        sa_type=Json, sa_column_kwargs={"server_default": "{}"}
    )
    left_batches: int | None = Field(sa_type=Number)
    left_records: int | None = Field(sa_type=Number)
    failed_tries: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    waited_ms: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    purged_at: datetime | None = Field(sa_type=UtcTime)
    batches_purged_at: datetime | None = Field(sa_type=UtcTime)
    purged: dict[str, int] | None = Field(sa_type=Json)
    lives: int = Field(sa_type=Number, sa_column_kwargs={"server_default": "1"})
    done_before: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)
    delivered: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)


class BatchRow(Table, table=True):
    """A Batch: its scope, where it stands, what became of it.

    Its Snapshots are the ids from `first_snapshot` to `last_snapshot`; `origin` is what a later
    plan must contain before it can take this scope over (M2). `retries_event` and
    `retries_batch` name the Batch whose kept scope it fetches again; `told` is what became of
    each record, where a sender waits for that; `deaths` counts processes
    that ended while it was in flight.
    """

    __tablename__ = "batch"

    event: int = Field(primary_key=True, sa_type=Number, foreign_key="sync_event.id")
    number: int = Field(primary_key=True, sa_type=Number)
    scope: dict[str, Any] = Field(sa_type=Json)
    origin: str | None = Field(sa_type=Words)
    state: str = Field(sa_type=Words)
    started: bool = Field(sa_type=Boolean)
    open: bool = Field(sa_type=Boolean)
    closed_by: str | None = Field(sa_type=Words)
    closed_event: int | None = Field(sa_type=Number)
    fetched: int | None = Field(sa_type=Number)
    written: int = Field(sa_type=Number)
    ignored: int = Field(sa_type=Number)
    failed: int = Field(sa_type=Number)
    warned: int = Field(sa_type=Number)
    in_doubt: int = Field(sa_type=Number)
    attempts: int = Field(sa_type=Number)
    started_at: datetime | None = Field(sa_type=UtcTime)
    finished_at: datetime | None = Field(sa_type=UtcTime)
    error: dict[str, Any] | None = Field(sa_type=Json)
    retries_event: int | None = Field(sa_type=Number)
    retries_batch: int | None = Field(sa_type=Number)
    first_snapshot: int | None = Field(sa_type=Number)
    last_snapshot: int | None = Field(sa_type=Number)
    told: list[Any] | None = Field(sa_type=Json)
    deaths: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)


class GroupRow(Table, table=True):
    """Failures of one tier and fingerprint in a Sync Event, counted as they come.

    `times` is what a person is shown (a Batch that failed counts once), `records` how many
    Snapshots are listed under it, `open_records` how many of these are open now.
    """

    __tablename__ = "error_group"

    event: int = Field(primary_key=True, sa_type=Number, foreign_key="sync_event.id")
    tier: str = Field(primary_key=True, sa_type=Words)
    fingerprint: str = Field(primary_key=True, sa_type=Words)
    error_class: str = Field(sa_type=Words)
    durability: str = Field(sa_type=Words)
    code: str = Field(sa_type=Words)
    field: str | None = Field(sa_type=Words)
    stage: str | None = Field(sa_type=Words)
    message: str = Field(sa_type=Words)
    route: str = Field(sa_type=Words)
    severity: str | None = Field(sa_type=Words)
    owner: str | None = Field(sa_type=Words)
    times: int = Field(sa_type=Number)
    records: int = Field(sa_type=Number)
    open_records: int = Field(sa_type=Number, sa_column_kwargs=_NOTHING_YET)


class ReasonRow(Table, table=True):
    """An ignore reason or a Warning of a Sync Event, counted as it comes."""

    __tablename__ = "reason"

    event: int = Field(primary_key=True, sa_type=Number, foreign_key="sync_event.id")
    kind: str = Field(primary_key=True, sa_type=Words)
    digest: str = Field(primary_key=True, sa_type=Words)
    text: str = Field(sa_type=Words)
    times: int = Field(sa_type=Number)


class SnapshotRow(Table, table=True):
    """A Snapshot: a record before and after the stages, with its errors (I1).

    `tier` and `fingerprint` are those of its first error, and name its group. `errors` are lists
    of values in the order of `kept_errors.FIELDS`. `previous` is the Snapshot of the attempt
    before, `closed_event` the Sync Event that closed it or that it went to, `held` a digest of what
    the target held for its key when it failed.
    """

    __tablename__ = "snapshot"
    __table_args__ = (
        _partial("snapshot_failing", "event", "id", where=FAILING),
        _partial("snapshot_open", "event", "id", where=OPEN),
        _partial("snapshot_warned", "event", "id", where=WARNED),
        _partial("snapshot_by_fingerprint", "event", "fingerprint", "id", where=FAILING),
        _partial("snapshot_by_previous", "previous", where="previous IS NOT NULL"),
        Index("snapshot_by_label", "event", "label"),
        _partial("snapshot_open_by_key", "key_hash", where=OPEN),
    )

    id: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    event: int = Field(sa_type=Number, foreign_key="sync_event.id")
    batch: int = Field(sa_type=Number)
    position: int = Field(sa_type=Number)
    label: str = Field(sa_type=Words)
    key: str | None = Field(sa_type=Words)
    key_hash: int | None = Field(sa_type=Number)
    state: str = Field(sa_type=Words)
    fingerprint: str | None = Field(sa_type=Words)
    tier: str | None = Field(sa_type=Words)
    before: bytes | None = Field(sa_type=LargeBinary)
    after: bytes | None = Field(sa_type=LargeBinary)
    edited: bytes | None = Field(sa_type=LargeBinary)
    errors: list[Any] | None = Field(sa_type=Json)
    warnings: list[str] | None = Field(sa_type=Json)
    blame: dict[str, str] | None = Field(sa_type=Json)
    previous: int | None = Field(sa_type=Number)
    at: datetime = Field(sa_type=UtcTime)
    closed_event: int | None = Field(sa_type=Number)
    held: str | None = Field(sa_type=Words)


class PlanRow(Table, table=True):
    """A retry plan, frozen; `said` is all that is shown of it, `used_by` who ran it (P1, P2)."""

    __tablename__ = "retry_plan"
    __table_args__ = (Index("retry_plan_by_hash", "hash"),)

    id: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    hash: str = Field(sa_type=Words)
    event: int = Field(sa_type=Number, foreign_key="sync_event.id")
    link: str = Field(sa_type=Words)
    definition: str = Field(sa_type=Words)
    choice: str = Field(sa_type=Words)
    said: dict[str, Any] = Field(sa_type=Json)
    actor: str = Field(sa_type=Words)
    made_at: datetime = Field(sa_type=UtcTime)
    used_by: int | None = Field(sa_type=Number)


class PlanItemRow(Table, table=True):
    """One item of a plan: a Batch or a Snapshot. `place` counts the records that are sent."""

    __tablename__ = "plan_item"
    __table_args__ = (
        _partial("plan_item_by_place", "plan", "place", where="place IS NOT NULL"),
    )

    plan: int = Field(primary_key=True, sa_type=Number, foreign_key="retry_plan.id")
    number: int = Field(primary_key=True, sa_type=Number)
    event: int = Field(sa_type=Number)
    batch: int | None = Field(sa_type=Number)
    snapshot: int | None = Field(sa_type=Number)
    place: int | None = Field(sa_type=Number)
    fingerprint: str = Field(sa_type=Words)
    item_class: str = Field(sa_type=Words, sa_column_kwargs={"name": "class"})
    version: str = Field(sa_type=Words)
    label: str = Field(sa_type=Words)
    dropped: str | None = Field(sa_type=Words)


class MarkRow(Table, table=True):
    """Last Successful Sync of a Link (M1, M3)."""

    __tablename__ = "mark"

    link: str = Field(primary_key=True, sa_type=Words)
    value: str = Field(sa_type=Words)
    set_by: int = Field(sa_type=Number)
    source_hash: str = Field(sa_type=Words)
    moved_at: datetime = Field(sa_type=UtcTime)


class OverrideRow(Table, table=True):
    """One thing an operator has said of a Link, over what its file says."""

    __tablename__ = "link_override"

    link: str = Field(primary_key=True, sa_type=Words)
    name: str = Field(primary_key=True, sa_type=Words)
    value: Any = Field(sa_type=Json, nullable=False)
    actor: str = Field(sa_type=Words)
    reason: str | None = Field(sa_type=Words)
    at: datetime = Field(sa_type=UtcTime)


class CounterRow(Table, table=True):
    """A number that only grows: ids given out, and changes made."""

    __tablename__ = "counter"

    name: str = Field(primary_key=True, sa_type=Words)
    value: int = Field(sa_type=Number)


class AuditRow(Table, table=True):
    """One act of a person; `hash` chains it to the row before (P7)."""

    __tablename__ = "audit"
    __table_args__ = (Index("audit_by_subject", "subject", "seq"),)

    seq: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    at: datetime = Field(sa_type=UtcTime)
    actor: str = Field(sa_type=Words)
    action: str = Field(sa_type=Words)
    subject: str = Field(sa_type=Words)
    reason: str | None = Field(sa_type=Words)
    detail: dict[str, Any] | None = Field(sa_type=Json)
    hash: str = Field(sa_type=Words)


class SeenRow(Table, table=True):
    """An id that a Link has written, by its hash (K2)."""

    __tablename__ = "seen_id"

    link: str = Field(primary_key=True, sa_type=Words)
    hash: int = Field(
        primary_key=True, sa_type=Number, sa_column_kwargs={"autoincrement": False}
    )
    event: int = Field(sa_type=Number)


TABLES = SQLModel.metadata.tables
DEFINITION = TABLES["definition"]
EVENT = TABLES["sync_event"]
BATCH = TABLES["batch"]
GROUP = TABLES["error_group"]
REASON = TABLES["reason"]
SNAPSHOT = TABLES["snapshot"]
MARK = TABLES["mark"]
OVERRIDE = TABLES["link_override"]
COUNTER = TABLES["counter"]
AUDIT = TABLES["audit"]
SEEN = TABLES["seen_id"]
PLAN = TABLES["retry_plan"]
ITEM = TABLES["plan_item"]
