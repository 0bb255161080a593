"""What the target held when records failed, kept with their Snapshots (I1)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.domain.adapter import Lookup
from engine.domain.batch import BatchOutcome
from engine.domain.held import digest_of
from engine.domain.snapshot import OPEN_STATES, Snapshot
from engine.sync.bench import Bench

Key = tuple[Any, ...]


def keys_to_ask(outcomes: Sequence[BatchOutcome], bench: Bench) -> list[Key]:
    """The keys of failing records that the target can be asked about, in bulk."""
    if bench.test or bench.target.traits.lookup is not Lookup.BULK:
        return []
    return list(dict.fromkeys(key_of(each) for each in _failing(outcomes)))


def with_held(
    outcomes: Sequence[BatchOutcome], held: Mapping[Key, Mapping[str, Any] | None]
) -> list[BatchOutcome]:
    """The outcomes, each failing Snapshot with the digest of what the target holds."""
    digests = {key: digest_of(row) for key, row in held.items()}
    return [_marked(outcome, digests) for outcome in outcomes]


def key_of(snapshot: Snapshot) -> Key:
    """The key values of a Snapshot that has a key."""
    return tuple(json.loads(snapshot.key or "[]"))


def _failing(outcomes: Sequence[BatchOutcome]) -> Iterator[Snapshot]:
    for outcome in outcomes:
        for snapshot in outcome.snapshots:
            if snapshot.key is not None and snapshot.state in OPEN_STATES:
                yield snapshot


def _marked(outcome: BatchOutcome, digests: Mapping[Key, str]) -> BatchOutcome:
    if not outcome.snapshots:
        return outcome
    return replace(
        outcome,
        snapshots=tuple(
            replace(each, held=digests.get(key_of(each)))
            if each.key is not None and each.state in OPEN_STATES
            else each
            for each in outcome.snapshots
        ),
    )
