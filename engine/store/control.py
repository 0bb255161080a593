"""What people ask of a Sync Event: cancel, end; each with its reason (P7)."""

from datetime import datetime

from sqlalchemy import update

from engine.domain.errors import Refused
from engine.domain.outcome import Ending, Status
from engine.store import turns
from engine.store.audit import Act
from engine.store.database import Write
from engine.store.ending import End, ended
from engine.store.events import ACTIVE, known
from engine.store.marks import Settle
from engine.store.ownership import refuse_living
from engine.store.presence import Here
from engine.store.tables import EVENT


def request_cancel(write: Write, act: Act, event: int) -> bool:
    """Raise the flag its coordinator looks at; false where the Sync Event is over."""
    row = known(write.connection, event, locked=True)
    if row.status not in ACTIVE:
        return False
    if row.cancel_actor is None:
        write.connection.execute(
            update(EVENT)
            .where(EVENT.c.id == event)
            .values(cancel_actor=act.actor, cancel_reason=act.reason or "")
        )
    return True


def end_dead(
    write: Write,
    act: Act,
    event: int,
    *,
    here: Here,
    now: datetime,
    settle: Settle | None,
) -> None:
    """End a run that nobody runs, as cancelled; a late coordinator is fenced off."""
    connection = write.connection
    turns.take(connection, known(connection, event).link)
    row = known(connection, event, locked=True)
    if row.status not in ACTIVE:
        raise Refused(
            f"#{event} is over ({Status(row.status)}); there is nothing to cancel"
        )
    refuse_living(row, here, now)
    values = {
        "fence": row.fence + 1,
        "interrupted": row.interrupted or bool(row.host),
        "cancel_actor": act.actor,
        "cancel_reason": act.reason or "",
    }
    connection.execute(update(EVENT).where(EVENT.c.id == event).values(**values))
    reason = f"cancelled by {act.actor}: {act.reason}"
    ended(connection, event, End(now, Ending.CANCELLED, reason=reason), settle)
