"""From the tree to Python source: nearly plain Python for the common cases, calls for the rest."""

import re
from collections.abc import Callable
from typing import assert_never

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

Composed = Several | Arithmetic | Signed | Joined | Not | Choice | Call

Resolve = Callable[[Path], str]
"""Python source of a field's value; MISSING where the field is not there."""

_FUNCTIONS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_FUNCTIONS |= {"in": "in", "not in": "not_in"}
_FUNCTIONS |= {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod"}
_SIGNS = {"-": "neg", "+": "pos"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_PLAIN_NAME = re.compile(r"[^\W\d]\w*")


def render(node: Node, resolve: Resolve) -> str:
    """Python source of the same expression, for a scope with `RUNTIME` in its globals.

    The source is in parentheses or a single word; temporaries are named `_x1`, `_x2` ….
    """
    return _Writer(resolve).source(node)


class _Writer:
    """One expression being written."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._temporaries = 0

    def source(self, node: Node) -> str:
        """The node as source, safe to stand anywhere."""
        match node:
            case Field(path=path):
                return _bracketed(self._resolve(path))
            case Constant():
                return _literal(node)
            case Compare():
                return self._compare(node)
            case _:
                return self._composed(node, [self.source(each) for each in parts_of(node)])

    def _composed(self, node: Composed, parts: list[str]) -> str:
        listed = ", ".join(parts)
        match node:
            case Several():
                return f"[{listed}]"
            case Not():
                return f"(not {listed})"
            case Choice():
                yes, condition, no = parts
                return f"({yes} if {condition} else {no})"
            case Joined(word=word):
                return f"({f' {word} '.join(parts)})"
            case Arithmetic() | Signed() | Call():
                return f"_x_{_function(node)}({listed})"
        assert_never(node)

    def _called(self, function: str, *arguments: Node) -> str:
        return f"_x_{function}({', '.join(self.source(each) for each in arguments)})"

    def _compare(self, node: Compare) -> str:
        """One comparison, in the quickest form that keeps its meaning."""
        left, sign, right = node.left, node.operator, node.right
        if (
            isinstance(left, Constant)
            and not isinstance(right, Constant)
            and sign in _MIRRORED
        ):
            left, sign, right = right, _MIRRORED[sign], left
        if isinstance(right, Constant):
            return self._with_literal(left, sign, right)
        if isinstance(right, Several) and sign in {"in", "not in"}:
            return self._with_list(left, sign, right)
        return self._called(_FUNCTIONS[sign], left, right)

    def _with_literal(self, left: Node, sign: str, right: Constant) -> str:
        match right.value:
            case None:
                return self._with_null(left, sign)
            case bool():
                return self._with_truth(left, sign, right)
            case str() if sign not in {"in", "not in"}:
                return self._with_text(left, sign, right)
            case int() | float() if sign not in {"in", "not in"}:
                return self._with_number(left, sign, right)
        return self._called(_FUNCTIONS[sign], left, right)

    def _with_null(self, left: Node, sign: str) -> str:
        first, again = self._twice(left)
        if sign == "==":
            return f"({first} is None or {again} is _x_MISSING)"
        if sign == "!=":
            return f"({first} is not None and {again} is not _x_MISSING)"
        return "False"

    def _with_truth(self, left: Node, sign: str, right: Constant) -> str:
        if sign == "==" and not isinstance(left, Constant):
            return f"({self.source(left)} is {right.value})"
        return self._called(_FUNCTIONS[sign], left, right)

    def _with_text(self, left: Node, sign: str, right: Constant) -> str:
        if sign == "==":
            return f"({self.source(left)} == {right.value!r})"
        first, again = self._twice(left)
        if sign == "!=":
            present = f"{again} is not None and {again} is not _x_MISSING"
            return f"({first} != {right.value!r} and {present})"
        return f"({first}.__class__ is _x_str and {again} {sign} {right.value!r})"

    def _with_number(self, left: Node, sign: str, right: Constant) -> str:
        first, again = self._twice(left)
        plain = f"{first}.__class__ is _x_int or {again}.__class__ is _x_float"
        call = f"_x_{_FUNCTIONS[sign]}({again}, {right.value!r})"
        return f"({again} {sign} {right.value!r} if {plain} else {call})"

    def _with_list(self, left: Node, sign: str, right: Several) -> str:
        if Constant(None) in right.items:
            return self._with_nullable_list(left, sign, right)
        if not right.items or not all(_is_text(each) for each in right.items):
            return self._called(_FUNCTIONS[sign], left, right)
        first, again = self._twice(left)
        words = f"{{{', '.join(self.source(each) for each in right.items)}}}"
        if sign == "in":
            return f"({first}.__class__ is _x_str and {again} in {words})"
        present = f"({again} is not None and {again} is not _x_MISSING)"
        return f"({again} not in {words} if {first}.__class__ is _x_str else {present})"

    def _with_nullable_list(self, left: Node, sign: str, right: Several) -> str:
        """A list that names null holds it: the one way `in` is true for null."""
        others = Several(tuple(each for each in right.items if each != Constant(None)))
        rest = self._compare(Compare(sign, left, others))
        return rest if sign == "not in" else f"({self._with_null(left, '==')} or {rest})"

    def _twice(self, node: Node) -> tuple[str, str]:
        """The value where it is first evaluated, and a name for it afterwards."""
        source = self.source(node)
        if _PLAIN_NAME.fullmatch(source):
            return source, source
        self._temporaries += 1
        name = f"_x{self._temporaries}"
        return f"({name} := {source})", name


def _function(node: Arithmetic | Signed | Call) -> str:
    if isinstance(node, Call):
        return node.function
    return _SIGNS[node.operator] if isinstance(node, Signed) else _FUNCTIONS[node.operator]


def _literal(literal: Constant) -> str:
    value = literal.value
    negative = isinstance(value, int | float) and value < 0
    return f"({value!r})" if negative else repr(value)


def _bracketed(source: str) -> str:
    return source if _PLAIN_NAME.fullmatch(source) else f"({source})"


def _is_text(node: Node) -> bool:
    return isinstance(node, Constant) and isinstance(node.value, str)
