"""Causes read, and what people say of them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select

from engine.domain.cause import AtLink, RootCause, Turn
from engine.domain.errors import Refused
from engine.store.causes import RUNS
from engine.store.tables import EVENT
from engine.store.watch_tables import CAUSE, NOTE


def causes(connection: Connection, fingerprint: str | None = None) -> tuple[RootCause, ...]:
    """Every cause, or the one whose fingerprint begins so."""
    query = select(CAUSE).order_by(CAUSE.c.fingerprint, CAUSE.c.link)
    if fingerprint is not None:
        query = query.where(CAUSE.c.fingerprint.startswith(fingerprint, autoescape=True))
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.fingerprint].append(row)
    newest = _newest_runs(connection)
    notes = {row.fingerprint: row for row in connection.execute(select(NOTE))}
    return tuple(
        _cause(rows, newest, notes.get(fingerprint)) for fingerprint, rows in found.items()
    )


def _newest_runs(connection: Connection) -> Mapping[str, int]:
    query = (
        select(EVENT.c.link, func.max(EVENT.c.id).label("newest"))
        .where(EVENT.c.kind.in_(RUNS), EVENT.c.outcome.is_not(None))
        .group_by(EVENT.c.link)
    )
    return {row.link: row.newest for row in connection.execute(query)}


def _cause(
    rows: list[Row[Any]], newest: Mapping[str, int], note: Row[Any] | None
) -> RootCause:
    last = max(rows, key=lambda row: row.last_at)
    return RootCause(
        fingerprint=last.fingerprint,
        tier=last.tier,
        error_class=last.error_class,
        durability=last.durability,
        code=last.code,
        field=last.field,
        stage=last.stage,
        message=last.message,
        route=last.route,
        links=tuple(_at_link(row, newest.get(row.link, 0)) for row in rows),
        note=note.note if note else None,
        category=note.category if note else None,
        noted_by=note.actor if note else None,
        noted_at=note.at if note else None,
    )


def _at_link(row: Row[Any], newest: int) -> AtLink:
    return AtLink(
        link=row.link,
        first_event=row.first_event,
        first_at=row.first_at,
        last_event=row.last_event,
        last_at=row.last_at,
        events=row.events,
        times=row.times,
        recovered=row.recovered,
        superseded=row.superseded,
        equal=row.equal,
        discarded=row.discarded,
        returned=row.returned,
        turn=_turn(row, newest),
    )


def _turn(row: Row[Any], newest: int) -> Turn:
    if row.last_run < newest:
        return Turn.QUIET
    return Turn.REGRESSED if row.returned_event == newest and newest else Turn.ACTIVE


def whole(connection: Connection, beginning: str) -> str:
    """The fingerprint that begins so; Refused where there is none, or more than one."""
    query = select(CAUSE.c.fingerprint).where(
        CAUSE.c.fingerprint.startswith(beginning, autoescape=True)
    )
    found = connection.execute(query.distinct().limit(2)).scalars().all()
    if not found:
        raise Refused(f"no failure has the fingerprint '{beginning}'; see: linkdeck causes")
    if len(found) > 1:
        raise Refused(
            f"more than one fingerprint begins with '{beginning}'; give more of it"
        )
    return str(found[0])


def keep_note(
    connection: Connection,
    fingerprint: str,
    *,
    note: str | None,
    category: str | None,
    actor: str,
    now: datetime,
) -> None:
    """What is said of a fingerprint from now on; nothing said: as it was, blank: nothing."""
    query = select(NOTE).where(NOTE.c.fingerprint == fingerprint)
    before = connection.execute(query).first()
    said = {
        "note": _said(note, before.note if before else None),
        "category": _said(category, before.category if before else None),
    }
    connection.execute(delete(NOTE).where(NOTE.c.fingerprint == fingerprint))
    if any(said.values()):
        row = {"fingerprint": fingerprint, **said, "actor": actor, "at": now}
        connection.execute(insert(NOTE), row)


def _said(now: str | None, before: str | None) -> str | None:
    return before if now is None else (now.strip() or None)


def definition_of(connection: Connection, event: int) -> str | None:
    """The definition a Sync Event ran with; None once it is gone."""
    query = select(EVENT.c.definition).where(EVENT.c.id == event)
    found: str | None = connection.execute(query).scalar()
    return found
