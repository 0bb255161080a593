"""Recovery: retry plans and their items, what became of each failure, what a target held."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns and the two tables; what is there already has closed nothing yet."""
    for name in ("moved", "superseded", "equal", "discarded"):
        _add("sync_event", sa.Column(name, NUMBER, nullable=False, server_default="0"))
    _add(
        "sync_event",
        sa.Column("drifted", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _add("sync_event", sa.Column("plan", NUMBER))
    for name in ("retries_event", "retries_batch"):
        _add("batch", sa.Column(name, NUMBER))
    _add("snapshot", sa.Column("closed_event", NUMBER))
    _add("snapshot", sa.Column("held", sa.Text()))
    condition = sa.text("state = 'open' OR state = 'unmet' OR state = 'in_doubt'")
    op.create_index(
        "snapshot_open_by_key",
        "snapshot",
        ["key_hash"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    _plans()


def _plans() -> None:
    op.create_table(
        "retry_plan",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        *_columns(sa.Text(), "hash", "link", "definition", "choice", "said", "actor"),
        *_columns(NUMBER, "event"),
        sa.Column("used_by", NUMBER),
        *_columns(TIME, "made_at"),
        sa.ForeignKeyConstraint(["event"], ["sync_event.id"]),
    )
    op.create_index("retry_plan_by_hash", "retry_plan", ["hash"])
    op.create_table(
        "plan_item",
        sa.Column("plan", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
        *_columns(NUMBER, "event"),
        *_columns(NUMBER, "batch", "snapshot", "place", null=True),
        *_columns(sa.Text(), "fingerprint", "class", "version", "label"),
        sa.Column("dropped", sa.Text()),
        sa.ForeignKeyConstraint(["plan"], ["retry_plan.id"]),
    )
    op.create_index(
        "plan_item_by_place",
        "plan_item",
        ["plan", "place"],
        sqlite_where=sa.text("place IS NOT NULL"),
        postgresql_where=sa.text("place IS NOT NULL"),
    )
    counter = sa.table("counter", sa.column("name"), sa.column("value"))
    op.bulk_insert(counter, [{"name": "retry_plan", "value": 0}])


def _add(table: str, column: sa.Column[Any]) -> None:
    op.add_column(table, column)


def _columns(
    kind: sa.types.TypeEngine[Any], *names: str, null: bool = False
) -> Iterator[sa.Column[Any]]:
    for name in names:
        yield sa.Column(name, kind, nullable=null)
