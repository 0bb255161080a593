"""A Warning that belongs to a Sync Event as a whole, said while it runs or once it is over."""

from sqlalchemy import Connection, select, update

from engine.domain.outcome import Ending
from engine.store import tallies
from engine.store.books import add, label_of, standing
from engine.store.tables import EVENT


def warned(connection: Connection, event: int, text: str) -> None:
    """Count the Warning; a run that was completed is completed with warnings now."""
    tallies.count_reasons(connection, event, tallies.WARNING, {text: 1})
    add(connection, event, warnings=1)
    row = connection.execute(select(EVENT).where(EVENT.c.id == event)).one()
    if row.ending is None:
        return
    status = standing(connection, row, Ending(row.ending))
    values = {"status": status.value, "label": label_of(connection, row, status)}
    connection.execute(update(EVENT).where(EVENT.c.id == event).values(**values))
