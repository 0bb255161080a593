"""Totals for metrics, causes over all Sync Events, alerts; what retention has taken away."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)
UNPURGED = sa.text("purged_at IS NULL")
DUE = sa.text("delivered_at IS NULL AND given_up_at IS NULL")

_OVER = "outcome IS NOT NULL"
_RECORDS = (
    "fetched",
    "from_snapshots",
    "written",
    "would_write",
    "ignored",
    "failed",
    "warned",
    "in_doubt",
)


def upgrade() -> None:
    """Add them, and count what has ended until now."""
    for name in ("failed_tries", "waited_ms"):
        op.add_column(
            "sync_event", sa.Column(name, NUMBER, nullable=False, server_default="0")
        )
    for name in ("purged_at", "batches_purged_at"):
        op.add_column("sync_event", sa.Column(name, TIME))
    op.add_column("sync_event", sa.Column("purged", sa.Text()))
    op.create_index(
        "sync_event_unpurged",
        "sync_event",
        ["link", "id"],
        sqlite_where=UNPURGED,
        postgresql_where=UNPURGED,
    )
    _free_seen_ids()
    _totals()
    _causes()
    _alerts()
    _count()


def _free_seen_ids() -> None:
    """An id that was written stays known when its Sync Event goes."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("seen_id_event_fkey", "seen_id", type_="foreignkey")
        return
    op.rename_table("seen_id", "seen_id_before")
    op.create_table(
        "seen_id",
        *_keys("link", kind=sa.Text()),
        *_keys("hash"),
        *_columns(NUMBER, "event"),
    )
    op.execute(
        "INSERT INTO seen_id (link, hash, event) SELECT link, hash, event FROM seen_id_before"
    )
    op.drop_table("seen_id_before")


def _totals() -> None:
    op.create_table(
        "metric_total",
        *_keys("name", "link", "kind", "detail", kind=sa.Text()),
        *_columns(NUMBER, "value"),
    )


def _causes() -> None:
    op.create_table(
        "cause",
        *_keys("fingerprint", "link", kind=sa.Text()),
        *_columns(sa.Text(), "tier", "error_class", "durability", "code"),
        *_columns(sa.Text(), "field", "stage", null=True),
        *_columns(sa.Text(), "message", "route"),
        *_columns(NUMBER, "first_event", "last_event", "last_run", "events", "times"),
        *_columns(TIME, "first_at", "last_at"),
        *_columns(NUMBER, "recovered", "superseded", "equal", "discarded", "returned"),
        *_columns(NUMBER, "returned_event", null=True),
    )
    op.create_table(
        "cause_note",
        *_keys("fingerprint", kind=sa.Text()),
        *_columns(sa.Text(), "note", "category", null=True),
        *_columns(sa.Text(), "actor"),
        *_columns(TIME, "at"),
    )


def _alerts() -> None:
    op.create_table(
        "alert",
        *_keys("link", "rule", kind=sa.Text()),
        *_columns(sa.Text(), "asks", "state", "priority", "severity", "downstream"),
        *_columns(sa.Text(), "figures", "sentence"),
        *_columns(sa.Text(), "owner", null=True),
        *_columns(NUMBER, "window_s", "times"),
        *_columns(NUMBER, "event", null=True),
        *_columns(TIME, "fired_at"),
        *_columns(TIME, "resolved_at", null=True),
    )
    op.create_table(
        "notice",
        *_keys("id"),
        *_columns(sa.Text(), "message", "link", "rule", "channel", "body"),
        *_columns(NUMBER, "place", "attempts"),
        *_columns(TIME, "made_at", "due_at"),
        *_columns(TIME, "delivered_at", "given_up_at", null=True),
        *_columns(sa.Text(), "problem", null=True),
    )
    op.create_index(
        "notice_due", "notice", ["due_at"], sqlite_where=DUE, postgresql_where=DUE
    )
    op.execute("INSERT INTO counter (name, value) VALUES ('notice', 0)")


def _count() -> None:
    """The Sync Events that are over; how long they took is not known by bucket."""
    _sum("sync_events", "REPLACE(outcome, ' ', '_')", "COUNT(*)", "sync_event", _OVER)
    for name in _RECORDS:
        _sum("records", f"'{name}'", f"SUM({name})", "sync_event", _OVER)
    for name, label in (("completed", "completed"), ("failed_batches", "failed")):
        _sum("batches", f"'{label}'", f"SUM({name})", "sync_event", _OVER)
    _sum("batches", "'not_attempted'", "SUM(not_attempted)", "sync_event", _OVER)
    _sum(
        "errors",
        "tier || '/' || error_class || '/' ||"
        " COALESCE(error_group.severity, sync_event.severity)",
        "SUM(times)",
        "error_group JOIN sync_event ON sync_event.id = error_group.event",
        f"{_OVER} AND kind <> 'test'",
    )
    op.execute(
        "INSERT INTO cause (fingerprint, link, tier, error_class, durability, code, field,"
        " stage, message, route, first_event, first_at, last_event, last_at, last_run, events,"
        " times, recovered, superseded, equal, discarded, returned, returned_event)"
        " SELECT g.fingerprint, e.link, MIN(g.tier), MIN(g.error_class), MIN(g.durability),"
        " MIN(g.code), MIN(g.field), MIN(g.stage), MIN(g.message), MIN(g.route),"
        " MIN(e.id), MIN(e.queued_at), MAX(e.id), MAX(COALESCE(e.finished_at, e.queued_at)),"
        " MAX(CASE WHEN e.kind IN ('sync', 'push') THEN e.id ELSE 0 END),"
        " COUNT(DISTINCT e.id), SUM(g.times), 0, 0, 0, 0, 0, NULL"
        " FROM error_group AS g JOIN sync_event AS e ON e.id = g.event"
        f" WHERE {_OVER} AND e.kind <> 'test' GROUP BY g.fingerprint, e.link"
    )


def _sum(name: str, detail: str, value: str, source: str, where: str) -> None:
    op.execute(
        "INSERT INTO metric_total (name, link, kind, detail, value)"
        f" SELECT '{name}', link, kind, {detail}, {value} FROM {source}"
        f" WHERE {where} GROUP BY 2, 3, 4"
    )


def _keys(*names: str, kind: sa.types.TypeEngine[Any] = NUMBER) -> Iterator[sa.Column[Any]]:
    for name in names:
        yield sa.Column(name, kind, primary_key=True, autoincrement=False)


def _columns(
    kind: sa.types.TypeEngine[Any], *names: str, null: bool = False
) -> Iterator[sa.Column[Any]]:
    for name in names:
        yield sa.Column(name, kind, nullable=null)
