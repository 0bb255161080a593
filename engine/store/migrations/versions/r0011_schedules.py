"""Schedules that are heeded, the slots that came, approvals of gates."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables; every schedule is heeded from the first look at it on."""
    op.create_table(
        "schedule",
        sa.Column("link", sa.Text(), primary_key=True),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("paused", sa.Text()),
    )
    op.create_table(
        "schedule_slot",
        sa.Column("link", sa.Text(), primary_key=True),
        sa.Column("slot", TIME, primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("event", NUMBER),
        sa.Column("note", sa.Text()),
    )
    op.create_table(
        "gate_approval",
        sa.Column("link", sa.Text(), primary_key=True),
        sa.Column("until", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("batches", NUMBER, nullable=False),
        sa.Column("records", NUMBER, nullable=False),
    )
