"""Deliveries to push Links, the tokens they come with, and what their senders are told."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; nothing was delivered before."""
    _deliveries()
    _tokens()
    counter = sa.table("counter", sa.column("name"), sa.column("value"))
    op.bulk_insert(
        counter,
        [{"name": "delivery", "value": 0}, {"name": "push_token", "value": 0}],
    )
    op.add_column(
        "sync_event", sa.Column("delivered", NUMBER, nullable=False, server_default="0")
    )
    op.add_column("batch", sa.Column("told", sa.Text()))


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("event", NUMBER, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("records", NUMBER, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary()),
        sa.Column("batch", NUMBER),
    )
    op.create_index("delivery_by_place", "delivery", ["event", "place"])
    _partial("delivery_unplanned", ["event", "place"], "batch IS NULL")
    _partial("delivery_by_key", ["link", "key"], "key IS NOT NULL", unique=True)


def _tokens() -> None:
    op.create_table(
        "push_token",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", TIME),
        sa.Column("revoked_by", sa.Text()),
    )
    op.create_index("push_token_by_link", "push_token", ["link", "id"])


def _partial(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        "delivery",
        columns,
        unique=unique,
        sqlite_where=condition,
        postgresql_where=condition,
    )
