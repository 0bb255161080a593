"""What operators say over a definition, a row a thing, and what of it a run was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, move what was said about `enabled` into it; Sync Events keep theirs."""
    made = op.create_table(
        "link_override",
        sa.Column("link", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("at", TIME, nullable=False),
    )
    said = _enabled()
    if said:
        op.bulk_insert(made, said)
    op.drop_table("link_setting")
    op.add_column(
        "sync_event",
        sa.Column("overrides", sa.Text(), nullable=False, server_default="{}"),
    )


def _enabled() -> list[dict[str, object]]:
    """Who let a Link run or kept it from running, and why: from the audit."""
    audit = sa.table(
        "audit",
        *(sa.column(name) for name in ("seq", "actor", "action", "subject", "reason")),
        sa.column("at", TIME),
    )
    setting = sa.table("link_setting", sa.column("link"), sa.column("enabled", sa.Boolean))
    connection = op.get_bind()
    acts = {
        row.subject: row
        for row in connection.execute(
            sa.select(audit)
            .where(audit.c.action.in_(("enable", "disable")))
            .order_by(audit.c.seq)
        )
    }
    return [
        {
            "link": row.link,
            "name": "enabled",
            "value": "true" if row.enabled else "false",
            "actor": acts[row.link].actor,
            "reason": acts[row.link].reason,
            "at": acts[row.link].at,
        }
        for row in connection.execute(sa.select(setting))
        if row.enabled is not None and row.link in acts
    ]
