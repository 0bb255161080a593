"""An effective definition checked as a whole: every complaint at once, or the Link."""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from engine.definition import masking, modules
from engine.definition.adapters import Catalogue, Named, named, shared
from engine.definition.agreement import check_agreement
from engine.definition.assembly import Checked, link_of
from engine.definition.complaints import Reader, few
from engine.definition.flow import check_flow
from engine.definition.nodes import Block, Step, inside, items_in, text_in
from engine.definition.shapes import (
    CalledShape,
    EndpointShape,
    LinkShape,
    SourceShape,
    TargetShape,
)
from engine.definition.variables import Expansion
from engine.domain.link import Link
from engine.domain.requests import Complaint
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class World:
    """What a definition is checked against; `partial` where it only holds what others inherit."""

    catalogue: Catalogue
    environ: Mapping[str, str]
    folder: str
    literal: Callable[[str], str] | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a definition: the Link, or why there is none.

    The complaints are as many as are told; `more` is how many there are besides.
    """

    link: Link | None
    complaints: tuple[Complaint, ...]
    secrets: frozenset[str] = frozenset()
    modules: Mapping[str, str] = field(default_factory=dict)
    more: int = 0


def check(effective: Block, world: World) -> Verdict:
    """The Link that the definition describes, or every complaint about it."""
    expansion = Expansion(world.environ, world.folder, world.literal)
    root = expansion.expanded(effective)
    if not isinstance(root, Block):
        return Verdict(None, ())
    reader = Reader(root, partial=world.partial)
    reader.complaints += expansion.complaints
    checked = _checked(reader, world)
    secrets = frozenset(expansion.secrets | set(masking.secrets_in(root)))
    if reader.complaints or checked is None or world.partial:
        return _refused(reader, effective.mark.path, secrets)
    return Verdict(
        link_of(checked, reader, masking.masked(effective)),
        (),
        secrets,
        _hashes(root, world.folder),
    )


def _refused(reader: Reader, path: str, secrets: frozenset[str]) -> Verdict:
    first, more = few(reader.complaints, path)
    # Only what is told is looked through: thousands of secrets times thousands of complaints.
    return Verdict(None, tuple(_without(secrets, each) for each in first), more=len(more))


def _without(secrets: frozenset[str], complaint: Complaint) -> Complaint:
    message = complaint.message
    for secret in sorted(secrets, key=len, reverse=True):
        message = message.replace(secret, "***")
    return replace(complaint, message=message)


def _checked(reader: Reader, world: World) -> Checked | None:
    """Everything as dataclasses, once nothing is wrong with any of it."""
    shape = reader.read(LinkShape, ())
    ends: dict[tuple[Step, ...], tuple[EndpointShape | None, Named | None]] = {
        steps: _end(reader, world, steps)
        for steps in [("source",), ("target",), *_calls(reader)]
        if isinstance(inside(reader.root, *steps), Block)
    }
    if not world.partial:
        check_agreement(
            reader, {steps: end[1] for steps, end in ends.items()}, world.folder
        )
        check_flow(reader)
    made: dict[tuple[Step, ...], Any] = {
        steps: (common, adapter.options)
        for steps, (common, adapter) in ends.items()
        if common and adapter and adapter.options is not None
    }
    if reader.complaints or shape is None or made.keys() != ends.keys():
        return None
    calls = {int(steps[1]): pair for steps, pair in made.items() if steps[0] == "stages"}
    return Checked(shape, made[("source",)], made[("target",)], calls)


def _calls(reader: Reader) -> list[tuple[Step, ...]]:
    stages = range(len(items_in(reader.root, "stages")))
    return [("stages", index, "call") for index in stages]


def _end(
    reader: Reader, world: World, steps: tuple[Step, ...]
) -> tuple[EndpointShape | None, Named | None]:
    shapes: Mapping[Step, type[EndpointShape]] = {
        "source": SourceShape,
        "target": TargetShape,
    }
    shape = shapes.get(steps[0], CalledShape)
    role = str(steps[0]) if steps[0] in shapes else "call"
    return shared(reader, shape, steps), named(reader, world.catalogue, role, shape, steps)


def _hashes(root: Block, folder: str) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for index in range(len(items_in(root, "stages"))):
        function = text_in(root, "stages", index, "python")
        module = (function or "").partition(":")[0]
        found = modules.find(module, folder) if module else None
        if found:
            hashes[module] = found.hash
    return hashes
