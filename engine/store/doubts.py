"""Records in doubt, settled by a person who has looked at the target (K3)."""

from datetime import datetime

from sqlalchemy import Connection, update

from engine.domain.errors import Refused
from engine.domain.snapshot import RecordState
from engine.store.audit import Act, Audit
from engine.store.books import add
from engine.store.closing import Closure, close_records, follow
from engine.store.database import Write
from engine.store.discards import unsettled
from engine.store.edits import held, take_turn
from engine.store.events import known
from engine.store.marks import Settle, settled
from engine.store.rows import AnyRow
from engine.store.tables import BATCH, SNAPSHOT
from engine.store.underway import refuse_underway

RESOLVED = "resolved"
"""How a Sync Event closed whose last open failure a person found written."""


def resolve(
    write: Write,
    audit: Audit,
    snapshot: int,
    *,
    written: bool,
    act: Act,
    now: datetime,
    settle: Settle,
) -> None:
    """A record in doubt becomes recovered (it counts as written) or open (it counts as failed)."""
    connection = write.connection
    take_turn(connection, snapshot)
    row = _doubtful(connection, snapshot)
    link = known(connection, row.event).link
    this = SNAPSHOT.c.id == snapshot
    refuse_underway(connection, link, records=this)
    before = unsettled(connection, link)
    if written:
        closure = Closure(RecordState.RECOVERED, RESOLVED)
        touched = close_records(connection, this, closure)
        _count(connection, row.event, row.batch, "written")
        follow(connection, touched, closure)
        settled(connection, link, settle, now=now)
    else:
        connection.execute(
            update(SNAPSHOT).where(this).values(state=RecordState.OPEN.value)
        )
        _count(connection, row.event, row.batch, "failed")
    completed = sorted(before - unsettled(connection, link))
    detail = {
        "event": row.event,
        "link": link,
        "written": written,
        "completed": completed,
    }
    done = Act(act.actor, act.action, f"s{snapshot}", act.reason, detail)
    audit.append(write, done, now=now)


def _doubtful(connection: Connection, snapshot: int) -> AnyRow:
    """The row of a record in doubt; refused where it is not in doubt."""
    row = held(connection, snapshot)
    if row.state != RecordState.IN_DOUBT.value:
        word = row.state.replace("_", " ")
        raise Refused(f"s{snapshot} is {word}, not in doubt; there is nothing to resolve")
    return row


def _count(connection: Connection, event: int, batch: int, counter: str) -> None:
    """From the doubtful to what it is, in the Batch and in its Sync Event alike.

    One that fell into doubt only when it was retried has been counted as failed here.
    """
    for was in ("in_doubt", "failed"):
        if was == counter:
            return
        found = connection.execute(
            update(BATCH)
            .where(BATCH.c.event == event, BATCH.c.number == batch, BATCH.c[was] > 0)
            .values({was: BATCH.c[was] - 1, counter: BATCH.c[counter] + 1})
        )
        if found.rowcount:
            add(connection, event, **{was: -1, counter: 1})
            return
