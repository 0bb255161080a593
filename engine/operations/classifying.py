"""What a plan says of each record, asked of the target and the source in bulk (P1)."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.domain.adapter import Lookup, Stopped
from engine.domain.equality import same_row
from engine.domain.errors import SyncError
from engine.domain.held import digest_of
from engine.domain.link import Link
from engine.domain.retry_plan import ItemClass, RecordItem
from engine.domain.snapshot import RecordState
from engine.domain.stage import MapStage
from engine.operations.simulation import Fate, Key, LeftOut, Passed, Simulator
from engine.store.candidates import Candidate

ONE_BY_ONE = 200
"""Items that are asked for where a system can only be asked one by one; the rest are unknown."""

Held = Mapping[Key, Mapping[str, Any] | None]


class Classifier:
    """Asks a Link's systems about failing records; `notes` say what could not be asked."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.notes: dict[str, None] = {}
        self.would_pass = 0
        self._target_asks = _Asks(simulator.target.traits.lookup, self._of_target)
        askable = simulator.askable
        self._by = source_fields(simulator.link)
        self._source_asks = _Asks(
            simulator.source_lookup if askable and self._by else Lookup.NONE,
            self._of_source,
        )
        self._modified = simulator.modified

    def items(self, candidates: Sequence[Candidate]) -> list[RecordItem]:
        """These failing records as items of a plan, each with its class."""
        sent = [each for each in candidates if each.sent is not None]
        fates = self._simulator.fates([each.sent or b"" for each in sent])
        self.would_pass += sum(not _fails(fate) for fate in fates)
        fate_of = {each.snapshot: fate for each, fate in zip(sent, fates, strict=True)}
        keys = {each.snapshot: _key(each, fate_of.get(each.snapshot)) for each in sent}
        held = self._target_asks.about([key for key in keys.values() if key is not None])
        classes = {
            each.snapshot: self._class(
                each, fate_of[each.snapshot], keys[each.snapshot], held
            )
            for each in sent
        }
        self._look_for_gone(sent, classes)
        return [_item(each, classes.get(each.snapshot)) for each in candidates]

    def _class(
        self, candidate: Candidate, fate: Fate, key: Key | None, held: Held
    ) -> ItemClass:
        if key is None or key not in held:
            return self._unasked(candidate, fate)
        row = held[key]
        if isinstance(fate, Passed) and row is not None and self._equal(fate, row):
            return ItemClass.EQUAL
        if candidate.held is None:
            return self._by_age(candidate, row)
        same = digest_of(row) == candidate.held
        doubtful = candidate.state == RecordState.IN_DOUBT and row is None
        return ItemClass.SAFE if same or doubtful else ItemClass.CHANGED

    def _by_age(self, candidate: Candidate, row: Mapping[str, Any] | None) -> ItemClass:
        """Where nobody looked at the target when the record failed."""
        if row is None:
            return ItemClass.SAFE
        return ItemClass.CHANGED if self._later(candidate, row) else ItemClass.UNKNOWN

    def _unasked(self, candidate: Candidate, fate: Fate) -> ItemClass:
        traits = self._simulator.target.traits
        if candidate.state == RecordState.IN_DOUBT and not traits.idempotent:
            return ItemClass.IN_DOUBT
        return ItemClass.UNKNOWN if isinstance(fate, Passed) else ItemClass.SAFE

    def _equal(self, fate: Passed, row: Mapping[str, Any]) -> bool:
        return same_row(fate.fields, row) or same_row(
            fate.fields, self._simulator.as_written(row)
        )

    def _later(self, candidate: Candidate, row: Mapping[str, Any]) -> bool:
        """Whether the target's own modified column is later than the Snapshot."""
        value = row.get(self._modified) if self._modified else None
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                return False
        if not isinstance(value, datetime):
            return False
        return (value if value.tzinfo else value.replace(tzinfo=UTC)) > candidate.at

    def _look_for_gone(
        self, candidates: Sequence[Candidate], classes: dict[int, ItemClass]
    ) -> None:
        keys: dict[int, Key] = {}
        for each in candidates if self._source_asks.answers else ():
            if classes[each.snapshot] in (ItemClass.SAFE, ItemClass.UNKNOWN):
                key = self._source_key(each)
                if key is not None:
                    keys[each.snapshot] = key
        found = self._source_asks.about(list(keys.values()))
        for snapshot, key in keys.items():
            if key in found and found[key] is None:
                classes[snapshot] = ItemClass.GONE

    def _source_key(self, candidate: Candidate) -> Key | None:
        try:
            record = json.loads(candidate.sent or b"")
        except ValueError:
            return None
        if not isinstance(record, dict) or not self._by:
            return None
        values = tuple(record.get(name) for name in self._by)
        plain = all(isinstance(value, str | int) for value in values)
        return values if plain else None

    def _of_target(self, keys: Sequence[Key]) -> Held:
        return self._told(lambda: self._simulator.target.lookup(keys), "target")

    def _of_source(self, keys: Sequence[Key]) -> Held:
        askable = self._simulator.askable
        if askable is None:
            return {}
        return self._told(lambda: askable.lookup(keys, by=self._by), "source")

    def _told(self, ask: Callable[[], Held], what: str) -> Held:
        try:
            return ask()
        except (SyncError, Stopped) as failure:
            self.notes[f"the {what} could not be asked: {failure}"] = None
            return {}


class _Asks:
    """Questions to one system: all keys in bulk, or the first of them one by one."""

    def __init__(self, lookup: Lookup, ask: Callable[[Sequence[Key]], Held]) -> None:
        self._ask = ask
        self.answers = lookup is not Lookup.NONE
        self._left = {Lookup.NONE: 0, Lookup.SINGLE: ONE_BY_ONE}.get(lookup)

    def about(self, keys: Sequence[Key]) -> Held:
        """What the system holds for these keys, as far as it may be asked."""
        wanted = list(dict.fromkeys(keys))
        if self._left is not None:
            wanted = wanted[: self._left]
            self._left -= len(wanted)
        return self._ask(wanted) if wanted else {}


def source_fields(link: Link) -> tuple[str, ...]:
    """The source's own names of the key fields, where each is a plain field of the record."""
    paths: dict[str, str | None] = {name: name for name in link.key}
    for stage in link.stages:
        if isinstance(stage, MapStage):
            made = {each.field: each.path for each in stage.fields}
            paths = {name: made.get(name, path) for name, path in paths.items()}
            break
    names = tuple(path for path in paths.values() if path and path.isidentifier())
    return names if len(names) == len(paths) else ()


def _key(candidate: Candidate, fate: Fate | None) -> Key | None:
    if isinstance(fate, Passed) and fate.key:
        return fate.key
    return tuple(json.loads(candidate.key)) if candidate.key else None


def _fails(fate: Fate) -> bool:
    return not isinstance(fate, Passed | LeftOut)


def _item(candidate: Candidate, item_class: ItemClass | None) -> RecordItem:
    return RecordItem(
        event=candidate.event,
        snapshot=candidate.snapshot,
        label=candidate.label,
        fingerprint=candidate.fingerprint,
        item_class=item_class or ItemClass.NO_SNAPSHOT,
        version=candidate.version,
    )
