"""The store: Sync Events, batches, Snapshots, marks and the audit; one object for all of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.domain.batch import Scope
from engine.domain.delta import Mark, Verdict
from engine.domain.masking import Privacy
from engine.domain.override import ENABLED, Override, Said
from engine.domain.record_key import KeyHashes
from engine.domain.requests import (
    Finding,
    HistoryEntry,
    Page,
    Search,
    Selection,
    Stretch,
)
from engine.domain.sync_event import (
    BatchSeen,
    OpenCounts,
    SnapshotSeen,
    SyncEvent,
)
from engine.store import (
    events,
    failures,
    marks,
    opening,
    overrides,
    ownership,
    plans,
    privacy,
    queries,
    remarks,
    scopes,
    seen_ids,
    stretches,
    telling,
)
from engine.store.audit import Act
from engine.store.database import Database, Write
from engine.store.desks import Desks
from engine.store.events import NewEvent, Owned, Owner
from engine.store.marks import Settle
from engine.store.plans import StoredPlan
from engine.store.presence import Here
from engine.store.refusals import StoreUnusable
from engine.store.secret import secret_of

if TYPE_CHECKING:
    from engine.store.journal import Journal


def utc_now() -> datetime:
    """The clock of the store, where no other is given."""
    return datetime.now(UTC)


class Store(Desks):
    """Safe to use from many threads; every call is one transaction, or one moment read."""

    def __init__(
        self,
        database: Database,
        home: Path,
        places: tuple[Path, ...],
        clock: Callable[[], datetime],
        here: Here,
    ) -> None:
        self._database, self._home = database, home
        self._places, self._clock, self._here = places, clock, here
        database.at_end = self._tell

    @classmethod
    def open(
        cls,
        url: str | None,
        *,
        home: Path,
        create: bool = True,
        clock: Callable[[], datetime] = utc_now,
        here: Here | None = None,
    ) -> "Store":
        """The store at a URL (None: SQLite in HOME), made or migrated; else StoreUnusable."""
        database = opening.opened(url, home, create=create)
        return cls(database, home, opening.private_places(url, home), clock, here or Here())

    def close(self) -> None:
        """Let go of every connection."""
        self._database.close()

    def secret(self) -> bytes:
        """The secret of idempotency keys: 32 bytes, made once, the same for all who share it."""
        return secret_of(self._database, self._home)

    def open_event(self, new: NewEvent, owner: Owner) -> Owned:
        """A new Sync Event in this owner's hands; LinkBusy where its Link has an active one."""
        # Told at once, even where a process that stands still keeps everybody from writing.
        with self._database.reading() as connection:
            events.refuse_busy(connection, new)
        with self._database.writing() as write:
            return events.opened(write, new, owner)

    def adopt_event(self, event: int, owner: Owner) -> Owned:
        """An interrupted Sync Event in this owner's hands; refused while its owner lives."""
        with self._database.reading() as connection:
            ownership.refuse_adoption(
                events.known(connection, event), self._here, self._clock()
            )
        with self._database.writing() as write:
            now = self._clock()
            owned = ownership.adopted(write, event, owner, here=self._here, now=now)
            self._audit.append(write, Act(owner.who, "resume", f"#{event}", None), now=now)
            return owned

    def journal(self, owned: Owned, settle: Settle) -> "Journal":
        """What the coordinator of this Sync Event writes to."""
        from engine.store.journal import Journal

        return Journal(self._database, owned, settle, self._clock, self._here.lease)

    def interrupted(self, link: str) -> SyncEvent | None:
        """The active Sync Event of a Link whose owner is dead."""
        with self._database.reading() as connection:
            number = ownership.interrupted_of(
                connection, link, here=self._here, now=self._clock()
            )
            return None if number is None else queries.event(connection, number)

    def plan_of(self, event: int) -> StoredPlan:
        """What a Sync Event was to do, and what of it is still to be done."""
        with self._database.reading() as connection:
            return plans.plan_of(connection, event)

    def privacy(self, event: int) -> Privacy:
        """What the as-run definition of a Sync Event calls personal."""
        with self._database.reading() as connection:
            return privacy.privacy_of(connection, event)

    def request_cancel(self, event: int, actor: str, reason: str) -> bool:
        """Ask the coordinator to end; false where the Sync Event is over."""
        from engine.store import control

        act = Act(actor, "cancel", f"#{event}", reason)
        with self._database.writing() as write:
            asked = control.request_cancel(write, act, event)
            if asked:
                self._audit.append(write, act, now=self._clock())
            return asked

    def end_dead(
        self, event: int, actor: str, reason: str, *, settle: Settle | None = None
    ) -> SyncEvent:
        """End a Sync Event whose owner is dead, as cancelled; refused while its owner lives."""
        from engine.store import control

        act, now = Act(actor, "cancel", f"#{event}", reason), self._clock()
        with self._database.writing() as write:
            control.end_dead(write, act, event, here=self._here, now=now, settle=settle)
            self._audit.append(write, act, now=now)
            ended = queries.event(write.connection, event)
        if ended is None:
            raise StoreUnusable(f"#{event} is no longer in the store; linkdeck doctor")
        return ended

    def set_enabled(
        self,
        link: str,
        enabled: bool,  # noqa: FBT001 - the one thing it sets
        *,
        actor: str,
        reason: str,
    ) -> None:
        """Say whether a Link may run, over what its file says."""
        self.override(link, [Said(ENABLED, enabled)], actor=actor, reason=reason)

    def override(self, link: str, said: Sequence[Said], *, actor: str, reason: str) -> None:
        """Say things of a Link over what its file says, or take them back; all or none."""
        act = Act(actor, "override", link, reason)
        with self._database.writing() as write:
            overrides.say(write, self._audit, said, act=act, now=self._clock())

    def overrides(self, link: str) -> tuple[Override, ...]:
        """What operators have said of a Link, by name."""
        with self._database.reading() as connection:
            return overrides.said_of(connection, link)

    def enabled(self, link: str) -> bool | None:
        """What an operator has said of a Link; None: nothing."""
        with self._database.reading() as connection:
            return overrides.enabled(connection, link)

    def mark(self, link: str) -> Mark | None:
        """Last Successful Sync of a Link."""
        with self._database.reading() as connection:
            return marks.mark_of(connection, link)

    def seen_ids(self, link: str) -> KeyHashes | None:
        """Hashes of the ids a Link has written, for Links that know duplicates by them (K2)."""
        with self._database.reading() as connection:
            return seen_ids.seen_ids(connection, link)

    def needed_scopes(self, link: str) -> tuple[Scope, ...]:
        """The scopes of a Link that may still be fetched."""
        with self._database.reading() as connection:
            return scopes.needed(connection, link)

    def drifted(self, link: str) -> tuple[int, ...]:
        """Runs that do not move the mark because a page of them drifted (M5)."""
        with self._database.reading() as connection:
            return marks.drifted_since(connection, link)

    def verdict(self, link: str, settle: Settle) -> Verdict:
        """Where Last Successful Sync stands, and what holds it there."""
        with self._database.reading() as connection:
            return marks.verdict_of(connection, link, settle)

    def audit(
        self,
        *,
        actor: str,
        action: str,
        subject: str,
        reason: str | None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep who did what to what, and why."""
        act = Act(actor, action, subject, reason, detail)
        with self._database.writing() as write:
            self._audit.append(write, act, now=self._clock())

    def event(self, event: int) -> SyncEvent | None:
        """One Sync Event."""
        with self._database.reading() as connection:
            return queries.event(connection, event)

    def warn(self, event: int, text: str) -> None:
        """A Warning about a Sync Event as a whole, whether it runs or is over."""
        with self._database.writing() as write:
            remarks.warned(write.connection, event, text)

    def latest(self, link: str) -> int | None:
        """The newest Sync Event of a Link."""
        with self._database.reading() as connection:
            return queries.latest(connection, link)

    def events(
        self,
        *,
        link: str | None = None,
        status: str | None = None,
        kind: str | None = None,
        limit: int = 50,
        before: int | None = None,
    ) -> Page[SyncEvent]:
        """Sync Events, newest first; `status` as a word or as its token."""
        with self._database.reading() as connection:
            return queries.events(
                connection, link=link, status=status, kind=kind, limit=limit, before=before
            )

    def batches(
        self,
        event: int,
        *,
        state: str | None = None,
        index: int | None = None,
        limit: int = 100,
        after: str | None = None,
    ) -> Page[BatchSeen]:
        """Batches of a Sync Event, in order."""
        with self._database.reading() as connection:
            return queries.batches(
                connection, event, state=state, index=index, limit=limit, after=after
            )

    def batch_states(self, event: int) -> tuple[str, ...]:
        """The state of every Batch of a Sync Event, in order."""
        with self._database.reading() as connection:
            return queries.batch_states(connection, event)

    def failing_batches(self, event: int, limit: int = 100) -> tuple[BatchSeen, ...]:
        """Batches that failed, and those not attempted whose scope waits for a retry."""
        with self._database.reading() as connection:
            return queries.failing_batches(connection, event, limit)

    def failures(
        self,
        event: int,
        selection: Selection,
        *,
        limit: int = 50,
        after: str | None = None,
        keep: Callable[[SnapshotSeen], bool] | None = None,
    ) -> tuple[Page[SnapshotSeen], int]:
        """One page of failing records, and how many match in all."""
        return failures.page(
            self._database, event, selection, limit=limit, after=after, keep=keep
        )

    def each_failure(
        self,
        event: int,
        selection: Selection,
        keep: Callable[[SnapshotSeen], bool] | None = None,
    ) -> Iterator[SnapshotSeen]:
        """Every failing record in order, in constant memory."""
        return failures.each(self._database, event, selection, keep)

    def stretch(
        self, event: int, selection: Selection, part: Stretch, search: Search
    ) -> tuple[SnapshotSeen, ...]:
        """Any part of the failing records, in constant memory."""
        with self._database.reading() as connection:
            return stretches.stretch(connection, event, selection, part, search)

    def snapshot(self, snapshot: int) -> SnapshotSeen | None:
        """A Snapshot by its number."""
        with self._database.reading() as connection:
            return failures.one(connection, snapshot)

    def history(self, snapshot: int) -> tuple[HistoryEntry, ...]:
        """What became of a record, from Sync Event to Sync Event, oldest first."""
        with self._database.reading() as connection:
            return failures.history(connection, snapshot)

    def link_states(
        self,
    ) -> Mapping[str, tuple[SyncEvent | None, Mark | None, OpenCounts]]:
        """By Link: its newest Sync Event, its mark, and all that is open."""
        with self._database.reading() as connection:
            return queries.link_states(connection)

    def changed(self) -> int:
        """A number that differs once anything was written; compare it on this object only."""
        return self._database.changed()

    def check(self) -> tuple[Finding, ...]:
        """What is wrong with this store, each with what to do about it."""
        from engine.store import check

        return check.findings(
            self._database,
            self._audit,
            self._places,
            here=self._here,
            now=self._clock(),
        )

    def _tell(self, write: Write) -> None:
        """What a transaction opened and closed, in the audit."""
        for act in telling.acts(write.connection):
            self._audit.append(write, act, now=self._clock())
