"""The half of the front door at which failures are looked at together and settled by people."""

from collections.abc import Sequence

from engine.domain.inbox import (
    AuditSeen,
    AuditVerdict,
    Cause,
    Chain,
    Discarded,
    Edit,
    InboxCounts,
    InboxFilter,
    InboxItem,
    Simulated,
    Trend,
)
from engine.domain.present import Present
from engine.domain.requests import (
    Found,
    Page,
    RecordDetail,
    Search,
    Selection,
    Stop,
    Stretch,
    Watch,
)
from engine.domain.retry_plan import Choice, ItemClass, RetryOptions
from engine.domain.sync_event import SyncEvent
from engine.domain.together import Plans, Retried, Taken
from engine.operations.context import Context

ROWS = 50
EVERYTHING = Selection()


class FrontDesk:
    """The Inbox, the Chain ledger, the audit and the evidence; part of `engine.engine.Engine`."""

    _context: Context

    def inbox(
        self,
        filter: InboxFilter,  # noqa: A002 - what the console and the commands call it
        *,
        limit: int = ROWS,
        after: str | None = None,
    ) -> Page[InboxItem]:
        """What waits for a person, the most severe first, then the oldest."""
        from engine.operations import inbox

        return inbox.listed(self._context, filter, limit=limit, after=after)

    def inbox_stretch(
        self,
        filter: InboxFilter,  # noqa: A002
        part: Stretch,
    ) -> tuple[InboxItem, ...]:
        """Any part of what waits, by place, in constant memory."""
        from engine.operations import inbox

        return inbox.stretch(self._context, filter, part)

    def inbox_matching(
        self,
        filter: InboxFilter,  # noqa: A002
        *,
        place: int | None = None,
    ) -> tuple[int, int]:
        """How much waits that matches, and how much of it stands before a place."""
        desk = self._context.store.desk
        before = 0 if place is None else desk.inbox_index(filter, place)
        return desk.inbox_matching(filter), before

    def inbox_search(
        self,
        filter: InboxFilter,  # noqa: A002
        sought: Search,
        beyond: int = 0,
    ) -> Found:
        """One step of a search through what waits, as it is shown."""
        from engine.operations import inbox

        return inbox.search(self._context, filter, sought, beyond)

    def causes(self) -> tuple[Cause, ...]:
        """The causes of what waits, Sync Event by Sync Event."""
        return self._context.store.desk.causes()

    def discard_all(self, taken: Taken, *, reason: str, actor: str) -> Discarded:
        """Close what is taken up of several Chains, all of it or nothing (I3)."""
        from engine.operations import together

        return together.discard(self._context, taken, reason=reason, actor=actor)

    def inbox_counts(self) -> InboxCounts:
        """How much waits, by route and by Link."""
        from engine.operations import inbox

        return inbox.counts(self._context)

    def simulate_record(
        self, snapshot: str, edit: Edit | None, *, definition: Choice = Choice.CURRENT
    ) -> Simulated:
        """What the stages make of a record, or of an edit of it; nothing is written."""
        from engine.operations import editing

        return editing.simulate(self._context, snapshot, edit, choice=definition)

    def edit(
        self,
        snapshot: str,
        edit: Edit,
        *,
        reason: str,
        actor: str,
        version: str | None = None,
    ) -> RecordDetail:
        """Keep an edit beside the original, for the next retry; Refused where it would fail.

        `version` is the edit the editor started from (`RecordDetail.version`); where none is given,
        another person's edit is not replaced.
        """
        from engine.operations import editing

        return editing.edit(
            self._context, snapshot, edit, reason=reason, actor=actor, version=version
        )

    def present(
        self, snapshot: str, *, reveal: bool = False, actor: str = "", reason: str = ""
    ) -> Present:
        """What the target holds now for this record's key; asked when called, so in a thread.

        Masked as the record is, unless revealed; that is audited.
        """
        from engine.operations import present

        return present.present(
            self._context, snapshot, reveal=reveal, actor=actor, reason=reason
        )

    def open_count(self, ref: str, selection: Selection = EVERYTHING) -> tuple[int, int]:
        """Open records and kept scopes below a Sync Event, as a discard would close them."""
        number = self._context.event_number(ref)
        return self._context.store.desk.open_count(number, selection)

    def discard(
        self,
        refs: Sequence[str],
        selection: Selection = EVERYTHING,
        *,
        reason: str,
        actor: str,
    ) -> Discarded:
        """Close failures unsent: Snapshots, or what is open below Sync Events (I3)."""
        from engine.operations import inbox

        return inbox.discard(self._context, refs, selection, reason=reason, actor=actor)

    def resolve(
        self, snapshot: str, *, written: bool, reason: str, actor: str
    ) -> RecordDetail:
        """Say whether a record in doubt was written (K3)."""
        from engine.operations import inbox

        return inbox.resolve(
            self._context, snapshot, written=written, reason=reason, actor=actor
        )

    def plans(
        self,
        taken: Taken,
        *,
        definition: Choice | None = None,
        include: frozenset[ItemClass] = frozenset(),
        simulate: bool = False,
        actor: str,
    ) -> Plans:
        """A plan for each Chain of what is taken up together (P3)."""
        from engine.operations import together

        return together.plans(
            self._context,
            taken,
            choice=definition,
            include=include,
            simulate=simulate,
            actor=actor,
        )

    def retry_all(
        self,
        hashes: Sequence[str],
        options: RetryOptions,
        *,
        stop: Stop,
        watch: Watch | None = None,
    ) -> Retried:
        """Run these plans, one after another; the children, and what was refused."""
        from engine.operations import masking, together

        done = together.retry(self._context, hashes, options, stop=stop, watch=watch)
        shown = tuple(masking.event(self._context, each) for each in done.events)
        return Retried(shown, done.refused)

    def launch_retries(self, hashes: Sequence[str], options: RetryOptions) -> SyncEvent:
        """Leave these plans to an engine, one after another on each Link; the first child."""
        from engine.operations import series

        return series.start(self._context, hashes, options)

    def chain(self, ref: str) -> Chain:
        """The ledger of the Chain a Sync Event is in, and how it converges."""
        from engine.operations import chains

        return chains.chain(self._context, self._context.event_number(ref))

    def trends(self, before: str, after: str) -> tuple[Trend, ...]:
        """What became of each cause of failure between two Sync Events of a Link."""
        from engine.operations import chains

        context = self._context
        return chains.trends(
            context, context.event_number(before), context.event_number(after)
        )

    def audit_rows(
        self,
        *,
        limit: int = ROWS,
        after: str | None = None,
        actor: str | None = None,
        subject: str | None = None,
    ) -> Page[AuditSeen]:
        """Who did what to what, and why; newest first."""
        from engine.operations import audit

        return audit.rows(
            self._context, limit=limit, after=after, actor=actor, subject=subject
        )

    def verify_audit(self) -> AuditVerdict:
        """Whether every row of the audit holds, and the first that does not."""
        from engine.operations import audit

        return audit.verify(self._context)

    def evidence(self, ref: str, output: str) -> int:
        """The evidence of a Chain into a new private file; how many failing records it has."""
        from engine.operations import evidence

        number = self._context.event_number(ref)
        return evidence.evidence(self._context, number, output=output)
