"""A Batch of parked records, as if a source had just given them."""

from collections.abc import Mapping

import msgspec

from engine.domain.batch import Fetched, Scope
from engine.domain.parking import emptied, parked_in
from engine.domain.values import dataclass

_DECODE = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class PlacedRows:
    """Records by the places they had in the Batch they come from."""

    raws: Mapping[int, bytes]

    def at(self, place: int) -> bytes:
        """The record at this place as JSON."""
        return self.raws[place]


def unparked(scope: Scope) -> Fetched:
    """The records of a parked scope, each with the tries it has had."""
    records = parked_in(scope)
    return Fetched(
        rows=[_DECODE(record.raw) for record in records],
        raw=PlacedRows({record.place: record.raw for record in records}),
        places=[record.place for record in records],
        unit=scope["unit"],
        first=scope["first"],
        tries={record.place: record.tries for record in records},
        leaves=emptied(scope),
    )
