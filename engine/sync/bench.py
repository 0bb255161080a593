"""What a Batch meets in a worker: its source, its stages, its target, and how errors are kept."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from engine.domain.adapter import Source, Target
from engine.domain.errors import (
    Attempt,
    BatchSyncError,
    Error,
    ErrorRule,
    Owners,
    SyncError,
    Tier,
    judged,
)
from engine.domain.filter import Pipeline
from engine.domain.link import Duplicates, SnapshotLevel
from engine.domain.record_key import KeyHashes, Keys
from engine.domain.stage import OnError
from engine.domain.values import dataclass

SOURCE = "source"
TARGET = "target"


@dataclass(frozen=True, slots=True)
class Bench:
    """One worker's tools for the batches of one Sync Event.

    `redact` takes secrets out of a text; `now` is the clock. `test`: everything but push.
    `open_keys` are those of this Link's failures (I4); `last_chance`: what fails now, fails for
    good, as far as the engine is concerned (T6). `seen_ids` are hashes of the ids, in the field
    `event_id`, that the Link has written (K2).
    """

    source: Source
    pipeline: Pipeline
    target: Target
    rules: Mapping[str, ErrorRule]
    owners: Owners
    redact: Callable[[str], str]
    now: Callable[[], datetime]
    on_source_error: OnError = OnError()
    on_target_error: OnError = OnError()
    duplicates: Duplicates = Duplicates.LAST_WINS
    snapshots: SnapshotLevel = SnapshotLevel.ERRORS
    key: tuple[str, ...] = ()
    test: bool = False
    open_keys: Keys | None = None
    last_chance: bool = False
    event_id: str | None = None
    seen_ids: KeyHashes | None = None

    def error(self, failure: SyncError, *, stage: str, tier: Tier | None = None) -> Error:
        """A failure as it is kept: judged by the definition, no secret in it."""
        kept = judged(
            failure,
            stage=stage,
            at=self.now(),
            rules=self.rules,
            tier=tier,
            owners=self.owners,
        )
        message = self.redact(kept.message)
        attempts = tuple(
            Attempt(attempt.number, self.redact(attempt.message), attempt.wait)
            for attempt in kept.attempts
        )
        if message == kept.message and attempts == kept.attempts:
            return kept
        return replace(kept, message=message, attempts=attempts)

    def unforeseen(self, cause: BaseException, *, stage: str) -> SyncError:
        """What no Adapter or Filter declared: unclassified, and only its Batch's business."""
        what = f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
        return BatchSyncError(f"the {stage} raised what it does not declare, {what}")
