"""What all who share a store must agree on: the secret of idempotency keys."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table; whoever comes first fills it in."""
    op.create_table(
        "agreed",
        sa.Column("name", sa.Text(), primary_key=True, autoincrement=False),
        sa.Column("value", sa.Text(), nullable=False),
    )
