"""Ids of records that were written, for Links that know their duplicates by them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table; what was written before is not known."""
    op.create_table(
        "seen_id",
        sa.Column("link", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("hash", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("event", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["event"], ["sync_event.id"]),
    )
