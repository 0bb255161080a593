"""What operators say over a definition: keys laid over its nodes, repeats over its policies."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from engine.definition import plain
from engine.definition.nodes import Block, Entry, Mark, Node, Scalar, inside
from engine.definition.parsing import parse
from engine.definition.policies import RetryShape
from engine.definition.reading import Unreadable
from engine.definition.shapes import AutomatedReplayShape, BudgetShape, ScheduleShape
from engine.definition.wording import listed, near, visible
from engine.domain.errors import Refused
from engine.domain.link import Endpoint, Link
from engine.domain.override import ENABLED, Override, Repeats, repeats_of
from engine.domain.requests import Complaint
from engine.domain.retry import Backoff, Jitter, Responses, RetryPolicy
from engine.domain.stage import AnyStage, CallStage, PythonStage

OVERRIDES = "$overrides"
"""The key of the stored text that holds what was said over the file."""

_BLOCKS: Mapping[str, type[Any]] = {
    "automated_replay": AutomatedReplayShape,
    "schedule": ScheduleShape,
    "retry": RetryShape,
    "budget": BudgetShape,
}
KEYS: tuple[str, ...] = (
    "snapshots",
    "batch_size",
    "parallel",
    ENABLED,
    *(f"{name}.{each.name}" for name, shape in _BLOCKS.items() for each in fields(shape)),
)
"""The keys of a definition that may be overridden, dotted."""

_INSTEAD_OF = {"schedule.cron": "every", "schedule.every": "cron"}
_SAID_OF = "override of "
_LAST = datetime.max.replace(tzinfo=UTC)
NOWHERE = Mark("", 1, 1)


class OverrideUnfit(Refused):
    """An override that its Link cannot take, or can no longer take."""


def unknown_key(name: str, root: Block) -> str | None:
    """What is wrong with this key as an override; None: nothing."""
    if name in KEYS:
        return None
    can = listed([*KEYS[:4], *(f"{block}.…" for block in _BLOCKS)])
    if name.partition(".")[0] in root.entries and not near(name, KEYS):
        return f"'{visible(name)}' cannot be overridden, edit the file: {can} can be"
    return (
        f"unknown key '{visible(name)}', {near(name, KEYS) or f'{can} can be overridden'}"
    )


def overlaid(root: Block, overrides: Sequence[Override]) -> Block:
    """The definition with these keys in place of its own; OverrideUnfit where one is no YAML."""
    for override in sorted(overrides, key=lambda each: each.at):
        if not override.is_node and override.name != ENABLED:
            node = _node(override.name, str(override.value))
            root = _with(root, tuple(override.name.split(".")), node)
            other = _INSTEAD_OF.get(override.name)
            if other is not None:
                root = _without(root, "schedule", other)
    return root


def with_repeats(link: Link, overrides: Sequence[Override]) -> Link:
    """The Link whose nodes try again as was said; OverrideUnfit where there is no such node."""
    said = {each.node: repeats_of(each.value) for each in overrides if each.is_node}
    for node in said:
        if node is not None:
            _refuse_strange(link, node)
    if not any(each.enabled for each in said.values()):
        return link
    return replace(
        link,
        source=_endpoint(link.source, _meant(said, "source")),
        target=_endpoint(link.target, _meant(said, "target")),
        stages=tuple(_stage(each, _meant(said, each.name)) for each in link.stages),
    )


def in_effect(overrides: Sequence[Override]) -> Mapping[str, Any]:
    """By name, what a run is made with; whether it may run at all is no part of that."""
    everywhere = any(e.is_node and e.node is None and e.value["enabled"] for e in overrides)
    return {
        each.name: each.value
        for each in sorted(overrides, key=lambda each: each.name)
        if each.name != ENABLED
        and (
            not each.is_node
            or each.value["enabled"]
            or (everywhere and each.node is not None)
        )
    }


def as_said(overrides: Mapping[str, Any]) -> tuple[Override, ...]:
    """Names and values as overrides; who said them is no matter here."""
    return tuple(
        Override(name, value, "", None, _LAST) for name, value in overrides.items()
    )


def value_of(text: object) -> object:
    """The value that the text of an override is."""
    if not isinstance(text, str):
        return text
    node = parse(text, "").root
    return None if node is None else plain.value_of(node)


def in_file(root: Block, override: Override) -> object:
    """What the file and its defaults say of the same key; None where they are silent."""
    node = inside(root, *override.name.split("."))
    return None if node is None else plain.value_of(node)


def kept(overrides: Mapping[str, Any], mark: Mark) -> Block:
    """What a Sync Event stores of them (D1)."""
    return Block(
        {name: Entry(name, mark, _kept(value, mark)) for name, value in overrides.items()},
        mark,
    )


def refuse_complaints(complaints: Sequence[Complaint]) -> None:
    """OverrideUnfit for the first complaint that is about an override and not about the file."""
    for each in complaints:
        if each.path.startswith(_SAID_OF):
            hint = f", {each.hint}" if each.hint else ""
            raise OverrideUnfit(f"{each.path}: {each.message}{hint}")


def _node(name: str, text: str) -> Node:
    path = f"{_SAID_OF}{name}"
    try:
        parsed = parse(text, path)
    except Unreadable as unread:
        refuse_complaints([unread.complaint])
        raise
    refuse_complaints([*parsed.complaints, *parsed.twice])
    return parsed.root or Scalar("", Mark(path, 1, 1))


def _with(block: Block, steps: tuple[str, ...], node: Node) -> Block:
    name, rest = steps[0], steps[1:]
    entry = block.entries.get(name)
    mark = entry.mark if entry else node.mark
    if rest:
        inner = entry.node if entry and isinstance(entry.node, Block) else Block({}, mark)
        node = _with(inner, rest, node)
    return Block({**block.entries, name: Entry(name, mark, node)}, block.mark)


def _without(root: Block, name: str, key: str) -> Block:
    entry = root.entries.get(name)
    if entry is None or not isinstance(entry.node, Block):
        return root
    left = {each: entry.node.entries[each] for each in entry.node.entries if each != key}
    changed = replace(entry, node=Block(left, entry.node.mark))
    return Block({**root.entries, name: changed}, root.mark)


def _refuse_strange(link: Link, node: str) -> None:
    able = [each.name for each in link.stages if isinstance(each, CallStage | PythonStage)]
    if node in {"source", "target", *able}:
        return
    if node in {each.name for each in link.stages}:
        raise OverrideUnfit(
            f"the stage '{visible(node)}' asks no system and never tries again; "
            f"an override is for {listed(['source', 'target', *able])}"
        )
    names = ["source", "target", *(each.name for each in link.stages)]
    hint = near(node, names) or f"there are {listed(names, 'and')}"
    raise OverrideUnfit(f"unknown stage '{visible(node)}' in {link.name}, {hint}")


def _meant(said: Mapping[str | None, Repeats], node: str) -> Repeats | None:
    """A node's own word, else the whole Link's; None where the file has it."""
    repeats = said.get(node, said.get(None))
    return repeats if repeats and repeats.enabled else None


def _endpoint(endpoint: Endpoint, repeats: Repeats | None) -> Endpoint:
    if repeats is None:
        return endpoint
    return replace(
        endpoint,
        retry=_policy(endpoint.retry, repeats),
        responses=_responses(endpoint.responses),
    )


def _stage(stage: AnyStage, repeats: Repeats | None) -> AnyStage:
    match stage:
        case CallStage() if repeats:
            return replace(
                stage,
                retry=_policy(stage.retry, repeats),
                responses=_responses(stage.responses),
            )
        case PythonStage() if repeats:
            return replace(stage, repeats=repeats)
        case _:
            return stage


def _policy(policy: RetryPolicy, repeats: Repeats) -> RetryPolicy:
    """Which answers are worth another try stays as it was; how often and when does not."""
    wait = round(repeats.interval * 1000)
    return replace(
        policy,
        max_attempts=repeats.hops + 1,
        delay_ms=wait,
        max_delay_ms=wait,
        backoff=Backoff.FIXED,
        jitter=Jitter.NONE,
    )


def _responses(responses: Responses) -> Responses:
    return replace(responses, interval_s=None, hops=None)


def _kept(value: object, mark: Mark) -> Node:
    if isinstance(value, Mapping):
        return kept(value, mark)
    text = str(value)
    if isinstance(value, bool):
        text = text.lower()
    return Scalar(text, mark, plain=not isinstance(value, str))


def read_back(node: Node) -> Mapping[str, Any]:
    """What `kept` made, from the stored text."""
    found = plain.value_of(node) if isinstance(node, Block) else {}
    return found if isinstance(found, dict) else {}
