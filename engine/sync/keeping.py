"""What the target held when records failed, kept with their Snapshots (I1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from engine.domain.adapter import Lookup
from engine.domain.batch import BatchOutcome
from engine.domain.held import digest_of
from engine.domain.snapshot import OPEN_STATES
from engine.sync.bench import Bench

Key = tuple[Any, ...]
Keys = Mapping[str, Key]

_DECODE = msgspec.json.Decoder(tuple[Any, ...]).decode


def keys_to_ask(outcomes: Sequence[BatchOutcome], bench: Bench) -> Keys:
    """The keys of failing records that the target can be asked about, in bulk; by their text."""
    if bench.test or bench.target.traits.lookup is not Lookup.BULK:
        return {}
    return {text: _DECODE(text) for text in _failing(outcomes)}


def with_held(
    outcomes: Sequence[BatchOutcome],
    keys: Keys,
    held: Mapping[Key, Mapping[str, Any] | None],
) -> list[BatchOutcome]:
    """The outcomes with digests of what the target holds for the keys that failed."""
    digests = {text: digest_of(held[key]) for text, key in keys.items() if key in held}
    return [
        replace(outcome, held=digests) if outcome.snapshots else outcome
        for outcome in outcomes
    ]


def _failing(outcomes: Sequence[BatchOutcome]) -> Iterator[str]:
    for outcome in outcomes:
        for snapshot in outcome.snapshots:
            if snapshot.key is not None and snapshot.state in OPEN_STATES:
                yield snapshot.key
