"""Snapshots: a record before and after the stages, its errors, and who changed what (I1, C7)."""

from collections.abc import Mapping, Sequence

from engine.domain.batch import Broken
from engine.domain.errors import Error
from engine.domain.link import SnapshotLevel
from engine.domain.snapshot import RecordState, Snapshot
from engine.domain.values import dataclass
from engine.filters.blame import blamed
from engine.filters.encoding import as_json, raw_text
from engine.filters.flight import Flight
from engine.filters.keys import Key, Keys, key_json, label_of

_WARNED = frozenset({SnapshotLevel.ERRORS_AND_WARNINGS, SnapshotLevel.ALL})


@dataclass(frozen=True, slots=True)
class Stories:
    """Makes the Snapshots of one Link's records, by its logging level."""

    level: SnapshotLevel
    keys: Keys

    @property
    def keeps_all(self) -> bool:
        """Whether every record has a Snapshot, also those that nothing befell."""
        return self.level is SnapshotLevel.ALL

    def state_of(self, flight: Flight, *, failed: bool) -> RecordState | None:
        """In which state this record is kept; None where it is not."""
        if failed:
            return RecordState.OPEN
        if flight.warnings and self.level in _WARNED:
            return RecordState.WARNED
        return RecordState.KEPT if self.keeps_all else None

    def told(
        self,
        flight: Flight,
        before: bytes,
        errors: Sequence[Error],
        *,
        source: Mapping[str, object],
        position: str,
        state: RecordState,
    ) -> Snapshot:
        """The Snapshot of a record that went through stages.

        `before` is the source's JSON, `source` what that was decoded to.
        """
        key = self._key(flight, source)
        silent = self.level is SnapshotLevel.NONE
        return Snapshot(
            position=flight.place,
            label=label_of(key, position),
            key=key_json(key),
            before=None if silent else before,
            after=None if silent else _after(flight),
            errors=tuple(errors),
            warnings=tuple(flight.warnings),
            state=state,
            blame={} if silent else _blame(source, flight),
        )

    def unread(self, broken: Broken, error: Error, *, position: str) -> Snapshot:
        """The Snapshot of a record that could not be read: its raw text, as a JSON string."""
        before = None if self.level is SnapshotLevel.NONE else raw_text(broken.raw)
        return Snapshot(broken.place, position, None, before, None, (error,))

    def shapeless(
        self, before: bytes, error: Error, *, place: int, position: str
    ) -> Snapshot:
        """The Snapshot of what is JSON but not an object."""
        kept = None if self.level is SnapshotLevel.NONE else before
        return Snapshot(place, position, None, kept, None, (error,))

    def _key(self, flight: Flight, source: Mapping[str, object]) -> Key | None:
        if not self.keys.names:
            return None
        if flight.shaped:
            return self.keys.of(flight.fields)
        return self.keys.early(source)


def _after(flight: Flight) -> bytes | None:
    try:
        return as_json(flight.fields)
    except RecursionError:  # nested too deeply to be written
        return None


def _blame(source: Mapping[str, object], flight: Flight) -> dict[str, str]:
    try:
        return blamed(source, flight.trail)
    except (RecursionError, ArithmeticError):  # too deep, or a signalling NaN, to compare
        return {}
