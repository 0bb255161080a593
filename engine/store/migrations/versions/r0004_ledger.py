"""The ledger: what each Sync Event left open in its Chain; the audit found by its subject."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the two columns, unknown for what has ended already, and the index."""
    for name in ("left_batches", "left_records"):
        op.add_column("sync_event", sa.Column(name, NUMBER))
    op.create_index("audit_by_subject", "audit", ["subject", "seq"])
