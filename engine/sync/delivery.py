"""From prepared rows to a target's Load, and from its Receipt to the Batch's outcome (T2, T3)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from engine.domain.adapter import Load, Receipt
from engine.domain.batch import BatchOutcome, BatchState, Prepared, position_of
from engine.domain.errors import Attempt, Error, Route, SyncError, SystemSyncError
from engine.domain.link import Duplicates, SnapshotLevel
from engine.domain.record_key import key_hash
from engine.domain.snapshot import OPEN_STATES, RecordState, Snapshot
from engine.domain.stage import Disposition
from engine.sync.bench import TARGET, Bench
from engine.sync.seen import ids_of
from engine.sync.telling import told_of


def sends(batch: Prepared) -> bool:
    """Whether there is anything of this Batch to write."""
    return bool(batch.rows)


def load_of(batch: Prepared) -> Load:
    """The rows of a Batch as a target gets them."""
    return Load(
        batch.batch, batch.rows, batch.keys, batch.columns, batch.uncertain, batch.types
    )


@dataclass(slots=True)
class _Books:
    """The counts of one Batch while they are made up."""

    batch: Prepared
    bench: Bench
    written: int = 0
    failed: int = 0
    in_doubt: int = 0
    warned: int = 0
    excepted: int = 0
    ignored: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    snapshots: list[Snapshot] = field(default_factory=list)
    stop: Error | None = None
    attempts: tuple[Attempt, ...] = ()
    unwritten: set[int] = field(default_factory=set)

    def refuse(self, row: int, failure: SyncError) -> None:
        """The target refused this row: its own `on_error` says what that makes it."""
        self.unwritten.add(row)
        policy = self.bench.on_target_error
        error = self.bench.error(failure, stage=TARGET)
        if policy.stops:
            self.stop = error
        if policy.stops or policy.status is Disposition.FAILED:
            self.fail(row, failure)
            return
        self.ignored[error.message] += 1
        self.excepted += 1
        if policy.status is Disposition.WARNING:
            self.warned += 1
            self.warnings[error.message] += 1

    def fail(self, row: int, failure: SyncError) -> None:
        """This row was not written, whatever the target's `on_error` says."""
        self.unwritten.add(row)
        self.failed += 1
        self.keep(row, self.bench.error(failure, stage=TARGET), RecordState.OPEN)

    def doubt(self, row: int, failure: SyncError) -> None:
        """A write whose answer never came (K3)."""
        self.unwritten.add(row)
        self.in_doubt += 1
        self.keep(row, self.bench.error(failure, stage=TARGET), RecordState.IN_DOUBT)

    def keep(self, row: int, error: Error, state: RecordState) -> None:
        """The Snapshot of a row that passed the stages and failed at the target."""
        batch, place = self.batch, self.batch.places[row]
        if batch.raw is None:
            raise ValueError(f"batch {batch.batch} has rows without their raw bytes")
        snapshot = self.bench.pipeline.snapshot_of(
            batch.raw.at(place),
            (error,),
            place=place,
            position=position_of(batch.unit, batch.first, place),
            state=state,
            now=self.bench.now(),
            replies=batch.replies.get(place),
        )
        self.snapshots.append(snapshot)


def outcome(
    batch: Prepared, receipt: Receipt | None, failure: SyncError | None, bench: Bench
) -> BatchOutcome:
    """What became of a Batch. `failure` is what the target raised for all it was handed."""
    if batch.fetched is None:
        return _never_received(batch, bench)
    books = _Books(batch, bench, failed=batch.failed, warned=batch.warned)
    books.ignored.update(batch.ignored)
    books.excepted = batch.excepted
    books.warnings.update(batch.warnings)
    books.snapshots.extend(batch.snapshots)
    error = batch.error
    if not batch.rows or bench.test:
        books.written = len(batch.rows)
    elif receipt is None:
        error = _all_refused(books, failure)
    else:
        error = _by_receipt(books, receipt) or error
        failure = receipt.error
        books.attempts = receipt.attempts
    if failure is not None and _goes_again_whole(books):
        return _scope_kept(batch, error, failure, bench)
    return _outcome(books, error, failure)


def _goes_again_whole(books: _Books) -> bool:
    """With logging `none` a failed push leaves its scope, unless what was written would double."""
    if books.batch.replayed is not None:
        return False
    if books.bench.snapshots is not SnapshotLevel.NONE:
        return False
    idempotent = books.bench.target.traits.idempotent
    return idempotent or not (books.written or books.in_doubt)


def _all_refused(books: _Books, failure: SyncError | None) -> Error | None:
    """Nothing is known to be written: harmless to send again, or in doubt (T2)."""
    if failure is None:
        raise ValueError(f"the target gave no receipt for batch {books.batch.batch}")
    known = isinstance(failure, SystemSyncError) or failure.refused
    settle = _settler(books, known=known)
    for row in range(len(books.batch.rows)):
        settle(row, failure)
    return books.bench.error(failure, stage=TARGET)


def _settler(books: _Books, *, known: bool) -> Callable[[int, SyncError], None]:
    """How a row that was not written ends; `known`: it cannot have been, this time.

    One that may have been written before a crash stays in doubt until somebody has looked (K4).
    """
    harmless = known and not books.batch.uncertain
    return books.fail if books.bench.target.traits.idempotent or harmless else books.doubt


def _by_receipt(books: _Books, receipt: Receipt) -> Error | None:
    books.written = receipt.written
    for row, reason in receipt.ignored:
        books.ignored[reason] += 1
        books.unwritten.add(row)
    for row, failure in receipt.refused:
        if failure is receipt.error:
            books.fail(row, failure)
        else:
            books.refuse(row, failure)
    for row, failure in receipt.in_doubt:
        books.doubt(row, failure)
    if receipt.error is None:
        return None
    settle = _settler(books, known=True)
    for row in _unnamed(books.batch, receipt):
        settle(row, receipt.error)
    return books.bench.error(receipt.error, stage=TARGET)


def _unnamed(batch: Prepared, receipt: Receipt) -> Iterable[int]:
    """The rows a failed Receipt says nothing about; none once its own sum is complete."""
    named = {row for row, _ in (*receipt.refused, *receipt.in_doubt, *receipt.ignored)}
    if receipt.written + len(named) >= len(batch.rows):
        return ()
    return (row for row in range(len(batch.rows)) if row not in named)


def _outcome(books: _Books, error: Error | None, failure: SyncError | None) -> BatchOutcome:
    batch = books.batch
    stop = batch.stop or books.stop
    if stop is None and isinstance(failure, SystemSyncError):
        stop = error
    return BatchOutcome(
        batch=batch.batch,
        state=BatchState.FAILED if error or stop else BatchState.COMPLETED,
        fetched=batch.fetched,
        written=books.written,
        ignored=books.ignored,
        warnings=books.warnings,
        warned=books.warned,
        excepted=books.excepted,
        failed=books.failed,
        in_doubt=books.in_doubt,
        snapshots=_routed(told_once(books.snapshots), books.bench),
        met=_met(books),
        seen=_seen(books),
        told=told_of(batch, books.unwritten, books.snapshots) if batch.tells else None,
        error=error or stop,
        stop=stop,
        refused=failure is not None and failure.refused,
        follow=batch.follow,
        leaves=batch.leaves,
        drifted=batch.drifted,
        bound=batch.bound,
        replayed=batch.replayed,
        attempts=batch.attempts + (books.attempts or (failure.attempts if failure else ())),
        started_at=batch.started_at,
        finished_at=books.bench.now(),
    )


def _met(books: _Books) -> tuple[str, ...]:
    """The keys just written that are open in another Sync Event; nothing, where none is (I4).

    What the target holds already, just as it is, needs no writing, and is as good as written.
    """
    open_keys, batch = books.bench.open_keys, books.batch
    if open_keys is None or batch.replayed is not None or books.bench.test:
        return ()
    written = (key for row, key in enumerate(batch.keys) if row not in books.unwritten)
    texts = map(books.bench.pipeline.key_text, chain(written, batch.equal))
    return tuple(text for text in texts if key_hash(text) in open_keys)


def _seen(books: _Books) -> tuple[int, ...]:
    """The ids just written, by their hashes, where the Link knows its duplicates by them (K2)."""
    bench, batch = books.bench, books.batch
    if bench.event_id is None or bench.duplicates is not Duplicates.MARK or bench.test:
        return ()
    rows = [row for row in range(len(batch.rows)) if row not in books.unwritten]
    ids = ids_of(batch, rows, bench.event_id)
    return tuple(key_hash(said) for said in ids if said is not None)


def _routed(snapshots: tuple[Snapshot, ...], bench: Bench) -> tuple[Snapshot, ...]:
    """On the last replay, what was to be tried again has been tried for the last time (T6)."""
    if not bench.last_chance:
        return snapshots
    return tuple(
        replace(each, errors=tuple(exhausted(error) for error in each.errors))
        if each.state in OPEN_STATES
        else each
        for each in snapshots
    )


def exhausted(error: Error) -> Error:
    """The error of a failure that nothing will try again by itself."""
    if error.route is not Route.RETRY:
        return error
    return replace(error, route=Route.DEAD_LETTER)


def told_once(snapshots: Sequence[Snapshot]) -> tuple[Snapshot, ...]:
    """Of a record kept for its own sake that then failed, only the failure."""
    failing = {each.position for each in snapshots if each.state in OPEN_STATES}
    return tuple(
        each
        for each in snapshots
        if each.state in OPEN_STATES or each.position not in failing
    )


def _never_received(batch: Prepared, bench: Bench) -> BatchOutcome:
    return BatchOutcome(
        batch=batch.batch,
        state=BatchState.FAILED,
        error=batch.error,
        stop=batch.stop,
        refused=batch.refused,
        scope_open=True,
        uncertain=batch.uncertain,
        follow=batch.follow,
        again=batch.again,
        replayed=batch.replayed,
        attempts=batch.attempts,
        started_at=batch.started_at,
        finished_at=bench.now(),
    )


def _scope_kept(
    batch: Prepared, error: Error | None, failure: SyncError, bench: Bench
) -> BatchOutcome:
    """With logging `none` there is nothing to retry a record from: the scope is kept (T2)."""
    return BatchOutcome(
        batch=batch.batch,
        state=BatchState.FAILED,
        error=error,
        stop=error if isinstance(failure, SystemSyncError) else None,
        refused=failure.refused,
        scope_open=True,
        uncertain=batch.uncertain,
        follow=batch.follow,
        again=batch.again,
        replayed=batch.replayed,
        attempts=batch.attempts,
        started_at=batch.started_at,
        finished_at=bench.now(),
    )
