"""Any part of a list of Batches, however many: a stretch of it, and a span for a search."""

from sqlalchemy import Connection, func, select

from engine.domain.requests import Stretch
from engine.domain.sync_event import BatchSeen
from engine.store import rows
from engine.store.events import known
from engine.store.tables import BATCH


def number_of(connection: Connection, event: int, *, before: int | None = None) -> int:
    """How many Batches of a Sync Event are kept, or how many of them before this one."""
    query = select(func.count()).select_from(BATCH).where(BATCH.c.event == event)
    if before is not None:
        query = query.where(BATCH.c.number < before)
    return int(connection.execute(query).scalar_one())


def stretch(connection: Connection, event: int, part: Stretch) -> tuple[BatchSeen, ...]:
    """The Batches of one stretch, in order."""
    header = known(connection, event)
    number = BATCH.c.number
    query = select(BATCH).where(BATCH.c.event == event)
    if part.ids:
        query = query.where(number.in_(part.ids)).order_by(number)
        return tuple(rows.batch(row, header) for row in connection.execute(query))
    if part.beyond is not None:
        query = query.where(
            number < part.beyond if part.backwards else number > part.beyond
        )
    query = query.order_by(number.desc() if part.backwards else number)
    found = connection.execute(query.limit(part.limit).offset(part.skip)).all()
    in_order = reversed(found) if part.backwards else found
    return tuple(rows.batch(row, header) for row in in_order)
