"""The expression language once more, slowly and plainly: what the compiled form is held against."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.domain.expression import texts
from engine.domain.expression.tree import (
    Arithmetic,
    Call,
    Choice,
    Compare,
    Constant,
    Field,
    Joined,
    Node,
    Not,
    Path,
    Several,
    Signed,
    parts_of,
)
from engine.domain.missing import MISSING

SHAKY = (TypeError, ValueError, ArithmeticError)


def value_of(node: Node, fields: Mapping[str, Any]) -> Any:
    """The value of an expression by its definition, null for missing."""
    found = _value(node, fields)
    return None if found is MISSING else found


def _value(node: Node, fields: Mapping[str, Any]) -> Any:
    match node:
        case Field(path=path):
            return _found(path, fields)
        case Constant(value=value):
            return value
        case Compare():
            return _compared(node, fields)
        case Call(function=function, arguments=arguments):
            return _called(function, [_value(each, fields) for each in arguments])
        case _:
            return _composed(node, [value_of(each, fields) for each in parts_of(node)])


def _composed(node: Node, parts: list[Any]) -> Any:
    match node:
        case Joined(word=word):
            return _joined(word, parts)
        case Not():
            return not parts[0]
        case Choice():
            return parts[0] if parts[1] else parts[2]
        case Arithmetic(operator=operator) | Signed(operator=operator):
            return _computed(operator, *([0, *parts][-2:]))
        case _:
            return parts


def _found(path: Path, value: Any) -> Any:
    for step in path:
        wanted = list if isinstance(step, int) else dict
        inside: Any = value if isinstance(value, wanted) else {}
        try:
            value = inside[step]
        except (KeyError, IndexError):
            return MISSING
    return value


def _joined(word: str, values: list[Any]) -> Any:
    for value in values[:-1]:
        if bool(value) is (word == "or"):
            return value
    return values[-1]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return "number" if isinstance(value, int | float | Decimal) else type(value).__name__


def _exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    kinds = {type(left), type(right)}
    return (_exact(left), _exact(right)) if kinds == {float, Decimal} else (left, right)


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None or _kind(left) != _kind(right):
        return False
    left, right = _alike(left, right)
    try:
        return bool(left == right)
    except SHAKY:
        return False


def _compared(node: Compare, fields: Mapping[str, Any]) -> bool:
    left, right = value_of(node.left, fields), value_of(node.right, fields)
    if node.operator in {"==", "!="} and Constant(None) in (node.left, node.right):
        other = left if node.right == Constant(None) else right
        return (other is None) is (node.operator == "==")
    if node.operator in {"in", "not in"}:
        return _membership(node, left, right)
    if left is None or right is None:
        return False
    if node.operator in {"==", "!="}:
        return _equal(left, right) is (node.operator == "==")
    return _ordered(node.operator, left, right)


def _membership(node: Compare, left: Any, right: Any) -> bool:
    named_null = isinstance(node.right, Several) and Constant(None) in node.right.items
    if left is None or right is None:
        return named_null and left is None and node.operator == "in"
    if isinstance(right, list):
        held = any(_equal(left, each) for each in right)
    else:
        held = isinstance(left, str) and isinstance(right, str | dict) and left in right
    return held is (node.operator == "in")


def _ordered(sign: str, left: Any, right: Any) -> bool:
    if _kind(left) != _kind(right) or _kind(left) in {"list", "dict"}:
        return False
    left, right = _alike(left, right)
    try:
        return bool(
            {
                "<": lambda: left < right,
                "<=": lambda: left <= right,
                ">": lambda: left > right,
                ">=": lambda: left >= right,
            }[sign]()
        )
    except SHAKY:
        return False


def _computed(sign: str, left: Any, right: Any) -> Any:
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if _kind(left) != "number" or _kind(right) != "number":
        return None
    left, right = _alike(left, right)
    try:
        return {
            "+": lambda: left + right,
            "-": lambda: left - right,
            "*": lambda: left * right,
            "/": lambda: left / right,
            "%": lambda: left % right,
        }[sign]()
    except SHAKY:
        return None


def _called(name: str, arguments: list[Any]) -> Any:
    plain = [None if each is MISSING else each for each in arguments]
    match name:
        case "exists":
            return arguments[0] is not MISSING
        case "coalesce":
            return next((each for each in plain if each is not None), None)
        case "len":
            return len(plain[0]) if isinstance(plain[0], str | list | dict) else None
        case "contains":
            held = Compare("in", Constant(None), Constant(None))
            return plain[1] is not None and _membership(held, plain[1], plain[0])
        case _:
            return getattr(texts, name)(*plain)
