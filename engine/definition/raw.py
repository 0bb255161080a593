"""Between nodes and what goes into a model: dicts, lists, and single values as typed."""

from pydantic_core import PydanticCustomError

from engine.definition import leaves, plain
from engine.definition.nodes import Block, Items, Node, Scalar


def raw(node: Node) -> object:
    """The node for a model."""
    match node:
        case Block(entries=entries):
            return {name: raw(entry.node) for name, entry in entries.items()}
        case Items(nodes=nodes):
            return [raw(each) for each in nodes]
        case Scalar():
            return node


def plain_value(value: object) -> object:
    """The plain Python value of what went into a model."""
    match value:
        case dict():
            return {name: plain_value(each) for name, each in value.items()}
        case list():
            return [plain_value(each) for each in value]
        case Scalar(known=False):
            raise PydanticCustomError(leaves.UNKNOWN, "unknown")
        case Scalar():
            return plain.value_of(value)
        case _:
            return value
