"""The audit read: who did what to what, and why; newest first."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select

from engine.domain.inbox import AuditSeen
from engine.domain.requests import Page
from engine.store.cursors import cursor
from engine.store.tables import AUDIT


def page(
    connection: Connection,
    *,
    limit: int,
    after: str | None,
    actor: str | None,
    subject: str | None,
) -> Page[AuditSeen]:
    """Rows from below `after` on; an actor is found by all of the name, or what is before its @."""
    query = select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(limit + 1)
    if after is not None:
        query = query.where(AUDIT.c.seq < cursor(after))
    if actor is not None:
        whole = AUDIT.c.actor == actor
        query = query.where(
            or_(whole, AUDIT.c.actor.startswith(f"{actor}@", autoescape=True))
        )
    if subject is not None:
        query = query.where(AUDIT.c.subject == subject)
    found = connection.execute(query).all()
    more = str(found[limit - 1].seq) if len(found) > limit else None
    return Page(tuple(_seen(row) for row in found[:limit]), more)


def each(connection: Connection) -> Iterator[AuditSeen]:
    """All of it, oldest first."""
    query = select(AUDIT).order_by(AUDIT.c.seq)
    found = connection.execute(query, execution_options={"yield_per": 1000})
    for row in found:
        yield _seen(row)


def concerns(row: AuditSeen, events: Collection[int]) -> bool:
    """Whether an act is about one of these Sync Events, or about something in it."""
    detail = row.detail or {}
    named = [detail.get("event"), detail.get("root"), *detail.get("events", ())]
    if row.subject.startswith("#") and row.subject[1:].isdigit():
        named.append(int(row.subject[1:]))
    return any(number in events for number in named)


def count(connection: Connection) -> int:
    """How many rows there are."""
    rows: int = connection.execute(select(func.count()).select_from(AUDIT)).scalar_one()
    return rows


def _seen(row: Row[Any]) -> AuditSeen:
    return AuditSeen(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        reason=row.reason,
        detail=row.detail,
        hash=row.hash,
    )
