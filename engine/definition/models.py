"""From a frozen dataclass with notes to the pydantic model that checks what is written for it.

The same for our own shapes and for the Options of any Adapter. Known hints: str, int, float, bool,
Any, Duration, Size, Share, Literal, enumerations, Path, tuples and other lists, Mappings,
dataclasses, and unions of those; known notes: Doc, Between, OneOf, Alias and ours. Single values
come as `Scalar`, blocks as dicts, lists as lists.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    Tag,
    TypeAdapter,
    WithJsonSchema,
    WrapValidator,
    create_model,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from engine.definition import leaves
from engine.definition.editors import OneOrMany
from engine.definition.given import (
    Given,
    Key,
    Shape,
    UnfitOptions,
    given,
    shape_of,
    unwrapped,
)
from engine.definition.kinds import Leaf, either, leaf_of
from engine.definition.nodes import Scalar
from engine.definition.notes import Elsewhere, Misfit
from engine.definition.plain import is_null
from engine.definition.raw import plain_value
from engine.definition.unions import chosen
from engine.domain.units import Between, Doc
from engine.domain.values import dataclass

TAG = "\x00"
"""What the name of a union's member begins with in the place of an error; no key does."""

ELSEWHERE = "x-elsewhere"
"""What stands in the JSON Schema for a block that an Adapter checks."""

NOTHING: dict[str, Any] = {"not": {}}
"""What stands there for the member of a union that only complains."""

# Built once, by whoever reads with them: building each model by itself takes twice as long.
_CONFIG = ConfigDict(extra="forbid", arbitrary_types_allowed=True, defer_build=True)
_LISTS = (tuple, list, Sequence, frozenset)


def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """What makes a block into this dataclass, with all its keys."""
    return _adapter_of(shape, frozenset(shape_of(shape).keys))


def read(shape: Any, value: object) -> Any:
    """The dataclass that a block says; raises ValidationError.

    Making the model of a key takes 0.3 ms, and most are seldom said: the first block of a shape
    has one of its own keys alone, which does for all that say no more. A stranger's shape is held
    to all its hints, whatever is said.
    """
    keys = shape_of(shape)
    said = keys.keys.keys() & value.keys() if isinstance(value, dict) else frozenset()
    first = _first_said.setdefault(shape, keys.required | said)
    enough = said <= first and shape.__module__.startswith("engine.")
    names = first if enough else frozenset(keys.keys)
    return _adapter_of(shape, names).validate_python(value)


_first_said: dict[Any, frozenset[str]] = {}
"""The keys of the first block of each shape that this process read."""


@cache
def _adapter_of(shape: Any, names: frozenset[str]) -> TypeAdapter[Any]:
    keys = shape_of(shape)
    fields = {
        f"f_{key.attribute}": _field(key)
        for name, key in keys.keys.items()
        if name in names
    }
    model = create_model(
        shape.__name__, __config__=_CONFIG, __doc__=shape.__doc__, **fields
    )
    block = Annotated[
        model,
        BeforeValidator(lambda value: given(value, keys)),
        AfterValidator(lambda checked: _built(keys, checked)),
    ]
    return TypeAdapter(block)


@dataclass(frozen=True, slots=True)
class _Later:
    """A block whose model is made for the first that is read: a definition holds few of them."""

    shape: Any

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        del source, handler
        # What its own reading complains of is told at its place in the whole.
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        del schema
        return handler(adapter_of(self.shape).core_schema)

    def _read(self, value: object) -> Any:
        return read(self.shape, value)


def _field(key: Key) -> Any:
    notes = unwrapped(key.hint)[1]
    described = next((note.text for note in notes if isinstance(note, Doc)), None)
    # The default is the dataclass's own and never built here; editors are told of it.
    told = {} if key.default is None else {"default": key.default}
    default = ... if key.required else None
    field = Field(default, alias=key.name, description=described, json_schema_extra=told)
    return (annotation(key.hint), field)


def _built(shape: Shape, checked: BaseModel) -> Any:
    said = {
        key.attribute: getattr(checked, f"f_{key.attribute}")
        for key in shape.keys.values()
        if f"f_{key.attribute}" in checked.model_fields_set
    }
    try:
        return shape.of(**said)
    except Misfit as misfit:
        raise leaves.refusal(misfit.sentence, misfit.hint, misfit.at) from None
    except ValueError as error:
        raise leaves.refusal(f"is wrong: {error}") from None


def annotation(hint: Any) -> Any:
    """The annotation that checks a value for a hint."""
    bare, notes = unwrapped(hint)
    leaf = leaf_of(bare, notes)
    for note in notes:
        if isinstance(note, Elsewhere):
            told = WithJsonSchema({ELSEWHERE: note.role})
            return Annotated[Any, PlainValidator(_block), told]
    if get_origin(bare) in {Union, UnionType}:
        return _union(get_args(bare), notes)
    return _single(leaf) if leaf else _composed(bare, notes)


def _composed(bare: Any, notes: Sequence[Any]) -> Any:
    """A block, a list, or anything at all."""
    if bare in {Any, object}:
        return Annotated[Any, PlainValidator(plain_value), WithJsonSchema({})]
    if dataclasses.is_dataclass(bare):
        # Its keys are looked at now, so that options nobody can check are refused at once.
        shape_of(bare)
        return Annotated[Any, _Later(bare)]
    origin = get_origin(bare)
    if origin in {dict, Mapping}:
        return _mapping(get_args(bare)[1], notes)
    if origin in _LISTS:
        return _several(bare, notes)
    raise UnfitOptions(f"an option cannot be of type {getattr(bare, '__name__', bare)}")


def _mapping(value: Any, notes: Sequence[Any]) -> Any:
    parts: list[Any] = [BeforeValidator(_block)]
    bounds = next((note for note in notes if isinstance(note, Between)), None)
    if bounds:
        parts.append(AfterValidator(leaves.sized(bounds, "key")))
    return _annotated(dict[str, annotation(value)], parts)  # type: ignore[misc]


def _annotated(kind: Any, parts: Sequence[Any]) -> Any:
    return Annotated[(kind, *parts)]


def _single(leaf: Leaf) -> Any:
    return Annotated[Any, PlainValidator(leaf.read), WithJsonSchema(dict(leaf.schema))]


def _several(bare: Any, notes: Sequence[Any]) -> Any:
    item = get_args(bare)[0]
    alone = leaf_of(*unwrapped(item)) is not None or _has_leaf(item)
    bounds = next((note for note in notes if isinstance(note, Between)), None)
    parts: list[Any] = [BeforeValidator(_listing(alone=alone))]
    if bounds:
        parts.append(AfterValidator(leaves.sized(bounds, "element")))
    if alone:
        parts.append(OneOrMany())
    made: Any = frozenset if get_origin(bare) is frozenset else tuple
    return _annotated(tuple[annotation(item), ...], [*parts, AfterValidator(made)])  # type: ignore[misc]


def _has_leaf(hint: Any) -> bool:
    bare, _ = unwrapped(hint)
    parts = get_args(bare) if get_origin(bare) in {Union, UnionType} else ()
    return any(leaf_of(*unwrapped(part)) for part in parts)


def _listing(*, alone: bool) -> Callable[[object], object]:
    """A list as it is; one single value as a list of one, where elements are single values."""

    def listing(value: object) -> object:
        if isinstance(value, list | tuple):
            return value
        if alone and isinstance(value, Scalar) and not is_null(value):
            return [value]
        raise leaves.wrong("a list", value)

    return listing


def _block(value: object) -> object:
    if isinstance(value, dict):
        return value
    if isinstance(value, Scalar) and not value.known:
        raise PydanticCustomError(leaves.UNKNOWN, "unknown")
    raise leaves.wrong("a block of keys", value)


def _union(members: Sequence[Any], notes: Sequence[Any]) -> Any:
    kept = [member for member in members if member is not NoneType]
    if len(kept) == 1:
        whole = annotation(_annotated(kept[0], notes) if notes else kept[0])
    else:
        whole = _told_apart(kept, notes)
    if len(kept) == len(members):
        return whole
    return Annotated[whole, WrapValidator(_none_if_null)]


def _none_if_null(value: object, handler: Callable[[object], Any]) -> Any:
    if isinstance(value, Scalar) and is_null(value) and value.text:
        return None
    return handler(value)


def _told_apart(members: Sequence[Any], notes: Sequence[Any]) -> Any:
    """Single values, lists and blocks by what they are; blocks by their keys."""
    found = [leaf_of(*_with(member, notes)) for member in members]
    single = [leaf for leaf in found if leaf]
    others = [member for member, leaf in zip(members, found, strict=True) if not leaf]
    blocks = [each for each in others if dataclasses.is_dataclass(unwrapped(each)[0])]
    rest = [each for each in others if each not in blocks]
    if not others:
        return _single(either(single))
    choices = {f"{TAG}{index}": annotation(each) for index, each in enumerate(blocks)}
    choices |= {f"{TAG}{_kind(each)}": annotation(each) for each in rest}
    if single:
        choices[f"{TAG}single"] = _single(either(single))
    shapes = [shape_of(unwrapped(each)[0]) for each in blocks]
    pick = _Pick(shapes, tuple(choices), either(single).wanted if single else "")
    choices[f"{TAG}refused"] = Annotated[
        Any, PlainValidator(pick.refuse), WithJsonSchema(NOTHING)
    ]
    tagged = tuple(Annotated[each, Tag(tag)] for tag, each in choices.items())
    return Annotated[Union[tagged], Discriminator(pick.tag)]  # noqa: UP007 - made at run time


def _with(member: Any, notes: Sequence[Any]) -> tuple[Any, tuple[Any, ...]]:
    bare, own = unwrapped(member)
    return bare, (*own, *notes)


def _kind(member: Any) -> str:
    return "block" if get_origin(unwrapped(member)[0]) in {dict, Mapping} else "list"


@dataclass(frozen=True, slots=True)
class _Pick:
    """Which member of a union a value goes to."""

    shapes: Sequence[Shape]
    tags: Sequence[str]
    single: str

    def tag(self, value: object) -> str:
        """The tag of the member; the refusing one where none fits."""
        if isinstance(value, dict) and self.shapes:
            index = 0 if len(self.shapes) == 1 else chosen(value, self.shapes)
            return (
                f"{TAG}refused"
                if isinstance(index, PydanticCustomError)
                else f"{TAG}{index}"
            )
        kinds = {Scalar: "single", list: "list", dict: "block", Given: "block"}
        wanted = f"{TAG}{kinds.get(type(value), 'refused')}"
        return wanted if wanted in self.tags else f"{TAG}refused"

    def refuse(self, value: object) -> None:
        """Raise what is wrong with the value."""
        if isinstance(value, Scalar) and not value.known:
            raise PydanticCustomError(leaves.UNKNOWN, "unknown")
        if isinstance(value, dict) and self.shapes:
            reason = chosen(value, self.shapes)
            if isinstance(reason, PydanticCustomError):
                raise reason
        raise leaves.wrong(self._wanted(), value)

    def _wanted(self) -> str:
        words = {"single": self.single, "list": "a list", "block": "a block of keys"}
        kinds = [words[tag[1:]] for tag in self.tags if tag[1:] in words]
        return " or ".join([*kinds, *(["a block of keys"] if self.shapes else [])])
