"""From the shapes of stages to their values."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from engine.definition.given import shape_of
from engine.definition.policies import on_error_of
from engine.definition.rule_shapes import RuleShape, WhenShape
from engine.definition.shapes import CalledShape
from engine.definition.stage_shapes import (
    AnyStageShape,
    CallShape,
    CheckShape,
    FieldShape,
    IgnoreShape,
    LookupShape,
    MapShape,
    PythonShape,
    StageShape,
    UnchangedShape,
)
from engine.domain.link import Endpoint
from engine.domain.stage import (
    AnyStage,
    CallStage,
    CheckStage,
    Disposition,
    FieldMap,
    IgnoreStage,
    LookupStage,
    MapStage,
    OnError,
    PythonStage,
    Rule,
    UnchangedStage,
)

Calls = Mapping[int, tuple[CalledShape, Endpoint]]
"""By the place of the stage: what a call says, and whom it asks."""

_KINDS: Mapping[type[StageShape], str] = {
    MapShape: "map",
    CheckShape: "check",
    IgnoreShape: "ignore",
    PythonShape: "python",
    UnchangedShape: "unchanged",
    LookupShape: "lookup",
    CallShape: "call",
}
_JUDGED = frozenset({"rule", "field", "when", "code", "message", "error_class", "severity"})


def stages_of(
    shapes: Sequence[AnyStageShape], calls: Calls, outer: OnError
) -> tuple[AnyStage, ...]:
    """The stages in order, each with a name of its own."""
    names = names_of([(shape.name, _KINDS[type(shape)]) for shape in shapes])
    return tuple(
        _stage(shape, calls.get(index), _common(shape, name, outer))
        for index, (shape, name) in enumerate(zip(shapes, names, strict=True))
    )


def names_of(stages: Sequence[tuple[str | None, str]]) -> list[str]:
    """The names of stages; one without a name is called by its kind, numbered where needed."""
    kinds = [kind for name, kind in stages if not name]
    names: list[str] = []
    met: dict[str, int] = {}
    for name, kind in stages:
        if name:
            names.append(name)
            continue
        met[kind] = met.get(kind, 0) + 1
        names.append(f"{kind} {met[kind]}" if kinds.count(kind) > 1 else kind)
    return names


def _common(shape: StageShape, name: str, outer: OnError) -> dict[str, Any]:
    on_error = on_error_of(shape.on_error, outer)
    if shape.proceed is not None or shape.status is not None:
        status = shape.status or Disposition.FAILED
        on_error = OnError(proceed=shape.proceed is True, status=status)
    return {"name": name, "condition": shape.condition, "on_error": on_error}


def _stage(
    shape: AnyStageShape, call: tuple[CalledShape, Endpoint] | None, common: dict[str, Any]
) -> AnyStage:
    match shape:
        case MapShape(fields=made, keep=keep):
            maps = tuple(_field(name, each) for name, each in made.items())
            return MapStage(fields=maps, keep=keep, **common)
        case CheckShape(rules=rules):
            return CheckStage(rules=tuple(map(_rule, rules)), **common)
        case IgnoreShape(expression=expression, reason=reason):
            return IgnoreStage(expression=expression, reason=reason, **common)
        case _:
            return _other(shape, call, common)


def _other(
    shape: PythonShape | UnchangedShape | LookupShape | CallShape,
    call: tuple[CalledShape, Endpoint] | None,
    common: dict[str, Any],
) -> AnyStage:
    match shape:
        case PythonShape(function=function):
            return PythonStage(function=function, **common)
        case UnchangedShape():
            return UnchangedStage(**common)
        case LookupShape(lookup=lookup):
            where = {each.name: getattr(lookup, each.name) for each in fields(lookup)}
            pairs = {lookup.on: lookup.on} if isinstance(lookup.on, str) else lookup.on
            return LookupStage(**{**where, "on": tuple(pairs.items())}, **common)
        case CallShape():
            assert call is not None
            return _call(*call, common)


def _call(called: CalledShape, asked: Endpoint, common: dict[str, Any]) -> CallStage:
    on_error = on_error_of(called.on_error, common["on_error"])
    return CallStage(
        adapter=asked.adapter,
        options=asked.options,
        into=called.into,
        system=asked.system,
        retry=asked.retry,
        responses=asked.responses,
        **{**common, "on_error": on_error},
    )


def _field(name: str, made: str | FieldShape) -> FieldMap:
    if isinstance(made, str):
        return FieldMap(name, path=made)
    return FieldMap(name, **{each.name: getattr(made, each.name) for each in fields(made)})


def _rule(shape: RuleShape) -> Rule:
    judged: dict[str, Any] = {
        "code": shape.code,
        "message": shape.message,
        "error_class": shape.error_class,
        "severity": shape.severity,
    }
    if isinstance(shape, WhenShape):
        return Rule(when=shape.when, **judged)
    return Rule(rule=shape.rule, field=shape.field, options=_options(shape), **judged)


def _options(shape: RuleShape) -> dict[str, Any] | None:
    """What a rule takes besides, by its names in YAML."""
    said: dict[str, Any] = {}
    hints = shape_of(type(shape)).keys.values()
    for key in hints:
        value = getattr(shape, key.attribute)
        if key.attribute not in _JUDGED and value is not None:
            said[key.name] = value
    return said or None
