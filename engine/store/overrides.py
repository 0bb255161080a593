"""What operators say over a Link's file: one row a thing said, one audit row an act (P7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select

from engine.domain.override import ENABLED, Override, Repeats, Said
from engine.store.audit import Act, Audit
from engine.store.database import Write
from engine.store.tables import OVERRIDE


def said_of(connection: Connection, link: str) -> tuple[Override, ...]:
    """Everything said of a Link, by name."""
    query = select(OVERRIDE).where(OVERRIDE.c.link == link).order_by(OVERRIDE.c.name)
    return tuple(
        Override(row.name, row.value, row.actor, row.reason, row.at)
        for row in connection.execute(query)
    )


def enabled(connection: Connection, link: str) -> bool | None:
    """Whether an operator lets a Link run; None: nothing was said."""
    query = select(OVERRIDE.c.value).where(_this(link, ENABLED))
    said: bool | None = connection.execute(query).scalar()
    return said


def say(
    write: Write, audit: Audit, said: Sequence[Said], *, act: Act, now: datetime
) -> None:
    """Keep each of these for the Link the act is about, or take it back."""
    link = act.subject
    before = {each.name: each.value for each in said_of(write.connection, link)}
    for each in said:
        value = _kept(each.value)
        if value is None and each.name not in before:
            continue
        write.connection.execute(delete(OVERRIDE).where(_this(link, each.name)))
        if value is not None:
            row = {
                "link": link,
                "name": each.name,
                "value": value,
                "actor": act.actor,
                "reason": act.reason,
                "at": now,
            }
            write.connection.execute(insert(OVERRIDE), row)
        detail = {"name": each.name, "value": value, "before": before.get(each.name)}
        done = Act(act.actor, _action(each.name, value), link, act.reason, detail)
        audit.append(write, done, now=now)


def _kept(value: Any) -> Any:
    return value.document() if isinstance(value, Repeats) else value


def _action(name: str, value: object) -> str:
    if value is None:
        return "clear override"
    if name == ENABLED:
        return "enable" if value else "disable"
    return "override"


def _this(link: str, name: str) -> Any:
    return and_(OVERRIDE.c.link == link, OVERRIDE.c.name == name)
