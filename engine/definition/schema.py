"""The JSON Schema of definitions (draft 2020-12), as editors read it."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.definition import spelling
from engine.definition.adapters import Catalogue
from engine.definition.callers import of_role
from engine.definition.given import UnfitOptions
from engine.definition.models import ELSEWHERE, NOTHING, adapter_of
from engine.definition.shapes import CalledShape, LinkShape, SourceShape, TargetShape
from engine.domain.errors import LinkdeckError

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_ROLES = (
    ("source", "source", SourceShape),
    ("target", "target", TargetShape),
    ("call", "call", CalledShape),
)
_POLICIES = frozenset({*spelling.ALL.values()} - {"on_error"})
_VARIABLE = {
    "description": "a variable: ${NAME}, ${secret:NAME}, ${file:PATH} or ${keyring:service/user}",
    "type": "string",
    "pattern": r"\$\{[^{}]+\}",
}

Schema = dict[str, Any]


def schema(catalogue: Catalogue) -> Schema:
    """The schema of a definition with the adapters of this catalogue."""
    defs: Schema = {"variable": _VARIABLE}
    link = _of(LinkShape, defs)
    for name, role, shape in _ROLES:
        defs[name] = _block((name, role), of_role(catalogue, role), shape, defs)
    return {
        "$schema": DRAFT,
        "title": "Linkdeck definition",
        **link,
        "required": ["link"],  # defaults.yaml may hold the rest
        "$defs": dict(sorted(defs.items())),
    }


def _block(
    names: tuple[str, str],
    adapters: Mapping[str, type[Any]],
    shape: type[Any],
    defs: Schema,
) -> Schema:
    """A block that names its adapter, and what each adapter adds to it."""
    name, role = names
    common = _of(shape, defs)
    cases = []
    for adapter in sorted(adapters):
        options = _options(adapters, adapter, defs, prefix=f"{role}.{adapter}.")
        if options is not None:
            defs[f"{name}.{adapter}"] = _together(common, options)
            cases.append(_case(adapter, f"#/$defs/{name}.{adapter}"))
    words = {**common["properties"]["adapter"], "enum": sorted(adapters)}
    words.pop("type", None)
    return {
        "type": "object",
        "required": ["adapter"],
        "properties": {"adapter": words},
        "allOf": cases,
    }


def _options(
    adapters: Mapping[str, type[Any]], name: str, defs: Schema, *, prefix: str
) -> Schema | None:
    """The schema of an adapter's options; one that cannot be loaded does not spoil the others."""
    try:
        return _of(adapters[name].Options, defs, prefix=prefix)
    except (LinkdeckError, UnfitOptions):
        return None


def _case(adapter: str, reference: str) -> Schema:
    named = {"properties": {"adapter": {"const": adapter}}, "required": ["adapter"]}
    return {"if": named, "then": {"$ref": reference}}


def _together(common: Schema, own: Schema) -> Schema:
    return {
        **own,
        "properties": {**common["properties"], **own.get("properties", {})},
        "required": sorted({*common.get("required", ()), *own.get("required", ())}),
        "additionalProperties": False,
    }


def _of(shape: type[Any], defs: Schema, *, prefix: str = "") -> Schema:
    """The schema of a dataclass; what it refers to goes into `defs`, named with the prefix."""
    template = f"#/$defs/{prefix}{{model}}"
    made = adapter_of(shape).json_schema(by_alias=True, ref_template=template)
    for name, inner in made.pop("$defs", {}).items():
        defs[f"{prefix}{name}"] = _tidied(inner)
    tidied: Schema = _tidied(made)
    return defs[tidied["$ref"].rsplit("/", 1)[-1]] if "$ref" in tidied else tidied


def _tidied(node: Any) -> Any:
    """Without titles and empty defaults; variables allowed wherever something is typed."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    if ELSEWHERE in node:
        role = {"$ref": f"#/$defs/{node[ELSEWHERE]}"}
        return {**role, **_kept(node, lambda name, _: name == "description")}
    if "properties" in node:
        names = {name: _tidied(each) for name, each in node["properties"].items()}
        rest = _tidied({name: each for name, each in node.items() if name != "properties"})
        return {**rest, "properties": {**names, **_other_spellings(names)}}
    kept = _kept(node, lambda name, value: name != "title" and not _empty(name, value))
    return _typed({name: _tidied(each) for name, each in kept.items()})


def _other_spellings(names: Schema) -> Schema:
    """The keys that are accepted as other spellings of these."""
    policies = {"on_error", *_POLICIES} if names.keys() & _POLICIES else {"on_error"}
    return {
        other: names[name]
        for other, name in spelling.ALL.items()
        if name in names and name in policies
    }


def _empty(name: str, value: object) -> bool:
    return name == "default" and value is None


def _kept(node: Schema, keep: Callable[[str, object], bool]) -> Schema:
    kept = {name: value for name, value in node.items() if keep(name, value)}
    for union in ("oneOf", "anyOf"):
        if union in kept:
            kept[union] = [each for each in kept[union] if each != NOTHING]
    return kept


def _typed(node: Schema) -> Schema:
    """A number, a truth value or a word, or a variable that stands for one."""
    if str(node.get("type")) not in {"integer", "number", "boolean"} and "enum" not in node:
        return node
    about: Schema = {
        name: node.pop(name) for name in ("description", "default") if name in node
    }
    return {**about, "anyOf": [node, {"$ref": "#/$defs/variable"}]}
