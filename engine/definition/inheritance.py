"""`defaults.yaml`: what a Link does not declare, it inherits; inside nested blocks too."""

from engine.definition.nodes import Block, Entry, Node, text_in
from engine.definition.spelling import canonical
from engine.domain.requests import Complaint

DEFAULTS = "defaults.yaml"
"""The file beside the Links that they inherit from."""

NEVER_INHERITED = frozenset({"link"})

SHARED_BY_ADAPTERS = frozenset({"retry", "responses", "on_error"})
"""What a source or target inherits from defaults meant for another adapter."""


def merged(declared: Block, inherited: Block) -> Block:
    """The declared block with what it omits taken from the other; the declared one wins."""
    taken = {canonical(name) for name in declared.entries}
    entries = {
        name: Entry(name, entry.mark, _node(entry.node, _counterpart(inherited, name)))
        for name, entry in declared.entries.items()
    }
    omitted = {
        name: entry
        for name, entry in _for_same_adapter(declared, inherited).items()
        if canonical(name) not in taken
    }
    return Block({**entries, **omitted}, declared.mark)


def misplaced(inherited: Block) -> list[Complaint]:
    """Complaints about keys of the defaults that no Link may inherit."""
    return [
        Complaint(
            entry.mark.path,
            entry.mark.line,
            entry.mark.column,
            f"'{name}' cannot be inherited",
            "each Link says its own",
        )
        for name, entry in inherited.entries.items()
        if name in NEVER_INHERITED
    ]


def _node(declared: Node, inherited: Node | None) -> Node:
    if isinstance(declared, Block) and isinstance(inherited, Block):
        return merged(declared, inherited)
    return declared


def _counterpart(inherited: Block, name: str) -> Node | None:
    wanted = canonical(name)
    for other, entry in inherited.entries.items():
        if canonical(other) == wanted:
            return entry.node
    return None


def _for_same_adapter(declared: Block, inherited: Block) -> dict[str, Entry]:
    ours, theirs = text_in(declared, "adapter"), text_in(inherited, "adapter")
    if ours is None or theirs is None or ours == theirs:
        return dict(inherited.entries)
    return {
        name: entry
        for name, entry in inherited.entries.items()
        if canonical(name) in SHARED_BY_ADAPTERS
    }
