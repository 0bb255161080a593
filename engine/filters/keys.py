"""The key of a record that came out of the stages, or failed before (contract, Key)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.domain.missing import MISSING
from engine.domain.values import dataclass
from engine.filters.encoding import as_json
from engine.filters.flight import Failure
from engine.filters.mapping import Mapper
from engine.filters.numerals import is_finite
from engine.filters.refusal import Refusal
from engine.filters.sentences import emptiness, kind_of
from engine.filters.stages import Compiled

Fields = Mapping[str, Any]
Key = tuple[Any, ...]

KEY_STAGE = "key"
"""Where a record without a key fails."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The key fields of a Link, and the maps that make them from a source record."""

    names: tuple[str, ...]
    maps: tuple[Mapper, ...]

    def of(self, fields: Fields) -> Key | None:
        """The key values; None where one of them is not there."""
        key = tuple([fields.get(name) for name in self.names])
        for value in key:
            if type(value) is not int and fault(value) is not None:
                return None
        return key or None

    def failure(self, fields: Fields) -> Failure | None:
        """Why this record has no key."""
        for name in self.names:
            why = fault(fields.get(name, MISSING))
            if why is not None:
                return Failure("key_missing", f"{name} {why}, and it is the key", name)
        return None

    def early(self, source: Fields) -> Key | None:
        """The key of a source record: by the key fields' own maps, else by fields of that name."""
        made: Fields = source
        for mapper in self.maps:
            made = _made(mapper, made)
        mixed = {
            name: made[name] if fault(made.get(name, MISSING)) is None else source.get(name)
            for name in self.names
        }
        return self.of(mixed)


def keys_of(names: Sequence[str], stages: Sequence[Compiled]) -> Keys:
    """The key fields with just those maps, of the stages every record passes, that lead to them."""
    needed = set(names)
    maps: list[Mapper] = []
    for stage in reversed(stages):
        if isinstance(stage.work, Mapper) and stage.condition is None:
            mapper = _narrowed(stage.work, needed)
            maps.append(mapper)
            if not mapper.keep:
                needed = set()
            for maker in mapper.makers:
                needed.discard(maker.field)
            for maker in mapper.makers:
                paths = maker.joiner.paths if maker.joiner else (maker.path,)
                needed.update(str(path[0]) for path in paths if path)
    return Keys(tuple(names), tuple(reversed(maps)))


def key_json(key: Key | None) -> str | None:
    """The key as canonical JSON: a compact list of its values."""
    return as_json(list(key)).decode() if key is not None else None


def label_of(key: Key | None, position: str) -> str:
    """What a person finds the record by: its key values, else where it stood."""
    return "/".join(str(part) for part in key) if key is not None else position


def fault(value: object) -> str | None:
    """Why this cannot be a part of a key."""
    if value is MISSING or value is None or value == "":
        return f"is {emptiness(value)}"
    if isinstance(value, (dict, list)):
        return f"is {kind_of(value)}"
    if isinstance(value, (float, Decimal)) and not is_finite(value):
        return "is not a finite number"
    return None


def _narrowed(mapper: Mapper, needed: set[str]) -> Mapper:
    makers = tuple(maker for maker in mapper.makers if maker.field in needed)
    return Mapper(mapper.name, makers, mapper.keep)


def _made(mapper: Mapper, fields: Fields) -> Fields:
    made = dict(fields) if mapper.keep else {}
    for maker in mapper.makers:
        try:
            value = maker.make(fields)
        except Refusal:
            continue
        if value is not MISSING:
            made[maker.field] = value
    return made
