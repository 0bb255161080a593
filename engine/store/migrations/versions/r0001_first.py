"""The first schema: definitions, Sync Events and their books, batches, Snapshots, marks, audit."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table, the counters at 0, and keep the audit from being rewritten."""
    _definitions_and_events()
    _batches()
    _groups_and_reasons()
    _snapshots()
    _links()
    _audit()
    _counters()


def _definitions_and_events() -> None:
    op.create_table(
        "definition", *_keys("hash", kind=sa.Text()), *_texts("text", "modules")
    )
    op.create_table(
        "sync_event",
        *_keys("id"),
        *_texts("link", "kind", "status", "definition", "path", "folder", "source_hash"),
        *_texts("source", "target", "severity", "downstream", "actor", "options", "host"),
        *_texts("process_started", "who"),
        *_texts(
            "outcome", "ending", "label", "owner", "reason", "since", "until", null=True
        ),
        *_texts(
            "workers", "closed_by", "replay", "cancel_actor", "cancel_reason", null=True
        ),
        *_columns(TIME, "queued_at", "heartbeat_at"),
        *_columns(TIME, "started_at", "finished_at", null=True),
        *_columns(sa.Boolean(), "moves", "interrupted", "planning_complete"),
        *_columns(NUMBER, "root", "pid", "fence", "next_batch"),
        *_columns(NUMBER, "parent", "recovered_by", "superseded_by", null=True),
        *_columns(NUMBER, "planned", "completed", "failed_batches", "not_attempted"),
        *_columns(NUMBER, "in_flight", "waiting", "fetched", "from_snapshots", "written"),
        *_columns(
            NUMBER, "would_write", "ignored", "failed", "warned", "in_doubt", "warnings"
        ),
        *_columns(NUMBER, "open_batches", "open_records", "open_system"),
        sa.ForeignKeyConstraint(["definition"], ["definition.hash"]),
    )
    op.create_index("sync_event_by_link", "sync_event", ["link", "id"])
    op.create_index("sync_event_by_status", "sync_event", ["status", "id"])
    op.create_index("sync_event_by_root", "sync_event", ["root"])
    active = "status IN ('queued', 'running') AND kind <> 'push'"
    _partial_index("sync_event_active", "sync_event", ["link"], active, unique=True)


def _batches() -> None:
    op.create_table(
        "batch",
        *_keys("event", "number"),
        *_texts("scope", "state"),
        *_texts("origin", "closed_by", "error", null=True),
        *_columns(sa.Boolean(), "started", "open"),
        *_columns(NUMBER, "written", "ignored", "failed", "warned", "in_doubt", "attempts"),
        *_columns(NUMBER, "fetched", "closed_event", null=True),
        *_columns(NUMBER, "first_snapshot", "last_snapshot", null=True),
        *_columns(TIME, "started_at", "finished_at", null=True),
        _of_an_event(),
    )


def _groups_and_reasons() -> None:
    op.create_table(
        "error_group",
        *_keys("event"),
        *_keys("tier", "fingerprint", kind=sa.Text()),
        *_texts("error_class", "durability", "code", "message", "route"),
        *_texts("field", "stage", "severity", "owner", null=True),
        *_columns(NUMBER, "times", "records"),
        _of_an_event(),
    )
    op.create_table(
        "reason",
        *_keys("event"),
        *_keys("kind", "digest", kind=sa.Text()),
        *_texts("text"),
        *_columns(NUMBER, "times"),
        _of_an_event(),
    )


def _snapshots() -> None:
    op.create_table(
        "snapshot",
        *_keys("id"),
        *_columns(NUMBER, "event", "batch", "position"),
        *_texts("label", "state"),
        *_texts("key", "fingerprint", "tier", "errors", "warnings", "blame", null=True),
        *_columns(NUMBER, "key_hash", "previous", null=True),
        *_columns(sa.LargeBinary(), "before", "after", "edited", null=True),
        *_columns(TIME, "at"),
        _of_an_event(),
    )
    failing = "fingerprint IS NOT NULL"
    listed = ["event", "id"]
    _partial_index("snapshot_failing", "snapshot", listed, failing)
    _partial_index(
        "snapshot_open",
        "snapshot",
        listed,
        "state = 'open' OR state = 'unmet' OR state = 'in_doubt'",
    )
    _partial_index("snapshot_warned", "snapshot", listed, "state = 'warned'")
    grouped = ["event", "fingerprint", "id"]
    _partial_index("snapshot_by_fingerprint", "snapshot", grouped, failing)
    _partial_index("snapshot_by_previous", "snapshot", ["previous"], "previous IS NOT NULL")
    op.create_index("snapshot_by_label", "snapshot", ["event", "label"])


def _links() -> None:
    op.create_table(
        "mark",
        *_keys("link", kind=sa.Text()),
        *_texts("value", "source_hash"),
        *_columns(NUMBER, "set_by"),
        *_columns(TIME, "moved_at"),
    )
    op.create_table(
        "link_setting",
        *_keys("link", kind=sa.Text()),
        *_columns(sa.Boolean(), "enabled", null=True),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        *_keys("seq"),
        *_columns(TIME, "at"),
        *_texts("actor", "action", "subject", "hash"),
        *_texts("reason", "detail", null=True),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_keeps_from_{act.lower()} BEFORE {act} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_keeps BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )


def _counters() -> None:
    counter = op.create_table(
        "counter", *_keys("name", kind=sa.Text()), *_columns(NUMBER, "value")
    )
    names = ("sync_event", "snapshot", "change")
    op.bulk_insert(counter, [{"name": name, "value": 0} for name in names])


def _keys(*names: str, kind: sa.types.TypeEngine[Any] = NUMBER) -> Iterator[sa.Column[Any]]:
    for name in names:
        yield sa.Column(name, kind, primary_key=True, autoincrement=False)


def _texts(*names: str, null: bool = False) -> Iterator[sa.Column[Any]]:
    return _columns(sa.Text(), *names, null=null)


def _columns(
    kind: sa.types.TypeEngine[Any], *names: str, null: bool = False
) -> Iterator[sa.Column[Any]]:
    for name in names:
        yield sa.Column(name, kind, nullable=null)


def _of_an_event() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["event"], ["sync_event.id"])


def _partial_index(
    name: str, table: str, columns: list[str], where: str, *, unique: bool = False
) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        table,
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
