"""Spellings that are accepted for the same key, and what a camelCase retry block implies."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.definition.nodes import Block, Entry, Items, Node, Scalar
from engine.domain.requests import Complaint

_CAMEL = {
    "maxAttempts": "max_attempts",
    "delayMs": "delay_ms",
    "backoffMultiplier": "backoff_multiplier",
    "maxDelayMs": "max_delay_ms",
    "retryableStatusCodes": "retryable_status_codes",
    "useRetryAfterHeader": "use_retry_after_header",
    "useRetryAfter": "use_retry_after_header",
    "maxRetryAfterMs": "max_retry_after_ms",
}
_RETRY = {**_CAMEL, "use_retry_after": "use_retry_after_header"}
_RESPONSES = {"stopAndFail": "stop", "stop_and_fail": "stop"}
_OWNER = {"onError": "on_error"}
ALL: Mapping[str, str] = {**_RETRY, **_RESPONSES, **_OWNER}
"""Every spelling that is accepted, and the key it stands for."""

Change = Callable[[Block], Block]


def canonical(name: str) -> str:
    """The key as Linkdeck itself writes it."""
    return ALL.get(name, name)


def unified(root: Block) -> tuple[Block, list[Complaint]]:
    """The definition with one spelling for each policy key; complaints where one is said twice."""
    speller = _Speller()
    root = speller.owner(root)
    for name in ("source", "target"):
        root = _changed(root, name, speller.owner)
    stages = root.entries.get("stages")
    if stages and isinstance(stages.node, Items):
        nodes = tuple(_stage(each, speller.owner) for each in stages.node.nodes)
        entry = replace(stages, node=Items(nodes, stages.node.mark))
        root = Block({**root.entries, "stages": entry}, root.mark)
    return root, speller.complaints


class _Speller:
    """What renames keys, and gathers complaints about those that then stand twice."""

    def __init__(self) -> None:
        self.complaints: list[Complaint] = []

    def owner(self, block: Block) -> Block:
        """A block that may hold policies: the Link itself, a source, a target, a stage, a call."""
        block = self._renamed(block, _OWNER)
        block = _changed(block, "retry", self._retry)
        return _changed(block, "responses", lambda each: self._renamed(each, _RESPONSES))

    def _retry(self, block: Block) -> Block:
        camel = any(name in _CAMEL for name in block.entries)
        block = self._renamed(block, _RETRY)
        if not camel or "profile" in block.entries:
            return block
        profile = Scalar("cannectors", block.mark, plain=False)
        return Block(
            {**block.entries, "profile": Entry("profile", block.mark, profile)}, block.mark
        )

    def _renamed(self, block: Block, names: Mapping[str, str]) -> Block:
        entries: dict[str, Entry] = {}
        for written, entry in block.entries.items():
            name = names.get(written, written)
            if name in entries:
                self._twice(entry, written, entries[name].written or name)
            else:
                entries[name] = replace(entry, name=name, written=written)
        return Block(entries, block.mark)

    def _twice(self, entry: Entry, written: str, other: str) -> None:
        mark = entry.mark
        sentence = f"'{written}' says again what '{other}' says"
        self.complaints.append(
            Complaint(mark.path, mark.line, mark.column, sentence, "remove one")
        )


def _stage(node: Node, change: Change) -> Node:
    return _changed(change(node), "call", change) if isinstance(node, Block) else node


def _changed(block: Block, name: str, change: Change) -> Block:
    entry = block.entries.get(name)
    if entry is None or not isinstance(entry.node, Block):
        return block
    changed = replace(entry, node=change(entry.node))
    return Block({**block.entries, name: changed}, block.mark)
