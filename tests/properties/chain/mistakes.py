"""Mistakes engines like this one are made with, each put into the real one by a test."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.domain.delta import Verdict
from engine.domain.snapshot import RecordState
from engine.operations import conduct, replays, windows
from engine.recovery import mark
from engine.store import (
    books,
    candidates,
    closing,
    discards,
    retry_start,
    retrying,
    superseding,
)
from engine.store.journal import Journal
from engine.store.retries import Retries
from engine.store.store import Store
from engine.store.tables import SNAPSHOT
from engine.sync import delivery

Patch = pytest.MonkeyPatch


def strict_bound(patch: Patch) -> None:
    """Changes are asked for from after the mark, not from it."""
    patch.setattr(windows, "_looked_back", lambda value, lookback: value + 1)


def clock_mark(patch: Patch) -> None:
    """The mark is taken from a clock of ours, not from what the plan covered."""
    original: Callable[[Any, Any], Any] = conduct._bound
    patch.setattr(conduct, "_bound", lambda begun, plan: original(begun, plan) + 2)


def no_hold(patch: Patch) -> None:
    """The mark moves whether or not something failed."""
    original = mark.settle

    def settle(runs: Any, before: Any) -> Verdict:
        return original([replace(run, accounted=True) for run in runs], before)

    patch.setattr(mark, "settle", settle)


def no_taking_over(patch: Patch) -> None:
    """What a later run has covered holds the mark for ever."""
    patch.setattr(mark, "_taken_over", lambda runs: ())


def doubt_is_written(patch: Patch) -> None:
    """A write counts before its answer came."""

    def doubt(books: Any, row: int, failure: Any) -> None:
        del row, failure
        books.written += 1

    patch.setattr(delivery._Books, "doubt", doubt)


def retry_all(patch: Patch) -> None:
    """Whatever failed once goes, also what has been recovered since."""
    patch.setattr(candidates, "IS_OPEN", SNAPSHOT.c.id > 0)


def batches_skipped(patch: Patch) -> None:
    """Only loose records are retried."""
    patch.setattr(Retries, "scopes", lambda *a, **k: [])


def early_flip(patch: Patch) -> None:
    """A Sync Event completes while records of it are open."""
    original = books._below

    def below(connection: Any, row: Any) -> Any:
        found = original(connection, row)
        return replace(found, open=row.open_batches)

    patch.setattr(books, "_below", below)


def discarded_is_written(patch: Patch) -> None:
    """What was discarded is not told from what was recovered."""
    patch.setattr(
        discards,
        "_CLOSURE",
        closing.Closure(RecordState.RECOVERED, closing.DISCARD),
    )


def flip_forgotten(patch: Patch) -> None:
    """The last failure is discarded, and nobody looks whether that was the last."""
    patch.setattr(discards, "follow", lambda connection, events, closure: None)


def in_flight_dropped(patch: Patch) -> None:
    """What was on its way when the process died is taken for done."""
    _pending(patch, lambda job: None if job[2] else job)


def start_forgotten(patch: Patch) -> None:
    """What was on its way when the process died is sent again without a look."""
    _pending(patch, lambda job: (job[0], job[1], False))


def _pending(patch: Patch, of: Callable[[Any], Any]) -> None:
    original = Store.plan_of

    def plan_of(store: Store, event: int) -> Any:
        stored = original(store, event)
        jobs = [of(job) for job in stored.pending]
        return replace(stored, pending=tuple(job for job in jobs if job is not None))

    patch.setattr(Store, "plan_of", plan_of)


def stale_overwrite(patch: Patch) -> None:
    """A newer version was written, and the older one still waits to be retried."""
    patch.setattr(superseding.Meeting, "settle", lambda *a: None)


def plan_twice(patch: Patch) -> None:
    """A plan can be run again."""
    patch.setattr(retry_start, "_refuse_used", lambda connection, plan: None)


def drift_ignored(patch: Patch) -> None:
    """What was edited since the plan was made goes all the same."""
    original = retry_start._changed
    patch.setattr(retry_start, "_changed", lambda *a: (original(*a)[0], []))


def in_two_places(patch: Patch) -> None:
    """What fails again is open in the retry, and where it was as well."""
    original = closing.close_records

    def close(connection: Any, which: Any, closure: Any) -> Mapping[int, int]:
        if closure.state in (RecordState.CARRIED, RecordState.RECOVERED):
            return {}
        return original(connection, which, closure)

    patch.setattr(retrying, "close_records", close)


def blind_resend(patch: Patch) -> None:
    """A record in doubt goes again without a look whether it is there."""
    original = Journal.records
    patch.setattr(Journal, "records", lambda *a: (original(*a)[0], False))


def durable_replayed(patch: Patch) -> None:
    """Automated Replay takes everything, also what cannot pass by itself."""
    original = replays._to_replay

    def chosen(event: Any, policy: Any) -> Any:
        return original(event, replace(policy, records=replays.EVERYTHING))

    patch.setattr(replays, "_to_replay", chosen)


CAN_BE_ASKED = "upserts and can be asked"
CANNOT_BE_ASKED = "upserts and cannot be asked"
ONCE_AND_ASKED = "does not upsert and can be asked"

MISTAKES: Mapping[Callable[[Patch], None], str] = {
    strict_bound: CAN_BE_ASKED,
    clock_mark: CAN_BE_ASKED,
    no_hold: CAN_BE_ASKED,
    no_taking_over: CAN_BE_ASKED,
    doubt_is_written: ONCE_AND_ASKED,
    retry_all: CAN_BE_ASKED,
    batches_skipped: CAN_BE_ASKED,
    early_flip: CAN_BE_ASKED,
    discarded_is_written: CAN_BE_ASKED,
    flip_forgotten: CAN_BE_ASKED,
    in_flight_dropped: ONCE_AND_ASKED,
    start_forgotten: ONCE_AND_ASKED,
    stale_overwrite: CANNOT_BE_ASKED,
    plan_twice: CAN_BE_ASKED,
    drift_ignored: CAN_BE_ASKED,
    in_two_places: CAN_BE_ASKED,
    blind_resend: ONCE_AND_ASKED,
    durable_replayed: CAN_BE_ASKED,
}
"""Each mistake, and the kind of target by which it shows."""
