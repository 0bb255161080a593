"""Blocks that name an Adapter: its own keys beside the shared ones, from the catalogue."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from engine.definition.callers import of_role
from engine.definition.complaints import Reader
from engine.definition.given import UnfitOptions, shape_of
from engine.definition.nodes import Step, block_of, text_in
from engine.definition.shapes import EndpointShape
from engine.definition.wording import near, visible
from engine.domain.adapter import Lookup
from engine.domain.errors import LinkdeckError
from engine.domain.values import dataclass

Catalogue = Mapping[str, Mapping[str, type[Any]]]
"""Role ("source", "target") → name → Adapter; a class is loaded when it is asked for."""

S = TypeVar("S", bound=EndpointShape)


@dataclass(frozen=True, slots=True)
class Named:
    """An Adapter as a block names it, with its own options; None where they are wrong."""

    adapter: type[Any]
    options: Any


def shared(reader: Reader, shape: type[S], steps: Sequence[Step]) -> S | None:
    """The keys that every adapter of a role shares."""
    known = shape_of(shape).keys
    return reader.read(
        shape, steps, without=block_of(reader.root, *steps).keys() - known.keys()
    )


def named(
    reader: Reader,
    catalogue: Catalogue,
    role: str,
    shape: type[EndpointShape],
    steps: Sequence[Step],
) -> Named | None:
    """The Adapter that a block names, its options checked; None where there is none such."""
    name = text_in(reader.root, *steps, "adapter")
    if name is None:
        return None
    adapter = _found(reader, of_role(catalogue, role), role, name, (*steps, "adapter"))
    if adapter is None:
        return None
    common = tuple(shape_of(shape).keys)
    try:
        options = reader.read(adapter.Options, steps, without=common, also=common)
    except UnfitOptions as mistake:
        sentence = (
            f"the {role} adapter '{name}' declares options that cannot be read: {mistake}"
        )
        reader.say((*steps, "adapter"), sentence, "tell its author")
        return None
    if options is not None:
        _check_between(reader, adapter, options, steps)
    return Named(adapter, options)


def _found(
    reader: Reader,
    known: Mapping[str, type[Any]],
    role: str,
    name: str,
    steps: Sequence[Step],
) -> type[Any] | None:
    if name not in known:
        hint = near(name, known) or f"there are {', '.join(sorted(known)) or 'none'}"
        reader.say(steps, f"there is no {role} adapter '{visible(name)}'", hint)
        return None
    try:
        return known[name]
    except LinkdeckError as problem:
        reader.say(steps, str(problem))
        return None


def _check_between(
    reader: Reader, adapter: type[Any], options: object, steps: Sequence[Step]
) -> None:
    """What an Adapter itself says about keys that do not go together."""
    check = getattr(adapter, "check_options", None)
    if check is None:
        return
    for path, message in check(options):
        inner = path.split(".") if isinstance(path, str) else list(path)
        reader.say((*steps, *(step for step in inner if step)), str(message))


def system_of(reader: Reader, steps: Sequence[Step]) -> str:
    """What a system is called that has no name: its host or file, else its adapter."""
    for key in ("url", "path", "name", "table"):
        text = text_in(reader.root, *steps, key)
        if text:
            return _host_or_file(text)
    return text_in(reader.root, *steps, "adapter") or "unknown"


def _host_or_file(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return "unknown"
    if host and "://" in text:
        return host
    return PurePosixPath(parts.path if "://" in text else text).name or "unknown"


def has_change_filter(adapter: type[Any], options: object) -> bool:
    """Whether the source can be asked for changes, as it is configured."""
    if hasattr(options, "changed_since"):
        return options.changed_since is not None
    traits = getattr(adapter, "traits", None)
    return getattr(traits, "change_filter", "none") != "none"


def can_be_asked_in_bulk(target: Named) -> bool:
    """Whether the target, as it is configured, says what it holds for many keys at once."""
    traits = getattr(target.adapter, "traits", None)
    lookup = getattr(target.options, "lookup", None)
    return (
        target.options is None
        or traits is None
        or traits.lookup is Lookup.BULK
        or getattr(lookup, "size", None) is not None
    )
