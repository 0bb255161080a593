"""What a story looks up where the front door does not show it yet: the audit."""

from sqlalchemy import select

from engine.store.tables import AUDIT
from tests.stories.world import World

Row = tuple[str, str, str, str | None]


BY_THEMSELVES = ("run", "definition", "recovered", "superseded")
"""What the audit tells of runs, where a story is about what somebody did besides."""


def audited(world: World, *, but: tuple[str, ...] = BY_THEMSELVES) -> list[Row]:
    """Who did what to what, and why, in order."""
    query = select(AUDIT.c.actor, AUDIT.c.action, AUDIT.c.subject, AUDIT.c.reason)
    store = world.engine._context.store
    assert store.desk.verify_audit().bad is None
    with store._database.reading() as connection:
        return [
            (row.actor, row.action, row.subject, row.reason)
            for row in connection.execute(query.order_by(AUDIT.c.seq))
            if row.action not in but
        ]
