"""A definition as read: texts, lists and blocks, each with its place in a file."""

from collections.abc import Iterator, Mapping, Sequence

from engine.domain.values import dataclass

Step = str | int
"""One step into a definition: a key, or a place in a list."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; lines and columns count from 1."""

    path: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value as it was typed.

    `plain`: without quotes, so that it may be a number, true, false or null. `expanded`: a variable
    stood in it. `known`: every variable in it has a value.
    """

    text: str
    mark: Mark
    plain: bool = True
    expanded: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    nodes: "tuple[Node, ...]"
    mark: Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value; `written` is the key as typed where it has another spelling."""

    name: str
    mark: Mark
    node: "Node"
    written: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Keys and values, in the order they stand."""

    entries: Mapping[str, Entry]
    mark: Mark


Node = Scalar | Items | Block


def inside(node: Node | None, *steps: Step) -> Node | None:
    """What stands along these steps; None where there is nothing."""
    for step in steps:
        match node:
            case Block(entries=entries) if step in entries:
                node = entries[str(step)].node
            case Items(nodes=nodes) if isinstance(step, int) and step < len(nodes):
                node = nodes[step]
            case _:
                return None
    return node


def entry_at(node: Node, steps: Sequence[Step]) -> Entry | None:
    """The entry whose key is the last of these steps."""
    if not steps:
        return None
    holder = inside(node, *steps[:-1])
    return holder.entries.get(str(steps[-1])) if isinstance(holder, Block) else None


def text_in(node: Node | None, *steps: Step) -> str | None:
    """The text along these steps; None where there is none, or not a known one."""
    found = inside(node, *steps)
    return found.text if isinstance(found, Scalar) and found.known else None


def block_of(node: Node | None, *steps: Step) -> Mapping[str, Entry]:
    """The entries of the block along these steps; empty where there is none."""
    found = inside(node, *steps)
    return found.entries if isinstance(found, Block) else {}


def items_in(node: Node | None, *steps: Step) -> tuple[Node, ...]:
    """The elements of the list along these steps; empty where there is none."""
    found = inside(node, *steps)
    return found.nodes if isinstance(found, Items) else ()


def scalars_in(
    node: Node, at: tuple[Step, ...] = ()
) -> Iterator[tuple[tuple[Step, ...], Scalar]]:
    """Every single value with the steps that lead to it."""
    match node:
        case Scalar():
            yield at, node
        case Items(nodes=nodes):
            for index, each in enumerate(nodes):
                yield from scalars_in(each, (*at, index))
        case Block(entries=entries):
            for name, entry in entries.items():
                yield from scalars_in(entry.node, (*at, name))
