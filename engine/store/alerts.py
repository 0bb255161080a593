"""Alerts kept: a rule fires once and resolves once, and who is to be told of it is never lost.

The transition and its notifications are one transaction. A notification is sent until it arrives;
whoever sends it holds it for a while, so that two engines do not send it at once, and one that
died while it sent leaves it to the next. It may so arrive twice, under one message id.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from engine.domain.alert import AlertRule, AlertSeen, AlertState
from engine.domain.values import dataclass
from engine.store.columns import UtcTime
from engine.store.numbers import taken
from engine.store.tables import EVENT
from engine.store.watch_tables import ALERT, NOTICE

NOTICES = "notice"

FIRED, RESOLVED = "alert", "resolved alert"
"""What the audit calls the two transitions."""

_KNOWN = text(
    "INSERT INTO alert (link, rule, asks, window_s, state, priority, severity, downstream,"
    " figures, sentence, fired_at, times) VALUES (:link, :rule, :asks, :window_s, 'resolved',"
    " '', '', '[]', '{}', '', :at, 0) ON CONFLICT (link, rule) DO NOTHING"
).bindparams(bindparam("at", type_=UtcTime))


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that begins to fire, or stops; `why` where that is not its figures' doing."""

    link: str
    rule: AlertRule
    state: AlertState
    priority: str
    severity: str
    downstream: tuple[str, ...]
    owner: str | None
    figures: Mapping[str, Any]
    sentence: str
    event: int | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification somebody is about to send; `attempts` counts this one."""

    id: int
    message: str
    link: str
    rule: str
    place: int
    channel: str
    body: Mapping[str, Any]
    made_at: datetime
    attempts: int


def firing(connection: Connection, link: str) -> Mapping[str, AlertSeen]:
    """The rules of a Link that fire, by id."""
    query = select(ALERT).where(
        ALERT.c.link == link, ALERT.c.state == AlertState.FIRING.value
    )
    return {row.rule: _seen(row, None) for row in connection.execute(query)}


def firing_links(connection: Connection) -> Mapping[str, str | None]:
    """Links of which something fires, with the file each last ran from."""
    query = select(ALERT.c.link).where(ALERT.c.state == AlertState.FIRING.value)
    links = connection.execute(query.distinct()).scalars().all()
    return {link: path_of(connection, link) for link in links}


def path_of(connection: Connection, link: str) -> str | None:
    """The file that a Link last ran from."""
    query = select(EVENT.c.path).where(EVENT.c.link == link).order_by(EVENT.c.id.desc())
    path: str | None = connection.execute(query.limit(1)).scalar()
    return path


def changed(connection: Connection, change: Change, *, now: datetime) -> bool:
    """Keep a transition with its notifications; false where another was quicker."""
    _know(connection, change, now=now)
    fires = change.state is AlertState.FIRING
    values: dict[str, Any] = {
        "state": change.state.value,
        "priority": change.priority,
        "severity": change.severity,
        "downstream": list(change.downstream),
        "owner": change.owner,
        "figures": dict(change.figures),
        "sentence": change.sentence,
        "event": change.event,
        "resolved_at": None if fires else now,
    }
    if fires:
        values |= {"fired_at": now, "times": ALERT.c.times + 1}
    stands = AlertState.RESOLVED if fires else AlertState.FIRING
    turned = connection.execute(
        update(ALERT)
        .where(*_this(change.link, change.rule.id), ALERT.c.state == stands.value)
        .values(**values)
    ).rowcount
    if turned:
        _tell(connection, change, now=now)
    return bool(turned)


def _know(connection: Connection, change: Change, *, now: datetime) -> None:
    row = {
        "link": change.link,
        "rule": change.rule.id,
        "asks": change.rule.when,
        "window_s": round(change.rule.window),
        "at": now,
    }
    connection.execute(_KNOWN, row)


def _this(link: str, rule: str) -> tuple[Any, ...]:
    return ALERT.c.link == link, ALERT.c.rule == rule


def _tell(connection: Connection, change: Change, *, now: datetime) -> None:
    """A row for each channel of the rule."""
    channels = change.rule.notify
    if not channels:
        return
    query = select(ALERT).where(*_this(change.link, change.rule.id))
    body = _body(connection.execute(query).one(), change, now=now)
    first = taken(connection, NOTICES, len(channels))
    rows = [
        {
            "id": first + place,
            "message": f"msg_{uuid.uuid4().hex}",
            "link": change.link,
            "rule": change.rule.id,
            "place": place,
            "channel": channel.shown,
            "body": body,
            "made_at": now,
            "due_at": now,
            "attempts": 0,
        }
        for place, channel in enumerate(channels)
    ]
    connection.execute(insert(NOTICE), rows)


def _body(row: Row[Any], change: Change, *, now: datetime) -> dict[str, Any]:
    fires = change.state is AlertState.FIRING
    return {
        "type": "linkdeck.alert.firing" if fires else "linkdeck.alert.resolved",
        "timestamp": now,
        "data": {
            "link": change.link,
            "rule": change.rule.id,
            "when": change.rule.when,
            "window_s": change.rule.window,
            "state": change.state.value,
            "priority": change.priority,
            "severity": change.severity,
            "downstream": list(change.downstream),
            "owner": change.owner,
            "figures": dict(change.figures),
            "sentence": change.sentence,
            "why": change.why,
            "event": change.event,
            "fired_at": row.fired_at,
            "resolved_at": row.resolved_at,
            "times": row.times,
        },
    }


def due(connection: Connection, *, now: datetime, link: str | None) -> Sequence[int]:
    """Notifications that are to be sent now, oldest first."""
    query = select(NOTICE.c.id).where(*_UNDER_WAY, NOTICE.c.due_at <= now)
    if link is not None:
        query = query.where(NOTICE.c.link == link)
    return connection.execute(query.order_by(NOTICE.c.id).limit(100)).scalars().all()


_UNDER_WAY = (NOTICE.c.delivered_at.is_(None), NOTICE.c.given_up_at.is_(None))


def held(
    connection: Connection, number: int, *, now: datetime, seconds: float
) -> Notice | None:
    """A notification in the caller's hands for so long; None where another has it."""
    mine = (NOTICE.c.id == number, *_UNDER_WAY)
    got = connection.execute(
        update(NOTICE)
        .where(*mine, NOTICE.c.due_at <= now)
        .values(due_at=now + timedelta(seconds=seconds), attempts=NOTICE.c.attempts + 1)
    ).rowcount
    if not got:
        return None
    row = connection.execute(select(NOTICE).where(NOTICE.c.id == number)).one()
    return Notice(
        id=row.id,
        message=row.message,
        link=row.link,
        rule=row.rule,
        place=row.place,
        channel=row.channel,
        body=row.body,
        made_at=row.made_at,
        attempts=row.attempts,
    )


def delivered(connection: Connection, notice: Notice, *, now: datetime) -> bool:
    """It arrived; false where that was known."""
    return _settle(connection, notice, delivered_at=now, problem=None)


def given_up(
    connection: Connection, notice: Notice, problem: str, *, now: datetime
) -> bool:
    """Nobody will send it any more; false where that was known."""
    return _settle(connection, notice, given_up_at=now, problem=problem)


def later(connection: Connection, notice: Notice, problem: str, *, at: datetime) -> None:
    """It is to be sent again."""
    _settle(connection, notice, due_at=at, problem=problem)


def _settle(connection: Connection, notice: Notice, **values: Any) -> bool:
    mine = (NOTICE.c.id == notice.id, *_UNDER_WAY)
    return bool(connection.execute(update(NOTICE).where(*mine).values(**values)).rowcount)


def seen(connection: Connection) -> tuple[AlertSeen, ...]:
    """Every rule that fires or has fired, with what of its notifications did not arrive."""
    way = (
        select(
            NOTICE.c.link,
            NOTICE.c.rule,
            func.count().filter(*_UNDER_WAY).label("undelivered"),
            func.count().filter(NOTICE.c.given_up_at.is_not(None)).label("lost"),
        )
        .where(NOTICE.c.delivered_at.is_(None))
        .group_by(NOTICE.c.link, NOTICE.c.rule)
    )
    waiting = {(row.link, row.rule): row for row in connection.execute(way)}
    query = select(ALERT).where(ALERT.c.times > 0)
    return tuple(
        _seen(row, waiting.get((row.link, row.rule))) for row in connection.execute(query)
    )


def _seen(row: Row[Any], way: Row[Any] | None) -> AlertSeen:
    return AlertSeen(
        link=row.link,
        rule=row.rule,
        when=row.asks,
        window=float(row.window_s),
        state=AlertState(row.state),
        priority=row.priority,
        severity=row.severity,
        downstream=tuple(row.downstream),
        owner=row.owner,
        figures=row.figures,
        sentence=row.sentence,
        event=row.event,
        fired_at=row.fired_at,
        resolved_at=row.resolved_at,
        times=row.times,
        undelivered=way.undelivered if way else 0,
        lost=way.lost if way else 0,
    )
