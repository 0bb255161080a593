"""Edits of failing records: kept beside the original, one at a time, never lost unseen (I2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from engine.domain.errors import Refused
from engine.domain.inbox import edit_version
from engine.domain.values import dataclass
from engine.store import turns
from engine.store.audit import Act, Audit
from engine.store.database import Write
from engine.store.discards import refuse_settled
from engine.store.events import known
from engine.store.tables import AUDIT, EVENT, SNAPSHOT
from engine.store.underway import refuse_underway

EDIT, CLEAR = "edit", "clear edit"


@dataclass(frozen=True, slots=True)
class Edited:
    """The edited record (None: the edit is dropped), the paths it changes, what it started from.

    `version`: the edit the editor saw, "" for none; None where nobody said: another person's edit
    is then not replaced.
    """

    document: bytes | None
    paths: Sequence[str]
    version: str | None = None


def edit(
    write: Write, audit: Audit, snapshot: int, edited: Edited, *, act: Act, now: datetime
) -> None:
    """Keep the edit, or drop it; refused where the record is closed, taken up, or edited since."""
    connection = write.connection
    take_turn(connection, snapshot)
    row = held(connection, snapshot)
    refuse_settled(snapshot, row.state, "edit")
    link = known(connection, row.event).link
    refuse_underway(connection, link, records=SNAPSHOT.c.id == snapshot)
    _refuse_conflict(connection, row, edited.version, act.actor)
    if edited.document is None and row.edited is None:
        raise Refused(f"s{snapshot} has no edit; there is nothing to clear")
    connection.execute(
        update(SNAPSHOT).where(SNAPSHOT.c.id == snapshot).values(edited=edited.document)
    )
    detail = {
        "event": row.event,
        "link": link,
        # Paths only: the values stay where retention and masks reach them.
        "paths": list(edited.paths),
        "version": edit_version(edited.document),
        "before": edit_version(row.edited),
    }
    done = Act(act.actor, act.action, f"s{snapshot}", act.reason, detail)
    audit.append(write, done, now=now)


def take_turn(connection: Connection, snapshot: int) -> None:
    """The turn at the Link of a Snapshot, if there is one of that number."""
    query = (
        select(EVENT.c.link)
        .join(SNAPSHOT, SNAPSHOT.c.event == EVENT.c.id)
        .where(SNAPSHOT.c.id == snapshot)
    )
    turns.take(connection, *connection.execute(query).scalars())


def held(connection: Connection, snapshot: int) -> Row[Any]:
    """The row of a Snapshot, and its Sync Event's, until the transaction ends."""
    event = select(SNAPSHOT.c.event).where(SNAPSHOT.c.id == snapshot)
    number = connection.execute(event).scalar()
    if number is None:
        raise Refused(
            f"there is no Snapshot s{snapshot}; linkdeck failures EVENT lists them"
        )
    known(connection, number, locked=True)
    query = select(SNAPSHOT).where(SNAPSHOT.c.id == snapshot)
    return connection.execute(query.with_for_update()).one()


def _refuse_conflict(
    connection: Connection, row: Row[Any], version: str | None, actor: str
) -> None:
    now = edit_version(row.edited)
    last = _last_edit(connection, row.id)
    mine = last is not None and last.actor == actor
    if version == now or (version is None and (row.edited is None or mine)):
        return
    who, when = "somebody", ""
    if last is not None:
        who, when = last.actor, f" at {last.at.astimezone():%H:%M %Z} ({last.reason})"
    did = "edited" if row.edited is not None else "took back the edit of"
    raise Refused(
        f"{who} {did} s{row.id}{when}; look at it with linkdeck record s{row.id}, "
        f"then go on from there with --version {now or 'none'}"
    )


def _last_edit(connection: Connection, snapshot: int) -> Row[Any] | None:
    query = select(AUDIT.c.actor, AUDIT.c.at, AUDIT.c.reason).where(
        AUDIT.c.subject == f"s{snapshot}", AUDIT.c.action.in_((EDIT, CLEAR))
    )
    found: Row[Any] | None = connection.execute(  # type: ignore[assignment]
        query.order_by(AUDIT.c.seq.desc()).limit(1)
    ).first()
    return found
