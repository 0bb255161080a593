"""Engines that take what is queued; how many processes a run has used up."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table of engines; nothing has died yet."""
    op.create_table(
        "engine",
        sa.Column("id", NUMBER, primary_key=True, autoincrement=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", NUMBER, nullable=False),
        sa.Column("process_started", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("listen", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute("INSERT INTO counter (name, value) VALUES ('engine', 0)")
    op.add_column(
        "sync_event", sa.Column("lives", NUMBER, nullable=False, server_default="1")
    )
    op.add_column(
        "sync_event", sa.Column("done_before", NUMBER, nullable=False, server_default="0")
    )
    op.add_column("batch", sa.Column("deaths", NUMBER, nullable=False, server_default="0"))
