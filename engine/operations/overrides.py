"""What operators say over a Link's file: looked at beside it, said, taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from engine.definition import effective, loader, overriding
from engine.definition.nodes import Block, inside
from engine.definition.overriding import OverrideUnfit
from engine.domain.errors import Misused, Refused
from engine.domain.link import Definition, Endpoint, Link, Schedule
from engine.domain.override import (
    ENABLED,
    Override,
    Repeats,
    RepeatsAsked,
    Said,
    is_node,
    repeats_of,
)
from engine.domain.requests import LinkOverrides, OverrideSeen, Written
from engine.domain.retry import effective as policy_of
from engine.domain.schedule import NextRun
from engine.domain.stage import CallStage
from engine.operations import definitions
from engine.operations.context import Context
from engine.operations.control import require
from engine.operations.schedules import next_run, timely

T = TypeVar("T")

_LONGEST, _MOST = 86_400.0, 1000
_TRUTHS = {"true": True, "false": False}


def overrides(context: Context, link: str) -> LinkOverrides:
    """What is said of a Link, each beside what its file says."""
    file = definitions.as_written(context, link)
    root = effective.of_file(Path(file.path)).root or Block({}, overriding.NOWHERE)
    said = context.store.overrides(file.link.name)
    return LinkOverrides(
        link=file.link.name,
        path=file.path,
        items=tuple(_seen(each, root, file.link) for each in said),
        problem=_problem(context, Path(file.path), said),
        written={
            name: Written(value, default=inside(root, *name.split(".")) is None)
            for name, value in _settings(file.link).items()
        },
        next=_next(context, Path(file.path), said),
    )


def _settings(link: Link) -> Mapping[str, Any]:
    """What holds by the file and by default, of the settings the console lists."""
    replay, budget = link.automated_replay, link.budget
    schedule = link.schedule or Schedule()
    return {
        ENABLED: link.enabled,
        "snapshots": link.snapshots.value,
        "automated_replay.enabled": replay.enabled,
        "automated_replay.max_attempts": replay.max_attempts,
        "automated_replay.records": replay.records,
        "schedule.cron": schedule.cron,
        "schedule.every": schedule.every,
        "schedule.timezone": schedule.timezone,
        "schedule.overlap": schedule.overlap.value,
        "schedule.pause_after": schedule.pause_after,
        "retry.max_attempts": policy_of(
            link.source.retry, link.source.responses
        ).max_attempts,
        "batch_size": link.batch_size,
        "parallel": link.parallel,
        "budget.failed_records": budget.failed_records,
        "budget.failed_batches": budget.failed_batches,
    }


def override(
    context: Context, link: str, said: Sequence[Said], *, reason: str, actor: str
) -> LinkOverrides:
    """Say these things, or take them back; all or none, each checked as the file is."""
    require(reason)
    file = definitions.as_written(context, link)
    before = {each.name: each for each in context.store.overrides(file.link.name)}
    root = effective.of_file(Path(file.path)).root or Block({}, overriding.NOWHERE)
    meant = [Said(each.name, _meant(each, before, root, link)) for each in said]
    if any(each.value is not None for each in meant):
        _check(context, Path(file.path), [*_others(before, meant), *_as_kept(meant)])
    context.store.override(file.link.name, meant, actor=actor, reason=reason)
    return overrides(context, link)


def clear(context: Context, link: str, *, reason: str, actor: str) -> LinkOverrides:
    """Take back everything but whether the Link may run, which `enable` and `disable` say."""
    name = definitions.as_written(context, link).link.name
    said = context.store.overrides(name)
    all_of_them = [Said(each.name, None) for each in said if each.name != ENABLED]
    return override(context, link, all_of_them, reason=reason, actor=actor)


def _seen(said: Override, root: Block, link: Link) -> OverrideSeen:
    return OverrideSeen(
        name=said.name,
        node=said.node if said.is_node else None,
        value=said.value if said.is_node else overriding.value_of(said.value),
        file=_policy(link, said.node) if said.is_node else overriding.in_file(root, said),
        actor=said.actor,
        reason=said.reason,
        at=said.at,
    )


def _policy(link: Link, node: str | None) -> Mapping[str, Any] | None:
    """How the file has a node try again; None where only its code says, or each node for itself."""
    asking: Endpoint | CallStage | None = {
        "source": link.source,
        "target": link.target,
    }.get(node or "")
    for stage in link.stages:
        if isinstance(stage, CallStage) and stage.name == node:
            asking = asking or stage
    return None if asking is None else asdict(policy_of(asking.retry, asking.responses))


def _next(context: Context, path: Path, said: Sequence[Override]) -> NextRun | None:
    """When it runs next by itself; None where it has no schedule, or what is said is unfit."""
    try:
        link = _load(context, path, said).link
    except OverrideUnfit:
        return None
    return next_run(context, link, timely(context), context.clock())


def _problem(context: Context, path: Path, said: Sequence[Override]) -> str | None:
    try:
        _load(context, path, said)
    except OverrideUnfit as unfit:
        return str(unfit)
    return None


def _check(context: Context, path: Path, said: Sequence[Override]) -> None:
    try:
        _load(context, path, said)
    except OverrideUnfit as unfit:
        raise Misused(str(unfit)) from unfit


def _load(context: Context, path: Path, said: Sequence[Override]) -> Definition:
    return loader.load(
        path,
        catalogue=context.catalogue,
        environ=context.settings.environ,
        overrides=lambda _: said,
    )


def _others(before: Mapping[str, Override], meant: Sequence[Said]) -> list[Override]:
    named = {each.name for each in meant}
    return [each for each in before.values() if each.name not in named]


def _as_kept(meant: Sequence[Said]) -> tuple[Override, ...]:
    values = {
        each.name: each.value.document() if isinstance(each.value, Repeats) else each.value
        for each in meant
        if each.value is not None
    }
    return overriding.as_said(values)


def _meant(
    said: Said, before: Mapping[str, Override], root: Block, link: str
) -> str | bool | Repeats | None:
    held = before.get(said.name)
    match said.value:
        case None if held is None:
            raise Refused(
                f"'{said.name}' is not overridden; linkdeck override {link} lists what is"
            )
        case RepeatsAsked() as asked:
            return _repeats(asked, repeats_of(held.value) if held else None)
        case str(text) if not is_node(said.name):
            return _setting(said.name, text, root)
        case value:
            assert not isinstance(value, RepeatsAsked)
            return value


def _setting(name: str, text: str, root: Block) -> str | bool:
    wrong = overriding.unknown_key(name, root)
    if wrong:
        raise Misused(wrong)
    if name != ENABLED:
        return text
    if text not in _TRUTHS:
        raise Misused(f"'enabled' takes true or false, not '{text}'")
    return _TRUTHS[text]


def _repeats(asked: RepeatsAsked, held: Repeats | None) -> Repeats:
    """What was asked for, filled in with what is held. Raises Misused where that is not enough."""
    interval = _first(asked.interval, held.interval if held else None)
    hops = _first(asked.hops, held.hops if held else None)
    if interval is None or hops is None:
        raise Misused("say how often: --interval 5 --hops 3 is three times, 5 s apart")
    if not 0 <= interval <= _LONGEST:
        raise Misused(f"--interval takes 0 to {_LONGEST:g} seconds, not {interval:g}")
    if not 0 <= hops <= _MOST:
        raise Misused(f"--hops takes 0 to {_MOST}, not {hops}")
    enabled = _first(asked.enabled, held.enabled if held else True)
    return Repeats(interval, hops, enabled=enabled is not False)


def _first(said: T | None, held: T | None) -> T | None:
    return held if said is None else said
