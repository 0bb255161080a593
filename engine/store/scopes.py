"""Batches planned: their scopes in the store, waiting."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from engine.domain.batch import BatchState, Scope
from engine.store.books import add
from engine.store.events import ACTIVE
from engine.store.tables import BATCH, EVENT


def planned(
    connection: Connection, event: int, scopes: Sequence[Scope], *, first: int
) -> None:
    """These scopes as batches `first`, `first + 1` …, counted."""
    if not scopes:
        return
    rows = [_waiting(event, number, scope) for number, scope in enumerate(scopes, first)]
    connection.execute(insert(BATCH), rows)
    add(connection, event, planned=len(rows), waiting=len(rows))
    connection.execute(
        update(EVENT).where(EVENT.c.id == event).values(next_batch=first + len(rows))
    )


def needed(connection: Connection, link: str) -> tuple[Scope, ...]:
    """The scopes of a Link that may still be fetched: open, or of a run that is not over."""
    active = EVENT.c.status.in_(ACTIVE)
    unsettled = BATCH.c.state.in_((BatchState.WAITING.value, BatchState.IN_FLIGHT.value))
    query = (
        select(BATCH.c.scope)
        .join(EVENT, EVENT.c.id == BATCH.c.event)
        .where(EVENT.c.link == link, or_(BATCH.c.open, and_(active, unsettled)))
    )
    return tuple(connection.execute(query).scalars())


def next_batch(connection: Connection, event: int) -> int:
    """The number the next Batch gets."""
    query = select(EVENT.c.next_batch).where(EVENT.c.id == event)
    number: int = connection.execute(query).scalar_one()
    return number


def _waiting(event: int, number: int, scope: Scope) -> dict[str, Any]:
    origin = scope.get("of")
    return {
        "event": event,
        "number": number,
        "scope": dict(scope),
        "origin": origin if isinstance(origin, str) else None,
        "state": BatchState.WAITING.value,
        "started": False,
        "open": False,
        "written": 0,
        "ignored": 0,
        "failed": 0,
        "warned": 0,
        "in_doubt": 0,
        "attempts": 0,
    }
