"""What a person at the Inbox looks at and does: each call one transaction, or one moment read."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from engine.domain.inbox import (
    AuditSeen,
    AuditVerdict,
    Cause,
    Discarded,
    InboxCounts,
    InboxFilter,
    Settled,
    Trend,
)
from engine.domain.requests import Found, Page, Search, Selection, Stretch
from engine.domain.sync_event import BatchSeen, SnapshotSeen
from engine.store import (
    audit_rows,
    batch_parts,
    choosing,
    discards,
    doubts,
    edits,
    inbox,
    inbox_counts,
    inbox_parts,
    ledger,
    stretches,
    trends,
)
from engine.store.audit import Act, Audit
from engine.store.audit_rows import concerns
from engine.store.database import Database
from engine.store.discards import Meant
from engine.store.edits import CLEAR, EDIT, Edited
from engine.store.inbox import Waiting
from engine.store.inbox_parts import Masked
from engine.store.ledger import Ledger
from engine.store.marks import Settle
from engine.store.stretches import SPAN


class Desk:
    """Safe to use from many threads."""

    def __init__(
        self, database: Database, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._audit, self._clock = database, audit, clock

    def now(self) -> datetime:
        """The store's clock, by which ages are told."""
        return self._clock()

    def inbox(self, wanted: InboxFilter, *, limit: int, after: str | None) -> Page[Waiting]:
        """One page of what waits, the most severe first, then the oldest."""
        with self._database.reading() as connection:
            return inbox.page(connection, wanted, limit=limit, after=after)

    def inbox_stretch(self, wanted: InboxFilter, part: Stretch) -> tuple[Waiting, ...]:
        """Any part of what waits."""
        with self._database.reading() as connection:
            return inbox_parts.stretch(connection, wanted, part)

    def inbox_matching(self, wanted: InboxFilter) -> int:
        """How much waits that matches."""
        with self._database.reading() as connection:
            return inbox_parts.matching(connection, wanted)

    def inbox_index(self, wanted: InboxFilter, place: int) -> int:
        """How much waits before this place."""
        with self._database.reading() as connection:
            return inbox_parts.index(connection, wanted, place)

    def inbox_search(
        self, wanted: InboxFilter, sought: Search, beyond: int, masked: Masked
    ) -> tuple[Found, frozenset[int]]:
        """One step of a search, and in which Sync Events what it found must be looked at."""
        with self._database.reading() as connection:
            return inbox_parts.search(connection, wanted, sought, beyond, masked)

    def batch_stretch(self, event: int, part: Stretch) -> tuple[BatchSeen, ...]:
        """Any part of the Batches of a Sync Event."""
        with self._database.reading() as connection:
            return batch_parts.stretch(connection, event, part)

    def batch_count(self, event: int, *, before: int | None = None) -> int:
        """How many Batches of a Sync Event are kept, or how many of them before this one."""
        with self._database.reading() as connection:
            return batch_parts.number_of(connection, event, before=before)

    def searched(
        self,
        event: int,
        selection: Selection,
        search: Search,
        beyond: int,
        *,
        span: int = SPAN,
    ) -> Found:
        """One step of a search through the failing records of a Sync Event."""
        with self._database.reading() as connection:
            return stretches.searched(
                connection, event, selection, search, beyond, span=span
            )

    def causes(self) -> tuple[Cause, ...]:
        """The causes of what waits."""
        with self._database.reading() as connection:
            return inbox_parts.causes(connection)

    def counts(self) -> InboxCounts:
        """How much waits, by route and by Link."""
        with self._database.reading() as connection:
            return inbox_counts.counts(connection)

    def open_count(self, event: int, selection: Selection) -> tuple[int, int]:
        """How many open records and kept scopes a Selection means."""
        with self._database.reading() as connection:
            return choosing.open_count(connection, event, selection)

    def each_open(self, event: int, selection: Selection) -> Iterator[SnapshotSeen]:
        """Every open record of a Selection, in constant memory."""
        return choosing.each_open(self._database, event, selection)

    def edit(self, snapshot: int, edited: Edited, *, actor: str, reason: str) -> None:
        """Keep an edit beside the original, or drop it; refused where somebody was quicker."""
        action = CLEAR if edited.document is None else EDIT
        act = Act(actor, action, f"s{snapshot}", reason)
        with self._database.writing() as write:
            edits.edit(write, self._audit, snapshot, edited, act=act, now=self._clock())

    def discard(
        self, meant: Sequence[Meant], *, actor: str, reason: str, settle: Settle
    ) -> Discarded:
        """Close what is meant of each Chain; all of it, or nothing."""
        now = self._clock()
        with self._database.writing() as write:
            discards.take_turns(write.connection, meant)
            told = [
                discards.discard(
                    write,
                    each,
                    act=Act(actor, "discard", each.subject, reason),
                    now=now,
                    settle=settle,
                )
                for each in meant
            ]
            # Last of all: whoever holds the audit waits for no Sync Event.
            for _, act in told:
                self._audit.append(write, act, now=now)
        done = [each for each, _ in told]
        return Discarded(
            records=sum(each.records for each in done),
            batches=sum(each.batches for each in done),
            events=tuple(sorted(event for each in done for event in each.events)),
            completed=tuple(sorted({event for each in done for event in each.completed})),
        )

    def by_chain(self, snapshots: Sequence[int]) -> tuple[Meant, ...]:
        """These Snapshots, a Chain at a time."""
        with self._database.reading() as connection:
            return discards.by_chain(connection, snapshots)

    def resolve(
        self, snapshot: int, *, written: bool, actor: str, reason: str, settle: Settle
    ) -> None:
        """Say whether a record in doubt was written."""
        act = Act(actor, "resolve", f"s{snapshot}", reason)
        with self._database.writing() as write:
            doubts.resolve(
                write,
                self._audit,
                snapshot,
                written=written,
                act=act,
                now=self._clock(),
                settle=settle,
            )

    def ledger(self, event: int) -> Ledger:
        """The ledger of the Chain a Sync Event is in."""
        with self._database.reading() as connection:
            return ledger.of_chain(connection, event)

    def fates(self, root: int) -> Settled:
        """What became of the failing records of a Chain, counted one by one."""
        with self._database.reading() as connection:
            return ledger.fates(connection, root)

    def listed(self, root: int) -> Mapping[int, tuple[int, int]]:
        """By Sync Event: failing records it had, and how many of them are still kept."""
        with self._database.reading() as connection:
            return ledger.listed(connection, root)

    def acts_on(self, events: Collection[int]) -> tuple[AuditSeen, ...]:
        """Every act that concerns these Sync Events, oldest first."""
        with self._database.reading() as connection:
            return tuple(
                row for row in audit_rows.each(connection) if concerns(row, events)
            )

    def trends(self, before: int, after: int) -> tuple[Trend, ...]:
        """What became of each cause between two Sync Events."""
        with self._database.reading() as connection:
            return trends.between(connection, before, after)

    def audit_rows(
        self,
        *,
        limit: int,
        after: str | None,
        actor: str | None = None,
        subject: str | None = None,
    ) -> Page[AuditSeen]:
        """Rows of the audit, newest first."""
        with self._database.reading() as connection:
            return audit_rows.page(
                connection, limit=limit, after=after, actor=actor, subject=subject
            )

    def verify_audit(self) -> AuditVerdict:
        """Whether every row of the audit is as it was written, and none is missing."""
        with self._database.reading() as connection:
            rows = audit_rows.count(connection)
        return AuditVerdict(rows, self._audit.first_bad(self._database))

    def checkpoint(self, through: int, *, actor: str, reason: str) -> None:
        """Seal the oldest rows of the audit, before retention takes them away."""
        with self._database.writing() as write:
            self._audit.checkpoint(
                write, through, actor=actor, reason=reason, now=self._clock()
            )
