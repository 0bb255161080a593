"""What people ask of a Sync Event or a Link: cancel, end, enable; each with its reason (P7)."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from engine.domain.errors import Refused
from engine.domain.outcome import Ending, Status
from engine.store.audit import Act, Audit
from engine.store.database import Write
from engine.store.ending import End, ended
from engine.store.events import ACTIVE, known
from engine.store.marks import Settle
from engine.store.ownership import refuse_living
from engine.store.tables import EVENT, SETTING


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
    write: Write, act: Act, event: int, *, now: datetime, settle: Settle | None
) -> None:
    """End a run nobody runs any more, as cancelled; a late coordinator is fenced off."""
    connection = write.connection
    row = known(connection, event, locked=True)
    if row.status not in ACTIVE:
        raise Refused(
            f"#{event} is over ({Status(row.status)}); there is nothing to cancel"
        )
    refuse_living(row, now)
    connection.execute(
        update(EVENT)
        .where(EVENT.c.id == event)
        .values(fence=row.fence + 1, cancel_actor=act.actor, cancel_reason=act.reason or "")
    )
    reason = f"cancelled by {act.actor}: {act.reason}"
    ended(connection, event, End(now, Ending.CANCELLED, reason=reason), settle)


def set_enabled(
    write: Write, audit: Audit, act: Act, *, enabled: bool, now: datetime
) -> None:
    """Say whether a Link may run, over what its file says."""
    connection = write.connection
    said = update(SETTING).where(SETTING.c.link == act.subject).values(enabled=enabled)
    if not connection.execute(said).rowcount:
        connection.execute(insert(SETTING), {"link": act.subject, "enabled": enabled})
    audit.append(write, act, now=now)


def enabled(connection: Connection, link: str) -> bool | None:
    """What an operator has said of a Link; None: nothing."""
    query = select(SETTING.c.enabled).where(SETTING.c.link == link)
    said: bool | None = connection.execute(query).scalar()
    return said
