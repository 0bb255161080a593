"""An expression as a value: the nodes that are left once everything else was refused."""

from collections.abc import Iterator
from typing import assert_never

from engine.domain.values import dataclass

Path = tuple[str | int, ...]
"""A field, and what is reached inside it: `("lines", 0, "sku")`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the record, or something inside it."""

    path: Path


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: null, true, false, a number or a text."""

    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values in brackets."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values compared: `== != < <= > >= in`, or `not in`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two values computed with: `+ - * / %`."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Signed:
    """A value with `+` or `-` before it."""

    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Joined:
    """Conditions joined by `and` or `or`."""

    word: str
    operands: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """A condition turned around."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two values: `yes if condition else no`."""

    condition: "Node"
    yes: "Node"
    no: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """One of the named functions with its arguments."""

    function: str
    arguments: "tuple[Node, ...]"


Node = (
    Field
    | Constant
    | Several
    | Compare
    | Arithmetic
    | Signed
    | Joined
    | Not
    | Choice
    | Call
)


def fields_of(node: Node) -> Iterator[Path]:
    """Every field path the expression reads, in the order they stand in it."""
    if isinstance(node, Field):
        yield node.path
    for part in parts_of(node):
        yield from fields_of(part)


def parts_of(node: Node) -> tuple[Node, ...]:
    """The nodes a node is made of, as they are evaluated."""
    match node:
        case Several(items=parts) | Joined(operands=parts) | Call(arguments=parts):
            return parts
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Signed(operand=operand) | Not(operand=operand):
            return (operand,)
        case Choice(condition=condition, yes=yes, no=no):
            return (yes, condition, no)
        case Field() | Constant():
            return ()
    assert_never(node)
