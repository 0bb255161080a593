"""Failures that a retry beside their own Sync Event carried on, and that are open there."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the counter; what was carried so before counts as closed, as it did."""
    op.add_column(
        "sync_event", sa.Column("elsewhere", NUMBER, nullable=False, server_default="0")
    )
