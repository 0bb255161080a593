"""Hints for single values: what reads one, what it is called, and what editors are told."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from enum import Enum
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic_core import PydanticCustomError

from engine.definition import leaves
from engine.definition.notes import Checked
from engine.definition.wording import listed
from engine.domain.units import Between, Duration, OneOf, Rate, Share, Size
from engine.domain.values import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Leaf:
    """How a single value is read: `read` raises the sentence that refuses it."""

    wanted: str
    read: Callable[[Any], Any]
    schema: Mapping[str, Any] = field(default_factory=dict)


def leaf_of(bare: Any, notes: Sequence[Any]) -> Leaf | None:
    """The leaf for a hint and its notes; None where the hint is no single value."""
    bounds = _first(notes, Between)
    if get_origin(bare) is Literal:
        return _word(get_args(bare))
    if isinstance(bare, type) and issubclass(bare, Enum):
        return _enumerated(bare)
    if bare is str:
        return _text(notes, bounds)
    if bare is pathlib.Path:
        text = _text(notes, bounds)
        return Leaf(text.wanted, lambda value: pathlib.Path(text.read(value)), text.schema)
    return _measured(bare, bounds)


def either(choices: Sequence[Leaf]) -> Leaf:
    """The first of several that takes the value; texts, which take everything, last."""
    ordered = sorted(choices, key=lambda leaf: leaf.wanted == "a text")
    wanted = _wanted(ordered)

    def read(value: object) -> Any:
        leaves.scalar(value, wanted)
        for leaf in ordered[:-1]:
            try:
                return leaf.read(value)
            except PydanticCustomError:
                continue
        try:
            return ordered[-1].read(value)
        except PydanticCustomError:
            if len(ordered) == 1:
                raise
            raise leaves.wrong(wanted, value) from None

    return Leaf(wanted, read, {"anyOf": [dict(leaf.schema) for leaf in choices]})


def _wanted(choices: Sequence[Leaf]) -> str:
    words = list(dict.fromkeys(leaf.wanted for leaf in choices))
    if "a number" in words and "a whole number" in words:
        words.remove("a whole number")
    return listed(words)


def _measured(bare: Any, bounds: Between | None) -> Leaf | None:
    """Truth values, numbers and amounts with a unit."""
    number = _range(bounds)
    known: Mapping[Any, tuple[str, Callable[[Any], Any], Mapping[str, Any]]] = {
        bool: ("true or false", leaves.truth, {"type": "boolean"}),
        int: ("a whole number", leaves.whole(bounds), {"type": "integer", **number}),
        float: ("a number", leaves.number(bounds), {"type": "number", **number}),
        Duration: ("a duration such as 30s", leaves.duration(bounds), _DURATION),
        Size: ("a size such as 10MB", leaves.size(bounds), _SIZE),
        Rate: ("a rate such as 10/s", leaves.rate(bounds), _RATE),
        Share: ("a share such as 10%", leaves.share(bounds), _SHARE),
    }
    try:
        return Leaf(*known[bare])
    except (KeyError, TypeError):
        return None


_DURATION = {
    "type": ["string", "integer"],
    "pattern": r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$|\$\{",
}
_SIZE = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?([KMG]i?)?B$|\$\{"}
_RATE = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?/ ?[smh]$|\$\{"}
_SHARE = {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?%$|\$\{"}


def _text(notes: Sequence[Any], bounds: Between | None) -> Leaf:
    words, check = _first(notes, OneOf), _first(notes, Checked)
    if words:
        return Leaf("a text", leaves.one_of(words.words), {"enum": list(words.words)})
    schema: dict[str, Any] = {"type": "string", **(check.schema if check else {})}
    passes: list[Callable[[str], str]] = []
    if bounds:
        passes.append(leaves.sized(bounds, "character"))
        schema |= {"minLength": int(bounds.least), "maxLength": int(bounds.most)}
    if check:
        passes.append(leaves.checked(check.check))

    def read(value: object) -> str:
        text = leaves.text(value)
        for each in passes:
            text = each(text)
        return text

    return Leaf("a text", read, schema)


def _word(values: Sequence[Any]) -> Leaf:
    by_text = {str(value): value for value in values}
    choose = leaves.one_of(tuple(by_text))
    wanted = f"one of {', '.join(by_text)}"
    return Leaf(wanted, lambda value: by_text[choose(value)], {"enum": list(values)})


def _enumerated(kind: type[Enum]) -> Leaf:
    leaf = _word([member.value for member in kind])
    return Leaf(leaf.wanted, lambda value: kind(leaf.read(value)), leaf.schema)


def _range(bounds: Between | None) -> dict[str, float]:
    if bounds is None:
        return {}
    limits = {"minimum": bounds.least, "maximum": bounds.most}
    return {name: limit for name, limit in limits.items() if abs(limit) != float("inf")}


def _first(notes: Sequence[Any], kind: type[T]) -> T | None:
    return next((note for note in notes if isinstance(note, kind)), None)
