"""What the as-run definition of a Sync Event calls personal."""

from sqlalchemy import Connection, select

from engine.domain.masking import Privacy
from engine.store.events import known
from engine.store.stored_text import decoded
from engine.store.tables import DEFINITION


def privacy_of(connection: Connection, event: int) -> Privacy:
    """Its field patterns, and the fields of its key."""
    row = known(connection, event)
    query = select(DEFINITION.c.text).where(DEFINITION.c.hash == row.definition)
    said = decoded(connection.execute(query).scalar_one())
    key = said.get("key") or ()
    return Privacy(
        patterns=tuple(said.get("masks") or ()),
        key=(key,) if isinstance(key, str) else tuple(key),
    )
