"""A Sync Event opened: one active run per Link, claimed by the process that opens it (C5)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from engine.domain.delta import Window
from engine.domain.errors import Refused
from engine.domain.link import Definition
from engine.domain.outcome import Status
from engine.domain.sync_event import Kind
from engine.domain.values import dataclass
from engine.store import noticing, turns
from engine.store.books import NO_COUNTS
from engine.store.database import Write
from engine.store.numbers import SYNC_EVENT, taken
from engine.store.refusals import LinkBusy
from engine.store.stored_text import mark_text
from engine.store.tables import DEFINITION, EVENT

ACTIVE = (Status.QUEUED.value, Status.RUNNING.value)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What is asked for. `moves`: it may move the Link's mark (M1); `parent`: what it retries.

    `slot` is the time of its schedule that it is for.
    """

    link: str
    kind: Kind
    definition: Definition
    actor: str
    reason: str | None
    options: Mapping[str, Any]
    window: Window
    queued_at: datetime
    parent: int | None = None
    moves: bool = False
    replay: str | None = None
    slot: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that runs Sync Events: `started` is when it was made, in seconds since 1970."""

    host: str
    pid: int
    started: float
    who: str


def nobody(who: str) -> Owner:
    """No process yet: it is queued, asked for by `who`."""
    return Owner(host="", pid=0, started=0.0, who=who)


@dataclass(frozen=True, slots=True)
class Owned:
    """A Sync Event in somebody's hands; only the newest fence may write (I19)."""

    event: int
    fence: int


def opened(write: Write, new: NewEvent, owner: Owner) -> Owned:
    """The new Sync Event, queued and claimed; LinkBusy where its Link has an active one."""
    connection = write.connection
    if new.slot is not None:
        turns.take(connection, new.link)
    # The counter first: it makes two processes that open at once take turns.
    number = taken(connection, SYNC_EVENT)
    refuse_busy(connection, new)
    _keep_definition(connection, new.definition)
    row = {
        "id": number,
        "root": _root(connection, new.parent) or number,
        "status": Status.QUEUED.value,
        "fence": 1,
        "lives": 1 if owner.host else 0,
        "done_before": 0,
        "heartbeat_at": new.queued_at,
        **_asked(new),
        **_of_link(new.definition),
        **claimed_by(owner),
        **NO_COUNTS,
    }
    connection.execute(insert(EVENT), row)
    if new.slot is not None:
        from engine.store import slots

        slots.taken(connection, new.link, new.slot, number)
    noticing.opened(connection, number)
    return Owned(number, 1)


def claimed_by(owner: Owner) -> dict[str, Any]:
    """The columns that name the process that runs it."""
    return {
        "host": owner.host,
        "pid": owner.pid,
        "process_started": repr(owner.started),
        "who": owner.who,
    }


_KNOWN = select(EVENT).where(EVENT.c.id == bindparam("this_event"))
_LOCKED = _KNOWN.with_for_update()


def known(connection: Connection, event: int, *, locked: bool = False) -> Row[Any]:
    """The row of a Sync Event; `locked` until the transaction ends."""
    query = _LOCKED if locked else _KNOWN
    row = connection.execute(query, {"this_event": event}).first()
    if row is None:
        raise Refused(f"there is no Sync Event #{event}; see: linkdeck events")
    return row


def _asked(new: NewEvent) -> dict[str, Any]:
    return {
        "link": new.link,
        "kind": new.kind.value,
        "actor": new.actor,
        "reason": new.reason,
        "options": dict(new.options),
        "since": mark_text(new.window.since),
        "until": mark_text(new.window.until),
        "moves": new.moves,
        "queued_at": new.queued_at,
        "parent": new.parent,
        "replay": new.replay,
        "interrupted": False,
        "planning_complete": False,
        "next_batch": 0,
    }


def _of_link(definition: Definition) -> dict[str, Any]:
    link = definition.link
    return {
        "definition": definition.hash,
        "path": definition.path,
        "folder": definition.folder,
        "source_hash": link.source.block_hash,
        "source": link.source.system,
        "target": link.target.system,
        "severity": link.severity.value,
        "downstream": list(link.downstream),
        "owner": link.owner,
        "overrides": dict(definition.overrides),
    }


_HOLDER = select(EVENT).where(
    EVENT.c.link == bindparam("this_link"),
    EVENT.c.status.in_(ACTIVE),
    EVENT.c.kind != Kind.PUSH.value,
)


def refuse_busy(connection: Connection, new: NewEvent) -> None:
    """LinkBusy where the Link has an active Sync Event; push intake only stores (C5)."""
    if new.kind is Kind.PUSH:
        return
    holder = connection.execute(_HOLDER, {"this_link": new.link}).first()
    if holder is not None:
        raise LinkBusy(busy_sentence(holder))


def busy_sentence(holder: Row[Any]) -> str:
    """Who runs what since when, and what to do about it (C5)."""
    since = (holder.started_at or holder.queued_at).astimezone()
    if not holder.host:
        return (
            f"{holder.link} waits for an engine as #{holder.id} since {since:%H:%M %Z}, asked for "
            f"by {holder.who}; linkdeck engine takes it, or: linkdeck cancel {holder.id}"
        )
    return (
        f"{holder.link} is running as #{holder.id} since {since:%H:%M %Z} by {holder.who}; "
        f"wait, or: linkdeck cancel {holder.id}"
    )


def _keep_definition(connection: Connection, definition: Definition) -> None:
    same = select(DEFINITION.c.hash).where(DEFINITION.c.hash == definition.hash)
    if connection.execute(same).first() is None:
        row = {
            "hash": definition.hash,
            "text": definition.text,
            "modules": dict(definition.modules),
        }
        connection.execute(insert(DEFINITION), row)


def _root(connection: Connection, parent: int | None) -> int | None:
    return None if parent is None else int(known(connection, parent).root)
