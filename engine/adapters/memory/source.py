"""Records in memory as a source."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec

from engine.adapters.memory.options import MemorySourceOptions
from engine.adapters.memory.store import Feed, feed, has_feed
from engine.domain.adapter import Plan, SourceContext, SourceTraits, Waits
from engine.domain.batch import Fetched, Scope
from engine.domain.delta import ChangeFilter, MarkValue, Window
from engine.domain.errors import BatchSyncError, ErrorClass, SystemSyncError
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class RawRecords:
    """The records of a Batch as they were fetched."""

    rows: Sequence[Mapping[str, Any]]

    def at(self, place: int) -> bytes:
        """The record at this place."""
        return msgspec.json.encode(self.rows[place])


class MemorySource:
    """Reads the records registered under a name with `store.feed(name)`."""

    Options: ClassVar[type[MemorySourceOptions]] = MemorySourceOptions
    traits = SourceTraits(waits=Waits.NETWORK)

    def __init__(self, options: MemorySourceOptions, context: SourceContext) -> None:
        self._options = options
        self._size = context.batch_size
        self.traits = SourceTraits(
            change_filter=_change_filter(options),
            parallel=options.parallel,
            waits=Waits.NETWORK,
        )

    def plan_fetch(self, window: Window) -> Plan:
        """The records of the window, cut into Batches that name them by their places."""
        records = self._feed().records
        until = window.until
        if until is None and self.traits.change_filter is ChangeFilter.COLUMN:
            until = max(map(self._changed, records), default=None)
        places = list(self._within(records, window.since, until))
        parts = [
            places[start : start + self._size]
            for start in range(0, len(places), self._size)
        ]
        return Plan(
            [self._scope(number, part) for number, part in enumerate(parts, 1)], until
        )

    def fetch(self, scope: Scope) -> Fetched:
        """The records of one Batch; raises what the feed says it fails with."""
        held = self._feed()
        page = scope["page"]
        if page in held.failing:
            raise held.failing[page]
        if page in self._options.fails:
            raise BatchSyncError(
                f"page {page} of {self._options.name} timed out",
                code="timeout",
                error_class=ErrorClass.AVAILABILITY,
            )
        rows = [dict(held.records[place]) for place in scope["places"]]
        return Fetched(
            rows, RawRecords(tuple(rows)), unit=f"{self._options.name} page {page} item"
        )

    def close(self) -> None:
        """Nothing is held open."""

    def _feed(self) -> Feed:
        name = self._options.name
        if not has_feed(name):
            raise SystemSyncError(
                f"nothing is held in memory under '{name}'; fill it before the run",
                code="unknown_source",
                error_class=ErrorClass.AVAILABILITY,
            )
        held = feed(name)
        if held.down:
            raise held.down
        return held

    def _scope(self, number: int, places: list[int]) -> Scope:
        what = f"{self._options.name} page {number}"
        return {"what": what, "page": number, "places": places}

    def _within(
        self,
        records: Sequence[Mapping[str, Any]],
        since: MarkValue | None,
        until: MarkValue | None,
    ) -> Iterator[int]:
        if self._options.changed_since is None:
            yield from range(len(records))
            return
        for place, record in enumerate(records):
            changed = self._changed(record)
            if (since is None or changed >= since) and (until is None or changed <= until):
                yield place

    def _changed(self, record: Mapping[str, Any]) -> Any:
        value = record[self._options.changed_since or ""]
        if self.traits.change_filter is not ChangeFilter.TIME or not isinstance(value, str):
            return value
        return datetime.fromisoformat(value).astimezone(UTC)


def _change_filter(options: MemorySourceOptions) -> ChangeFilter:
    if options.changed_since is None:
        return ChangeFilter.NONE
    return ChangeFilter(options.change_filter)
