"""How many records of each cause are open in a Sync Event, so that nobody counts Snapshots."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the counter, and count what is open now."""
    op.add_column(
        "error_group", sa.Column("open_records", NUMBER, nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE error_group SET open_records = waiting.times FROM"
        " (SELECT event, tier, fingerprint, count(*) AS times FROM snapshot"
        " WHERE state = 'open' OR state = 'unmet' OR state = 'in_doubt'"
        " GROUP BY event, tier, fingerprint) AS waiting"
        " WHERE error_group.event = waiting.event AND error_group.tier = waiting.tier"
        " AND error_group.fingerprint = waiting.fingerprint"
    )
