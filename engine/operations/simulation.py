"""Records through the stages of a definition, nothing written: what would become of them (P4)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine import worker
from engine.domain.adapter import Askable, Lookup, Sleep, Target
from engine.domain.batch import Replayed
from engine.domain.errors import Error, Refused, SyncError
from engine.domain.link import Definition, SnapshotLevel
from engine.domain.snapshot import OPEN_STATES, Snapshot
from engine.domain.values import dataclass
from engine.operations.conduct import setup_of
from engine.operations.context import Context
from engine.sync import batch as steps
from engine.sync.replay import fetched_again

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Passed:
    """A record that would be written: its key, and its fields as the target would get them."""

    key: Key
    fields: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """A record that would fail, as far as the stages took it."""

    errors: tuple[Error, ...]
    snapshot: Snapshot | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A record that the stages would ignore; its `reason` where there is only one to give."""

    reason: str | None = None
    warnings: tuple[str, ...] = ()


Fate = Passed | Failed | LeftOut


class Simulator:
    """The stages of one definition, and its systems to ask; close it when done.

    Refused where they cannot be made, as where a python module cannot be imported.
    `brief`: what fails is told without its values, which nobody will look at; half the time.
    """

    def __init__(
        self,
        context: Context,
        definition: Definition,
        sleep: Sleep,
        *,
        brief: bool = False,
    ) -> None:
        level = SnapshotLevel.NONE if brief else SnapshotLevel.ERRORS_AND_WARNINGS
        definition = replace(definition, link=replace(definition.link, snapshots=level))
        setup = setup_of(context, definition, event=0, limit=0.0, test=True)
        try:
            self._workshop = worker.Workshop(setup, sleep)
        except SyncError as cause:
            # Whatever code of the Link raised may name its secrets; so would the cause.
            said = worker.redactor(definition.secrets)(str(cause))
            raise Refused(f"{definition.link.name} cannot be tried: {said}") from None
        self._encoders = setup.target.encoders
        self.link = definition.link

    def close(self) -> None:
        """Let go of connections."""
        self._workshop.close()

    @property
    def target(self) -> Target:
        """The Link's target, not opened: to be asked, not written to."""
        return self._workshop.bench.target

    def redact(self, text: str) -> str:
        """The text without the secrets of the definition."""
        return self._workshop.bench.redact(text)

    @property
    def askable(self) -> Askable | None:
        """The Link's source, where it can be asked for single records."""
        source = self._workshop.bench.source
        if source.traits.lookup is Lookup.NONE or not isinstance(source, Askable):
            return None
        return source

    @property
    def source_lookup(self) -> Lookup:
        """How the source can be asked for single records."""
        return self._workshop.bench.source.traits.lookup

    @property
    def modified(self) -> str | None:
        """The target's own column of when a row was changed, where the Link names it."""
        named: str | None = getattr(self.link.target.options, "modified", None)
        return named

    def fates(self, records: Sequence[bytes]) -> list[Fate]:
        """What would become of these records, in their order."""
        bench = self._workshop.bench
        fetched = fetched_again([Replayed(0, raw) for raw in records])
        staged = steps.through_stages(fetched, bench)
        if isinstance(staged, SyncError):
            error = bench.error(staged, stage=steps.STAGES)
            return [Failed((error,)) for _ in records]
        reason = next(iter(staged.ignored)) if len(staged.ignored) == 1 else None
        fates: list[Fate] = [LeftOut(reason) for _ in records]
        for place, key, row in zip(staged.places, staged.keys, staged.rows, strict=True):
            fates[place] = Passed(tuple(key), self._fields(row))
        for snapshot in staged.snapshots:
            fates[snapshot.position] = _told(fates[snapshot.position], snapshot)
        if staged.stop is not None and staged.stop_place is not None:
            fates[staged.stop_place :] = [
                Failed((staged.stop,)) for _ in fates[staged.stop_place :]
            ]
        return fates

    def as_written(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """What the target holds, as it would be written again."""
        columns = self._workshop.bench.pipeline.columns or ()
        casts = {column.name: column.cast for column in columns}
        return {name: self._encoded(casts.get(name), held[name]) for name in held}

    def _encoded(self, cast: str | None, value: Any) -> Any:
        encode = self._encoders.get(cast) if cast else None
        if encode is None or value is None:
            return value
        try:
            return encode(value)
        except (ValueError, TypeError, AttributeError, ArithmeticError):
            return value

    def _fields(self, row: Any) -> Mapping[str, Any]:
        columns = self._workshop.bench.pipeline.columns
        if columns is None:
            return dict(row)
        return dict(zip((column.name for column in columns), row, strict=True))


def _told(fate: Fate, snapshot: Snapshot) -> Fate:
    """The fate of a record with a story: it failed, or it carries Warnings."""
    if snapshot.state in OPEN_STATES:
        return Failed(snapshot.errors, snapshot)
    if isinstance(fate, Failed):
        return fate
    return replace(fate, warnings=snapshot.warnings)
