"""Records that come from Snapshots instead of from the source (C1)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec

from engine.domain.batch import Broken, Fetched, Replayed
from engine.domain.values import dataclass

UNIT = "record"

_DECODE = msgspec.json.Decoder().decode

UNREADABLE = "could not be read when it was fetched, and nobody has edited it since"


@dataclass(frozen=True, slots=True)
class KeptRows:
    """The stored records of a Batch, as the source gave them or as they were edited."""

    kept: tuple[bytes, ...]

    def at(self, place: int) -> bytes:
        """The record at this place as JSON."""
        return self.kept[place]


def fetched_again(records: Sequence[Replayed]) -> Fetched:
    """Stored records as if a source had just given them; raises nothing, whatever they hold."""
    # What goes from a Snapshot cannot be parked for another try.
    return replace(read_again([record.raw for record in records], unit=UNIT), tries=None)


def read_again(raws: Sequence[bytes], *, unit: str, first: int = 1) -> Fetched:
    """Records from their JSON; raises nothing, whatever it is."""
    rows: list[dict[str, Any]] = []
    places: list[int] = []
    broken: list[Broken] = []
    for place, raw in enumerate(raws):
        try:
            value = _DECODE(raw)
        except (msgspec.DecodeError, RecursionError):
            value = None
        if isinstance(value, dict):
            rows.append(value)
            places.append(place)
        else:
            broken.append(Broken(place, _text(value, raw), UNREADABLE))
    return Fetched(
        rows=rows,
        raw=KeptRows(tuple(raws)),
        places=places if broken else None,
        broken=tuple(broken),
        unit=unit,
        first=first,
    )


def _text(value: object, raw: bytes) -> bytes:
    """What could not be read is kept as a JSON string of its text."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else raw
