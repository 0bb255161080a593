"""Error groups, ignore reasons and Warnings of a Sync Event, counted as they come."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from sqlalchemy import Connection, func, select, text

from engine.domain.batch import BatchOutcome
from engine.domain.errors import Error
from engine.store.snapshots import failure_of
from engine.store.stored_text import plain
from engine.store.tables import REASON

IGNORED = "ignored"
WARNING = "warning"

MOST_REASONS = 1000
"""Different texts kept of one kind; what comes after counts under OTHERS."""

OTHERS = "others, with texts of their own"

_GROUP = text(
    "INSERT INTO error_group (event, tier, fingerprint, error_class, durability, code, field,"
    " stage, message, route, severity, owner, times, records, open_records) VALUES (:event, :tier,"
    " :fingerprint, :error_class, :durability, :code, :field, :stage, :message, :route,"
    " :severity, :owner, :times, :records, :open_records)"
    " ON CONFLICT (event, tier, fingerprint) DO UPDATE SET"
    " times = error_group.times + excluded.times,"
    " records = error_group.records + excluded.records,"
    " open_records = error_group.open_records + excluded.open_records"
)
_REASON = text(
    "INSERT INTO reason (event, kind, digest, text, times) VALUES (:event, :kind, :digest,"
    " :text, :times) ON CONFLICT (event, kind, digest) DO UPDATE SET"
    " times = reason.times + excluded.times"
)


@dataclass
class _Group:
    error: Error
    count: int = 0
    records: int = 0
    open_records: int = 0


@dataclass
class Groups:
    """The failures of some outcomes by tier and fingerprint; a test keeps nothing open."""

    keeps_open: bool = True
    _groups: dict[tuple[str, str], _Group] = field(default_factory=dict)

    def take(self, outcome: BatchOutcome) -> None:
        """Count one Batch and its failing records, each by its first error."""
        of_batch = {_id(error): error for error in (outcome.error, outcome.stop) if error}
        for error in of_batch.values():
            self._group(error).count += 1
        keeps_open = self.keeps_open and not outcome.scope_open
        for snapshot in outcome.snapshots:
            failure = failure_of(snapshot)
            if failure is not None:
                group = self._group(failure)
                group.records += 1
                group.open_records += keeps_open
                # What failed a Batch as a whole is one failure, however many records it met.
                group.count += not of_batch or _id(failure) not in of_batch

    def take_error(self, error: Error) -> None:
        """Count one error that belongs to no Batch."""
        self._group(error).count += 1

    def write(self, connection: Connection, event: int) -> None:
        """Add them to what the store holds."""
        if self._groups:
            rows = [_row(event, group) for group in self._groups.values()]
            connection.execute(_GROUP, rows)

    def _group(self, error: Error) -> _Group:
        name = _id(error)
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = _Group(error)
        return group


def count_reasons(
    connection: Connection, event: int, kind: str, counts: Mapping[str, int]
) -> None:
    """Add ignore reasons or Warnings to what the store holds."""
    said = Counter({plain(text): count for text, count in counts.items() if count})
    if not said:
        return
    kept = dict(said.most_common(MOST_REASONS))
    known = _known(connection, event, kind, kept)
    room = MOST_REASONS - (0 if len(known) == len(kept) else _held(connection, event, kind))
    for each in [each for each in kept if _digest(each) not in known][max(room, 0) :]:
        del kept[each]
    others = said.total() - sum(kept.values())
    if others:
        kept[OTHERS] = kept.get(OTHERS, 0) + others
    if kept:
        _add(connection, event, kind, kept)


def _add(connection: Connection, event: int, kind: str, counts: Mapping[str, int]) -> None:
    rows = [
        {
            "event": event,
            "kind": kind,
            "digest": _digest(said),
            "text": said,
            "times": count,
        }
        for said, count in counts.items()
    ]
    connection.execute(_REASON, rows)


def _known(
    connection: Connection, event: int, kind: str, said: Iterable[str]
) -> frozenset[str]:
    query = select(REASON.c.digest).where(
        REASON.c.event == event,
        REASON.c.kind == kind,
        REASON.c.digest.in_([_digest(each) for each in said]),
    )
    return frozenset(connection.execute(query).scalars())


def _held(connection: Connection, event: int, kind: str) -> int:
    query = (
        select(func.count())
        .select_from(REASON)
        .where(REASON.c.event == event, REASON.c.kind == kind)
    )
    held: int = connection.execute(query).scalar_one()
    return held


def _digest(said: str) -> str:
    return blake2b(said.encode(), digest_size=16).hexdigest()


def _id(error: Error) -> tuple[str, str]:
    return str(error.tier), error.fingerprint


def _row(event: int, group: _Group) -> dict[str, object]:
    error = group.error
    return {
        "event": event,
        "tier": error.tier.value,
        "fingerprint": error.fingerprint,
        "error_class": error.error_class.value,
        "durability": error.durability.value,
        "code": plain(error.code),
        "field": _plain(error.field),
        "stage": _plain(error.stage),
        "message": plain(error.message),
        "route": error.route.value,
        "severity": _plain(error.severity),
        "owner": _plain(error.owner),
        "times": group.count,
        "records": group.records,
        "open_records": group.open_records,
    }


def _plain(said: str | None) -> str | None:
    return None if said is None else plain(said)
