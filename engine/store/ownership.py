"""Whose a Sync Event is: its owner alive or dead, and taken up by another after a crash (X1)."""

import socket
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.domain.batch import BatchState
from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.store.books import add
from engine.store.database import Write
from engine.store.events import ACTIVE, Owned, Owner, claimed_by, known
from engine.store.tables import BATCH, EVENT

LEASE = timedelta(seconds=60)
"""How long an owner on another host is believed alive after its last heartbeat."""

_SAME_START = 2.0
"""Seconds by which the start of one process may be told differently at two times."""


def adopted(write: Write, event: int, owner: Owner, *, now: datetime) -> Owned:
    """The Sync Event in this process's hands; refused while its owner lives."""
    connection = write.connection
    row = known(connection, event, locked=True)
    refuse_adoption(row, now)
    fence = row.fence + 1
    connection.execute(
        update(EVENT)
        .where(EVENT.c.id == event)
        .values(fence=fence, interrupted=True, heartbeat_at=now, **claimed_by(owner))
    )
    _land(connection, event)
    return Owned(event, fence)


def refuse_adoption(row: Row[Any], now: datetime) -> None:
    """Refused where this Sync Event is over, or somebody still runs it."""
    if row.status not in ACTIVE:
        status = Status(row.status)
        raise Refused(f"#{row.id} is over ({status}); there is nothing to resume")
    refuse_living(row, now)


def refuse_living(row: Row[Any], now: datetime) -> None:
    """Refused where somebody still runs this Sync Event."""
    if not lives(row, now):
        return
    if row.host == socket.gethostname():
        raise Refused(
            f"#{row.id} is being run by pid {row.pid} ({row.who}); "
            f"wait, or: linkdeck cancel {row.id}"
        )
    raise Refused(
        f"#{row.id} is being run on {row.host} ({row.who}), last heard of at "
        f"{row.heartbeat_at.astimezone():%H:%M:%S}; wait, or: linkdeck cancel {row.id}"
    )


def lives(row: Row[Any], now: datetime) -> bool:
    """Whether the owner of an active Sync Event is alive, as far as can be told from here."""
    if row.host == socket.gethostname():
        return _process_lives(row.pid, float(row.process_started))
    fresh: bool = now - row.heartbeat_at < LEASE
    return fresh


def interrupted_of(connection: Connection, link: str, *, now: datetime) -> int | None:
    """The active Sync Event of a Link whose owner is dead."""
    query = select(EVENT).where(EVENT.c.link == link, EVENT.c.status.in_(ACTIVE))
    rows = connection.execute(query.order_by(EVENT.c.id)).all()
    return next((row.id for row in rows if not lives(row, now)), None)


def _process_lives(pid: int, started: float) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return not ended and abs(process.create_time() - started) < _SAME_START
    except psutil.NoSuchProcess:
        return False


def _land(connection: Connection, event: int) -> None:
    """What was in flight when the owner died waits again; `started` remembers that it was."""
    landed = connection.execute(
        update(BATCH)
        .where(BATCH.c.event == event, BATCH.c.state == BatchState.IN_FLIGHT.value)
        .values(state=BatchState.WAITING.value)
    ).rowcount
    add(connection, event, waiting=landed, in_flight=-landed)
