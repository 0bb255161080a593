"""The audit: every act of a person, append-only, each row's hash over the one before (P7)."""

import hmac
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Result, Row, func, insert, select

from engine.domain.values import dataclass
from engine.store.anchor import Anchor, Anchored, Head
from engine.store.columns import in_utc
from engine.store.database import Database, Write
from engine.store.stored_text import encoded, plain
from engine.store.tables import AUDIT


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did to what, and why."""

    actor: str
    action: str
    subject: str
    reason: str | None
    detail: Mapping[str, Any] | None = None


CHECKPOINT = "checkpoint"
"""The act by which retention says which rows it takes away (P7)."""


class Audit:
    """The chain in the store and its anchor outside. `shared`: others may append elsewhere."""

    def __init__(self, anchor: Anchor, *, shared: bool) -> None:
        self._anchor, self._shared = anchor, shared

    def append(self, write: Write, act: Act, *, now: datetime) -> None:
        """One row, in the caller's transaction."""
        connection = write.connection
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE audit IN EXCLUSIVE MODE")
        before = _head(connection)
        row = _row(before.seq + 1, act, now)
        head = Head(before.seq + 1, _hash(before.hash, row))
        connection.execute(insert(AUDIT), {**row, "hash": head.hash})
        for end in write.ends:
            if isinstance(end, _Appended):
                end.head = head
                return
        write.ends.append(_Appended(self._anchor, before, head))

    def first_bad(self, database: Database) -> int | None:
        """The first row that was altered, removed or inserted; None where the chain holds.

        Where the tail was cut off, the number of the first row that is missing. Others may append
        meanwhile: what the anchor said before the rows were looked at, they must have reached; what
        it says after, they must not be beyond.
        """
        earlier = self._anchor.read()
        with database.reading() as connection:
            head = self._start(connection)
            later = self._anchor.read()
            vouched = {
                **_vouched(earlier, shared=True),
                **_vouched(later, shared=self._shared),
            }
            with closing(_rows(connection)) as rows:
                for row in rows:
                    fits = row.seq == head.seq + 1 and row.hash == _hash(
                        head.hash, _as_hashed(row)
                    )
                    if not fits or vouched.get(row.seq, row.hash) != row.hash:
                        return head.seq + 1
                    head = Head(row.seq, row.hash)
        return self._tail(head, earlier, later)

    def checkpoint(
        self, write: Write, through: int, *, actor: str, reason: str, now: datetime
    ) -> None:
        """Seal the rows up to `through`, before they go: what is left verifies from there on.

        The checkpoint stands in the chain like any other row; without the installation's secret
        nobody can make one. ValueError where there is no such row.
        """
        query = select(AUDIT.c.hash).where(AUDIT.c.seq == through)
        last = write.connection.execute(query).scalar()
        if last is None:
            raise ValueError(f"the audit has no row {through}")
        seal = self._anchor.seal(Head(through, last))
        detail = {"through": through, "hash": last, "seal": seal}
        self.append(write, Act(actor, CHECKPOINT, "audit", reason, detail), now=now)

    def _start(self, connection: Connection) -> Head:
        """Where the chain goes on from: its beginning, or a checkpoint that vouches for it."""
        first = connection.execute(select(func.min(AUDIT.c.seq))).scalar()
        if first is None or first == 1:
            return Head()
        query = select(AUDIT.c.detail).where(
            AUDIT.c.subject == "audit", AUDIT.c.action == CHECKPOINT
        )
        for detail in connection.execute(query.order_by(AUDIT.c.seq.desc())).scalars():
            head = Head(detail["through"], detail["hash"])
            if head.seq == first - 1 and self._sealed(head, detail["seal"]):
                return head
        return Head()

    def _sealed(self, head: Head, seal: str) -> bool:
        # On a shared store it may be another installation's, whose secret is not here.
        return self._shared or hmac.compare_digest(self._anchor.seal(head), seal)

    def _tail(
        self, head: Head, earlier: Anchored | None, later: Anchored | None
    ) -> int | None:
        if later is None:
            # On a shared store the rows may all be other machines'.
            return head.seq if head.seq and not self._shared else None
        least = Head() if earlier is None else earlier.before or earlier.now
        if head.seq < least.seq:
            return head.seq + 1
        beyond = head.seq > later.now.seq and not self._shared
        return later.now.seq + 1 if beyond else None


class _Appended:
    """All rows of one transaction, which the store has or has not.

    Anchored in two steps, so that a crash between them is told from a tail that was cut off.
    """

    def __init__(self, anchor: Anchor, begun: Head, head: Head) -> None:
        self._anchor, self._begun, self.head = anchor, begun, head

    def before(self) -> None:
        """It may have them, or not."""
        self._anchor.write(Anchored(self.head, self._begun))

    def after(self) -> None:
        """It has them."""
        self._anchor.write(Anchored(self.head))


def _vouched(anchored: Anchored | None, *, shared: bool) -> Mapping[int, str]:
    """The hashes the anchor knows. One whose commit is not known may have become another's row."""
    if anchored is None:
        return {}
    unsure = anchored.before is not None and shared
    heads = (anchored.before, None if unsure else anchored.now)
    return {head.seq: head.hash for head in heads if head}


def _rows(connection: Connection) -> Result[Any]:
    query = select(AUDIT).order_by(AUDIT.c.seq)
    return connection.execute(query, execution_options={"yield_per": 1000})


def _head(connection: Connection) -> Head:
    query = select(AUDIT.c.seq, AUDIT.c.hash).order_by(AUDIT.c.seq.desc()).limit(1)
    row = connection.execute(query).first()
    return Head() if row is None else Head(row.seq, row.hash)


def _row(seq: int, act: Act, now: datetime) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": in_utc(now),
        "actor": plain(act.actor),
        "action": plain(act.action),
        "subject": plain(act.subject),
        "reason": None if act.reason is None else plain(act.reason),
        "detail": None if act.detail is None else dict(act.detail),
    }


def _as_hashed(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)  # noqa: SLF001 - a Row's public mapping
    del values["hash"]
    return values


def _hash(before: str, row: Mapping[str, Any]) -> str:
    """Over the hash before and the row as canonical JSON."""
    said = {**row, "at": row["at"].isoformat(timespec="microseconds")}
    canonical = encoded(dict(sorted(said.items())))
    return sha256(f"{before}|{canonical}".encode()).hexdigest()
