"""Batches that were on their way when their owner died, and were not tried again since (K4)."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Row, and_, select, update

from engine.domain.batch import BatchState, Scope
from engine.store.retrying import RECORDS, doubt
from engine.store.rows import AnyRow
from engine.store.tables import BATCH

_MARK = "uncertain"
"""Stands in a kept scope that may have been written in part, and nobody knows."""

_UNFINISHED = (BatchState.WAITING.value, BatchState.IN_FLIGHT.value)


def note(connection: Connection, event: int) -> None:
    """Remember them where they are open, for whoever sends them again has to look first.

    To be called for a Sync Event that was interrupted, before what is left of it is closed.
    """
    query = select(
        BATCH.c.number, BATCH.c.scope, BATCH.c.retries_event, BATCH.c.retries_batch
    ).where(BATCH.c.event == event, BATCH.c.state.in_(_UNFINISHED), BATCH.c.started)
    found = cast("Sequence[AnyRow]", connection.execute(query).all())
    for row in found:
        if row.retries_event is None:
            mark(connection, event, row.number)
        elif row.retries_batch != RECORDS:
            mark(connection, row.retries_event, row.retries_batch)
        else:
            doubt(connection, row)


def mark(connection: Connection, event: int, number: int) -> None:
    """Remember it of a Batch whose scope is kept."""
    this = and_(BATCH.c.event == event, BATCH.c.number == number)
    row: Row[Any] = connection.execute(select(BATCH.c.scope).where(this)).one()
    connection.execute(update(BATCH).where(this).values(scope={**row.scope, _MARK: True}))


def uncertain(scope: Scope) -> bool:
    """Whether this kept scope may have been written in part."""
    return bool(scope.get(_MARK))


def without(scope: Scope) -> Mapping[str, Any]:
    """The scope as it was planned."""
    return {name: value for name, value in scope.items() if name != _MARK}
