"""How many records a Sync Event left out because of an error, for its label."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the counter; of what has ended already it is not known, and stays 0."""
    op.add_column(
        "sync_event", sa.Column("excepted", NUMBER, nullable=False, server_default="0")
    )
