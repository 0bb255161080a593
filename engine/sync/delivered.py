"""A Batch of records that were delivered: as if a source had just given them (C9)."""

from collections.abc import Sequence

from engine.domain.batch import Fetched, Scope
from engine.domain.delivery import UNIT, places_of
from engine.sync.replay import read_again


def as_fetched(records: Sequence[bytes], scope: Scope) -> Fetched:
    """The records of this scope, which a person counts as they came in."""
    _, first, _ = places_of(scope)
    return read_again(records, unit=UNIT, first=first)
