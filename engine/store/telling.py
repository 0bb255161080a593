"""The audit rows for what a transaction did: Sync Events opened, and turned completed (P7)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain.outcome import Status
from engine.domain.sync_event import Kind
from engine.store.audit import Act
from engine.store.noticing import noticed
from engine.store.tables import EVENT

_BY_PERSON = ("discard", "resolved")
"""Ways of closing that an act of its own has told of already."""

_TOLD_BY_PLAN = (Kind.RETRY.value, Kind.REPLAY.value)


def acts(connection: Connection) -> list[Act]:
    """What is to be told, in order; nothing is told twice."""
    opening, turning = noticed(connection)
    found: list[Act] = []
    for event in dict.fromkeys(opening):
        found += _opening(connection, _row(connection, event))
    for event in sorted(set(turning), reverse=True):
        found += _turning(connection, _row(connection, event))
    return found


def _opening(connection: Connection, row: Row[Any]) -> list[Act]:
    if row.kind in _TOLD_BY_PLAN:
        return []
    detail: dict[str, Any] = {
        "link": row.link,
        "kind": row.kind,
        "definition": row.definition,
    }
    if row.options:
        detail["options"] = dict(row.options)
    run = Act(row.actor, "run", f"#{row.id}", row.reason, detail)
    before = _definition_before(connection, row)
    if before in (None, row.definition):
        return [run]
    changed = {"event": row.id, "before": before, "after": row.definition}
    return [Act(row.actor, "definition", row.link, None, changed), run]


def _definition_before(connection: Connection, row: Row[Any]) -> str | None:
    query = select(EVENT.c.definition).where(
        EVENT.c.link == row.link,
        EVENT.c.id < row.id,
        EVENT.c.kind.not_in(_TOLD_BY_PLAN),
    )
    found: str | None = connection.execute(
        query.order_by(EVENT.c.id.desc()).limit(1)
    ).scalar()
    return found


def _turning(connection: Connection, row: Row[Any]) -> list[Act]:
    settled = row.status in (Status.COMPLETED, Status.COMPLETED_WITH_WARNINGS)
    if not settled or row.closed_by is None or row.closed_by in _BY_PERSON:
        return []
    superseded = row.closed_by == "superseded"
    by = row.superseded_by if superseded else row.recovered_by
    actor = "linkdeck" if by is None else _row(connection, by).actor
    action = "superseded" if superseded else "recovered"
    detail: Mapping[str, Any] = {
        "link": row.link,
        "root": row.root,
        "by": by,
        "closed_by": row.closed_by,
        "status": Status(row.status).token,
    }
    return [Act(actor, action, f"#{row.id}", None, detail)]


def _row(connection: Connection, event: int) -> Row[Any]:
    return connection.execute(select(EVENT).where(EVENT.c.id == event)).one()
