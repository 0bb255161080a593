"""What a Sync Event was to do, as stored: for a resume."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from engine.domain.batch import BatchState, Scope
from engine.domain.delta import MarkValue, Window
from engine.domain.outcome import Status
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store.events import known
from engine.store.stored_text import mark_from
from engine.store.tables import BATCH, DEFINITION

SUSPICIOUS = 2
"""Processes that ended with a Batch in flight, before it goes to a worker process of its own."""


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """The as-run definition, and what is still to be done of the plan.

    `planned`: nothing can be added to the plan but by outcomes. `pending` are (batch, scope,
    started before the crash). `bound` is the upper end of what the plan covers. `resumed`: it ran
    before; `deadly`: a Batch of it was in flight when two processes died, one after the other.
    """

    link: str
    kind: Kind
    hash: str
    text: str
    path: str
    folder: str
    modules: Mapping[str, str]
    options: Mapping[str, Any]
    window: Window
    bound: MarkValue | None
    moves: bool
    planned: bool
    pending: tuple[tuple[int, Scope, bool], ...]
    next_index: int
    resumed: bool = False
    deadly: bool = False


def plan_of(connection: Connection, event: int) -> StoredPlan:
    """The plan of a Sync Event, finished or not."""
    row = known(connection, event)
    definition = connection.execute(
        select(DEFINITION).where(DEFINITION.c.hash == row.definition)
    ).one()
    until = mark_from(row.until)
    return StoredPlan(
        link=row.link,
        kind=Kind(row.kind),
        hash=row.definition,
        text=definition.text,
        path=row.path,
        folder=row.folder,
        modules=definition.modules,
        options=row.options,
        window=Window(mark_from(row.since), until),
        bound=until,
        moves=row.moves,
        planned=row.planning_complete,
        pending=_pending(connection, event),
        next_index=row.next_batch,
        resumed=row.interrupted or row.status == Status.RUNNING,
        deadly=_deadly(connection, event),
    )


def _deadly(connection: Connection, event: int) -> bool:
    suspects = select(BATCH.c.number).where(
        BATCH.c.event == event,
        BATCH.c.state.in_(_UNFINISHED),
        BATCH.c.deaths >= SUSPICIOUS,
    )
    return connection.execute(suspects.limit(1)).first() is not None


_UNFINISHED = (BatchState.WAITING.value, BatchState.IN_FLIGHT.value)


def _pending(connection: Connection, event: int) -> tuple[tuple[int, Scope, bool], ...]:
    query = (
        select(BATCH.c.number, BATCH.c.scope, BATCH.c.started)
        .where(BATCH.c.event == event, BATCH.c.state.in_(_UNFINISHED))
        .order_by(BATCH.c.number)
    )
    return tuple((row.number, row.scope, row.started) for row in connection.execute(query))
