"""What a dataclass takes, by the names of YAML; and a block held against it."""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from engine.definition.leaves import wrong
from engine.definition.nodes import Scalar
from engine.definition.notes import Wanted
from engine.definition.plain import is_null
from engine.domain.units import Alias
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a shape. `word` is the only one it may say, which tells shapes apart."""

    name: str
    attribute: str
    hint: Any
    required: bool
    word: str | None = None
    wanted: str | None = None
    default: Any = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The keys of a dataclass by their names in YAML."""

    of: type[Any]
    keys: Mapping[str, Key]

    @property
    def required(self) -> frozenset[str]:
        """The keys that cannot be left out."""
        return frozenset(name for name, key in self.keys.items() if key.required)


class UnfitOptions(Exception):
    """A dataclass that no definition can fill in; its author's mistake."""


class Given(dict[str, Any]):
    """A block as it goes into the model of a shape; `also` are keys read elsewhere."""

    shape: Shape
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stranger:
    """The value of a key that the shape does not know, and the keys that it does."""

    known: tuple[str, ...]


def shape_of(dataclass_type: Any) -> Shape:
    """The keys of a dataclass."""
    known: Any = dataclass_type
    return _shape_of(known)


@cache
def _shape_of(dataclass_type: Any) -> Shape:
    try:
        hints = get_type_hints(dataclass_type, include_extras=True)
    except (NameError, TypeError) as cause:
        raise UnfitOptions(str(cause)) from cause
    keys = [
        _key(each, hints[each.name])
        for each in dataclasses.fields(dataclass_type)
        if each.init
    ]
    return Shape(dataclass_type, {key.name: key for key in keys})


def _key(field: dataclasses.Field[Any], hint: Any) -> Key:
    bare, notes = unwrapped(hint)
    alias = next((note.name for note in notes if isinstance(note, Alias)), field.name)
    wanted = next((note.text for note in notes if isinstance(note, Wanted)), None)
    bounded = field.default is dataclasses.MISSING
    required = bounded and field.default_factory is dataclasses.MISSING
    words = get_args(bare) if get_origin(bare) is Literal else ()
    word = str(words[0]) if len(words) == 1 else None
    return Key(alias, field.name, hint, required, word, wanted, _told(field.default))


def _told(default: Any) -> Any:
    """A default as editors are told of it; only plain ones are."""
    if isinstance(default, Enum):
        return default.value
    return default if isinstance(default, str | int | float | bool) else None


def unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A hint without its notes, and the notes."""
    notes: tuple[Any, ...] = ()
    while get_origin(hint) is Annotated:
        hint, *own = get_args(hint)
        notes = (*notes, *own)
    return hint, notes


def given(value: object, shape: Shape) -> Given:
    """The block with unknown keys marked and keys that say null left out."""
    if not isinstance(value, dict):
        raise wrong("a block of keys", value)
    also = value.also if isinstance(value, Given) else ()
    known = (*shape.keys, *also)
    found = Given(
        (name, each if name in shape.keys else Stranger(known))
        for name, each in value.items()
        if not (name in shape.keys and _left_out(each, shape.keys[name]))
    )
    found.shape = shape
    return found


def _left_out(value: object, key: Key) -> bool:
    """Whether null was written for a key that may be left out; that undoes an inherited one."""
    if key.required or unwrapped(key.hint)[0] in {Any, object}:
        return False
    return isinstance(value, Scalar) and is_null(value) and value.text != ""
