"""Whether a run counted what the seed planted: the books compared, line by line."""

from collections import Counter
from collections.abc import Iterator, Mapping

from engine.demo.page_faults import PageFault
from engine.demo.planted import Planted
from engine.domain.errors import ErrorClass, Tier
from engine.domain.sync_event import SyncEvent
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of a Sync Event that is not what was planted."""

    event: int
    link: str
    what: str
    planted: object
    counted: object

    def sentence(self) -> str:
        """The difference as it is printed."""
        return (
            f"#{self.event} {self.link}: {self.what}: "
            f"planted {self.planted}, counted {self.counted}"
        )


def differences(planted: Planted, event: SyncEvent) -> tuple[Difference, ...]:
    """Every number that is not as planted; none where all of them are."""
    return tuple(
        Difference(event.id, event.link, what, expected, counted)
        for what, expected, counted in _lines(planted, event)
        if expected != counted
    )


_Line = tuple[str, object, object]


def _lines(planted: Planted, event: SyncEvent) -> Iterator[_Line]:
    yield from _batch_lines(planted, event)
    yield from _record_lines(planted, event)
    yield "ignored by reason", dict(planted.ignored), dict(event.ignored_reasons)
    yield "failing records by code", dict(planted.failed), _by_code(event)
    yield "failed batches by class", _lost(planted.lost), _by_class(event)
    yield "stopped by a System error", planted.stopped, _stopped(event)


def _batch_lines(planted: Planted, event: SyncEvent) -> Iterator[_Line]:
    seen = event.batches
    planned = seen.planned if planted.planned is None else planted.planned
    yield "batches planned", planned, seen.planned
    yield "batches completed", planned - planted.batches_failed, seen.completed
    yield "batches failed", planted.batches_failed, seen.failed
    yield "batches open", planted.batches_failed, event.open.batches


def _record_lines(planted: Planted, event: SyncEvent) -> Iterator[_Line]:
    seen = event.records
    yield "records fetched", planted.fetched, seen.fetched
    yield "records from Snapshots", planted.from_snapshots, seen.from_snapshots
    yield "records written", planted.written, seen.written
    yield "records ignored", sum(planted.ignored.values()), seen.ignored
    yield "records failed", planted.failing, seen.failed
    yield "records with a Warning", planted.warned, seen.warned
    yield "records in doubt", 0, seen.in_doubt
    yield "records open", planted.failing, event.open.records
    yield "residual", 0, event.residual


def _by_code(event: SyncEvent) -> dict[str, int]:
    seen: Counter[str] = Counter()
    for group in event.errors:
        if group.tier is Tier.RECORD:
            seen[group.code] += group.count
    return dict(seen)


def _lost(lost: Mapping[PageFault, int]) -> dict[str, int]:
    seen: Counter[str] = Counter()
    for fault, count in lost.items():
        error_class = ErrorClass.TRANSIENT if fault is PageFault.LATE else ErrorClass.SCHEMA
        seen[error_class.value] += count
    return dict(seen)


def _by_class(event: SyncEvent) -> dict[str, int]:
    seen: Counter[str] = Counter()
    for group in event.errors:
        if group.tier is Tier.BATCH:
            seen[group.error_class.value] += group.count
    return dict(seen)


def _stopped(event: SyncEvent) -> bool:
    return any(group.tier is Tier.SYSTEM for group in event.errors)
