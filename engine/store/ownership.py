"""Whose a Sync Event is: nobody's, its owner's, or taken up by another after a crash (X1)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.domain.batch import BatchState
from engine.domain.errors import Refused
from engine.domain.outcome import Status
from engine.store.books import add
from engine.store.database import Write
from engine.store.events import ACTIVE, Owned, Owner, claimed_by, known
from engine.store.presence import Here
from engine.store.tables import BATCH, EVENT


def adopted(write: Write, event: int, owner: Owner, *, here: Here, now: datetime) -> Owned:
    """The Sync Event in this process's hands; refused while its owner lives."""
    connection = write.connection
    row = known(connection, event, locked=True)
    refuse_adoption(row, here, now)
    owned = taken(connection, row, owner, now=now)
    begin_life(connection, row)
    return owned


def taken(connection: Connection, row: Row[Any], owner: Owner, *, now: datetime) -> Owned:
    """In this owner's hands, whoever had it; what was in flight waits again.

    One that nobody had, because it was queued or left in good order, was not interrupted; nor was
    one that was merely claimed.
    """
    fence, died = row.fence + 1, bool(row.host and row.lives)
    values = {
        **claimed_by(owner),
        "fence": fence,
        "heartbeat_at": now,
        "interrupted": row.interrupted or died,
    }
    connection.execute(update(EVENT).where(EVENT.c.id == row.id).values(**values))
    _land(connection, row.id)
    return Owned(row.id, fence)


def left(connection: Connection, owned: Owned, unbegun: Sequence[int]) -> None:
    """In nobody's hands, and not for want of life: what was never begun merely waits again."""
    again = (
        BATCH.c.event == owned.event,
        BATCH.c.number.in_(unbegun),
        BATCH.c.state == BatchState.IN_FLIGHT.value,
    )
    waiting = {"state": BatchState.WAITING.value, "started": False}
    back = connection.execute(update(BATCH).where(*again).values(**waiting)).rowcount
    add(connection, owned.event, waiting=back, in_flight=-back)
    values = {"host": "", "pid": 0, "fence": owned.fence + 1, "lives": 0}
    connection.execute(update(EVENT).where(EVENT.c.id == owned.event).values(**values))


def begin_life(connection: Connection, row: Row[Any]) -> None:
    """Count one more process that runs it, and note what was done by then."""
    done = done_of(row)
    lives = row.lives + 1 if done == row.done_before else 1
    connection.execute(
        update(EVENT).where(EVENT.c.id == row.id).values(lives=lives, done_before=done)
    )


def done_of(row: Row[Any]) -> int:
    """Batches of which it is known what became of them."""
    done: int = row.completed + row.failed_batches
    return done


def refuse_adoption(row: Row[Any], here: Here, now: datetime) -> None:
    """Refused where this Sync Event is over, or somebody still runs it."""
    if row.status not in ACTIVE:
        status = Status(row.status)
        raise Refused(f"#{row.id} is over ({status}); there is nothing to resume")
    refuse_living(row, here, now)


def refuse_living(row: Row[Any], here: Here, now: datetime) -> None:
    """Refused where somebody still runs this Sync Event."""
    if not here.lives(row, now):
        return
    if row.host == here.host:
        raise Refused(
            f"#{row.id} is being run by pid {row.pid} ({row.who}); "
            f"wait, or: linkdeck cancel {row.id}"
        )
    raise Refused(
        f"#{row.id} is being run on {row.host} ({row.who}), last heard of at "
        f"{row.heartbeat_at.astimezone():%H:%M:%S %Z}; wait, or: linkdeck cancel {row.id}"
    )


def interrupted_of(
    connection: Connection, link: str, *, here: Here, now: datetime
) -> int | None:
    """The active Sync Event of a Link whose owner is dead, or left it; not one just queued."""
    query = select(EVENT).where(EVENT.c.link == link, EVENT.c.status.in_(ACTIVE))
    rows = connection.execute(query.order_by(EVENT.c.id)).all()
    begun = (row for row in rows if row.host or row.status != Status.QUEUED)
    return next((row.id for row in begun if not here.lives(row, now)), None)


def _land(connection: Connection, event: int) -> None:
    """What was in flight when the owner died waits again; `started` remembers that it was."""
    landed = connection.execute(
        update(BATCH)
        .where(BATCH.c.event == event, BATCH.c.state == BatchState.IN_FLIGHT.value)
        .values(state=BatchState.WAITING.value, deaths=BATCH.c.deaths + 1)
    ).rowcount
    add(connection, event, waiting=landed, in_flight=-landed)
