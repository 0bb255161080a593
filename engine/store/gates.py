"""What a gate is decided from: what is open of a Link, what runs, what was read, who approved."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, select

from engine.domain.gate import Approval, Data, Settled, Unsettled
from engine.domain.outcome import Status
from engine.domain.snapshot import RecordState
from engine.domain.sync_event import Kind
from engine.store.audit import Act, Audit
from engine.store.choosing import is_open
from engine.store.database import Database
from engine.store.events import ACTIVE
from engine.store.marks import drifted_since, mark_in
from engine.store.schedule_tables import APPROVAL
from engine.store.schedules import active_in
from engine.store.tables import EVENT, MARK, SNAPSHOT

_SETTLED = (Status.COMPLETED.value, Status.COMPLETED_WITH_WARNINGS.value)
_UNSETTLED = (Status.FAILED.value, Status.CANCELLED.value)


class Gates:
    """Safe to use from many threads; every call is one transaction, or one moment read."""

    def __init__(
        self, database: Database, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    def data(self, link: str) -> Data:
        """All that is known of the data of a Link."""
        with self._database.reading() as connection:
            return _data(connection, link)

    def approve(self, link: str, until: datetime, *, actor: str, reason: str) -> Approval:
        """Keep a person's word, in place of one before; it is for what is open now."""
        now = self._clock()
        with self._database.writing() as write:
            found = _unsettled(write.connection, link)
            given = Approval(
                link=link,
                until=until,
                actor=actor,
                reason=reason,
                at=now,
                batches=sum(each.batches for each in found),
                records=sum(each.records for each in found),
            )
            write.connection.execute(delete(APPROVAL).where(APPROVAL.c.link == link))
            write.connection.execute(insert(APPROVAL), asdict(given))
            detail = {
                "until": until.isoformat(),
                "open": {"batches": given.batches, "records": given.records},
                "events": [each.event for each in found],
            }
            act = Act(actor, "approve gate", link, reason, detail)
            self._audit.append(write, act, now=now)
            return given

    def withdraw(self, link: str, *, actor: str, reason: str) -> bool:
        """Take an approval back; false where there is none in force."""
        now = self._clock()
        with self._database.writing() as write:
            gone = write.connection.execute(
                delete(APPROVAL).where(APPROVAL.c.link == link, APPROVAL.c.until > now)
            )
            if gone.rowcount:
                act = Act(actor, "withdraw gate approval", link, reason)
                self._audit.append(write, act, now=now)
            return bool(gone.rowcount)


def _data(connection: Connection, link: str) -> Data:
    mark = connection.execute(select(MARK).where(MARK.c.link == link)).first()
    settled = _newest(connection, link)
    return Data(
        link=link,
        settled=None
        if settled is None
        else Settled(settled.id, settled.label or "complete", _whole(settled)),
        active=_active(connection, link),
        unsettled=_unsettled(connection, link),
        filtered=_filtered(connection, link),
        drifted=drifted_since(connection, link),
        as_of=_as_of(connection, mark, settled),
        marked=mark is not None,
        approval=_approval(connection, link),
    )


def _mine(link: str) -> Any:
    """The Chains of a Link, a row each: how they stand is in their roots."""
    return and_(
        EVENT.c.link == link, EVENT.c.parent.is_(None), EVENT.c.kind != Kind.TEST.value
    )


def _newest(connection: Connection, link: str) -> Row[Any] | None:
    """The newest run of which everything is accounted for, and which had read something."""
    read = (EVENT.c.planning_complete) | (EVENT.c.kind == Kind.PUSH.value)
    query = select(EVENT).where(_mine(link), EVENT.c.status.in_(_SETTLED), read)
    return connection.execute(query.order_by(EVENT.c.id.desc()).limit(1)).first()


def _whole(row: Row[Any]) -> bool:
    return row.since is None


def _active(connection: Connection, link: str) -> Any:
    """What writes now, or is about to; what is pushed is written as it comes, and is no state."""
    query = select(EVENT).where(
        EVENT.c.link == link,
        EVENT.c.status.in_(ACTIVE),
        EVENT.c.kind.not_in((Kind.PUSH.value, Kind.TEST.value)),
    )
    row = connection.execute(query.order_by(EVENT.c.id).limit(1)).first()
    return None if row is None else active_in(row)


def _unsettled(connection: Connection, link: str) -> tuple[Unsettled, ...]:
    query = select(EVENT.c.id, EVENT.c.status).where(
        _mine(link), EVENT.c.status.in_(_UNSETTLED)
    )
    roots = connection.execute(query.order_by(EVENT.c.id)).all()
    if not roots:
        return ()
    numbers = select(EVENT.c.id).where(_mine(link), EVENT.c.status.in_(_UNSETTLED))
    sums = {row.root: row for row in connection.execute(_sums(numbers))}
    doubts = {row.root: row.times for row in connection.execute(_doubts(numbers))}
    return tuple(
        Unsettled(
            event=row.id,
            status=row.status,
            batches=int(sums[row.id].batches),
            records=int(sums[row.id].records),
            in_doubt=doubts.get(row.id, 0),
            moved=bool(sums[row.id].moved),
        )
        for row in roots
    )


def _sums(roots: Select[Any]) -> Any:
    """What is open in each of these Chains, from the counters kept for it."""
    return (
        select(
            EVENT.c.root,
            func.sum(EVENT.c.open_batches).label("batches"),
            func.sum(EVENT.c.open_records).label("records"),
            func.sum(EVENT.c.moved + EVENT.c.elsewhere).label("moved"),
        )
        .where(EVENT.c.root.in_(roots))
        .group_by(EVENT.c.root)
    )


def _doubts(roots: Select[Any]) -> Any:
    """Open records whose write nobody knows the end of, where there ever were any."""
    doubtful = EVENT.c.open_records * EVENT.c.in_doubt > 0
    return (
        select(EVENT.c.root, func.count().label("times"))
        .join(SNAPSHOT, SNAPSHOT.c.event == EVENT.c.id)
        .where(EVENT.c.root.in_(roots), doubtful, is_open())
        .where(SNAPSHOT.c.state == RecordState.IN_DOUBT.value)
        .group_by(EVENT.c.root)
    )


def _filtered(connection: Connection, link: str) -> tuple[int, ...]:
    """Chains that left records out by errors, since all of the source was last read."""
    whole = select(EVENT.c.id).where(
        _mine(link),
        EVENT.c.kind == Kind.SYNC.value,
        EVENT.c.status.in_(_SETTLED),
        EVENT.c.planning_complete,
        EVENT.c.since.is_(None),
    )
    last = connection.execute(whole.order_by(EVENT.c.id.desc()).limit(1)).scalar() or 0
    query = select(EVENT.c.id).where(
        _mine(link), EVENT.c.label == "exception_filtered", EVENT.c.id >= last
    )
    return tuple(connection.execute(query.order_by(EVENT.c.id)).scalars())


def _as_of(
    connection: Connection, mark: Row[Any] | None, settled: Row[Any] | None
) -> datetime | None:
    """Up to when all changes are read: the mark where it is a time, else when that run began."""
    if mark is not None:
        found = mark_in(mark)
        if found is not None and isinstance(found.value, datetime):
            return found.value
        query = select(EVENT.c.started_at).where(EVENT.c.id == mark.set_by)
        started: datetime | None = connection.execute(query).scalar()
        return started or mark.moved_at
    if settled is None:
        return None
    pushed = settled.kind == Kind.PUSH.value
    at: datetime | None = settled.finished_at if pushed else settled.started_at
    return at


def _approval(connection: Connection, link: str) -> Approval | None:
    row = connection.execute(select(APPROVAL).where(APPROVAL.c.link == link)).first()
    if row is None:
        return None
    return Approval(
        link=row.link,
        until=row.until,
        actor=row.actor,
        reason=row.reason,
        at=row.at,
        batches=row.batches,
        records=row.records,
    )
