"""From text to the nodes of `tree`: Python's parser, then a whitelist of its syntax tree."""

import ast
import keyword
import math
import re
from collections.abc import Callable, Mapping

from engine.domain.expression.error import ExpressionError
from engine.domain.expression.functions import ARGUMENTS, arity_complaint
from engine.domain.expression.patterns import compile_pattern
from engine.domain.expression.source import Source, prepare
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
)

DEPTH_LIMIT = 30
"""How deep an expression may be nested."""

NUMBER_LIMIT = 10**38
"""What a literal integer stays under."""

_WORDS: Mapping[str, bool | None] = {"null": None, "true": True, "false": False}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_COMPUTATIONS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
}
_REFUSED: Mapping[type[ast.AST], str] = {
    ast.Lambda: "functions cannot be made here",
    ast.ListComp: "comprehensions cannot stand here",
    ast.SetComp: "comprehensions cannot stand here",
    ast.DictComp: "comprehensions cannot stand here",
    ast.GeneratorExp: "comprehensions cannot stand here",
    ast.JoinedStr: "f-strings cannot stand here; join texts with +",
    ast.Dict: "objects in braces cannot stand here",
    ast.Set: "write a list in brackets, not in braces",
    ast.Slice: "parts of lists cannot be taken; reach for one element, such as a[0]",
    ast.Starred: "'*' cannot stand here",
    ast.Await: "'await' cannot stand here",
    ast.Yield: "'yield' cannot stand here",
    ast.YieldFrom: "'yield' cannot stand here",
}


def parse(text: str) -> Node:
    """The expression as a tree; ExpressionError, with its column, for anything not allowed."""
    source = prepare(text)
    syntax = _syntax(source)
    if isinstance(syntax, ast.Tuple):
        raise ExpressionError(
            "one expression only; a list stands in brackets", source.column(0)
        )
    return _Reader(source).node(syntax, depth=1)


def _syntax(source: Source) -> ast.expr:
    try:
        return ast.parse(source.text, mode="eval").body
    except SyntaxError as error:
        if not error.offset:
            raise ExpressionError(
                "the expression ends too early", source.places[-1]
            ) from None
        at = error.offset - 1
        raise ExpressionError(_plainly(error, source.text, at), source.column(at)) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise ExpressionError(
            "the expression cannot be read: it is nested too deep"
        ) from None


def _plainly(error: SyntaxError, text: str, at: int) -> str:
    word = re.match(r"\w*", text[at:])
    if word and keyword.iskeyword(word.group()):
        found = word.group()
        inside = text[:at].endswith(".")
        other = f'write ["{found}"]' if inside else "map the field to another name first"
        return f"'{found}' is a word of the language itself; {other}"
    reason = re.sub(
        r" \(detected at line \d+\)|\. Perhaps you.*|\. Maybe you.*", "", error.msg
    )
    return f"the expression cannot be read: {reason}"


class _Reader:
    """One expression being turned from Python's tree into ours."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._readers: Mapping[type[ast.expr], Callable[..., Node]] = {
            ast.Name: self._name,
            ast.Attribute: self._reached,
            ast.Subscript: self._reached,
            ast.Constant: self._constant,
            ast.List: self._several,
            ast.Tuple: self._several,
            ast.Compare: self._compare,
            ast.BinOp: self._arithmetic,
            ast.UnaryOp: self._unary,
            ast.BoolOp: self._joined,
            ast.IfExp: self._choice,
            ast.Call: self._call,
        }

    def node(self, node: ast.expr, *, depth: int) -> Node:
        """The node for a part of the syntax tree."""
        if depth > DEPTH_LIMIT:
            raise self._refused(
                node, f"the expression is nested deeper than {DEPTH_LIMIT} levels"
            )
        reader = self._readers.get(type(node))
        if reader is None:
            raise self._refused(
                node, _REFUSED.get(type(node), "this cannot stand in an expression")
            )
        return reader(node, depth + 1)

    def _refused(self, node: ast.expr, sentence: str) -> ExpressionError:
        return ExpressionError(sentence, self._source.column_of_bytes(node.col_offset))

    def _name(self, node: ast.Name, depth: int) -> Node:
        if node.id in _WORDS:
            return Constant(_WORDS[node.id])
        return Field((self._field_name(node, node.id),))

    def _field_name(self, node: ast.expr, name: str) -> str:
        if name.startswith("__") and name.endswith("__"):
            raise self._refused(node, f"'{name}' is not a field")
        return name

    def _reached(self, node: ast.expr, depth: int) -> Node:
        return Field(self._path(node))

    def _path(self, node: ast.expr) -> Path:
        steps: list[str | int] = []
        while not isinstance(node, ast.Name):
            if isinstance(node, ast.Attribute):
                steps.append(self._field_name(node, node.attr))
            elif isinstance(node, ast.Subscript):
                steps.append(self._step(node.slice))
            else:
                raise self._refused(
                    node, "only a field can be reached into, such as a.b or a[0]"
                )
            node = node.value
        if node.id in _WORDS:
            raise self._refused(node, f"nothing can be reached inside {node.id}")
        return (self._field_name(node, node.id), *reversed(steps))

    def _step(self, node: ast.expr) -> str | int:
        match node:
            case ast.Constant(value=str() | int() as step) if not isinstance(step, bool):
                return step
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as step)):
                return -step
            case ast.Slice():
                raise self._refused(node, _REFUSED[ast.Slice])
            case _:
                raise self._refused(
                    node, "in brackets stands a number or a quoted name, such as a[0]"
                )

    def _constant(self, node: ast.Constant, depth: int) -> Node:
        value = node.value
        if value is None or isinstance(value, bool | str):
            return Constant(value)
        if isinstance(value, int):
            if value >= NUMBER_LIMIT:
                raise self._refused(node, "the number is too large; 38 digits are the most")
            return Constant(value)
        if isinstance(value, float) and math.isfinite(value):
            return Constant(value)
        raise self._refused(
            node, "only texts, finite numbers, true, false and null can stand here"
        )

    def _several(self, node: ast.List | ast.Tuple, depth: int) -> Node:
        return Several(tuple(self.node(each, depth=depth) for each in node.elts))

    def _compare(self, node: ast.Compare, depth: int) -> Node:
        values = [self.node(each, depth=depth) for each in (node.left, *node.comparators)]
        found = []
        for index, operator in enumerate(node.ops):
            sign = _COMPARISONS.get(type(operator))
            if sign is None:
                raise self._refused(node, "write '== null' and '!= null', not 'is'")
            found.append(Compare(sign, values[index], values[index + 1]))
        return found[0] if len(found) == 1 else Joined("and", tuple(found))

    def _arithmetic(self, node: ast.BinOp, depth: int) -> Node:
        sign = _COMPUTATIONS.get(type(node.op))
        if sign is None:
            raise self._refused(node, "of arithmetic there are + - * / and %")
        left, right = self.node(node.left, depth=depth), self.node(node.right, depth=depth)
        for each in (left, right):
            wrong = isinstance(each, Several) or (sign != "+" and _is_text(each))
            if wrong:
                raise self._refused(node, f"'{sign}' takes numbers, not texts or lists")
        return Arithmetic(sign, left, right)

    def _unary(self, node: ast.UnaryOp, depth: int) -> Node:
        operand = self.node(node.operand, depth=depth)
        match node.op, operand:
            case ast.Not(), _:
                return Not(operand)
            case ast.USub(), Constant(value=int() | float() as value) if value is not True:
                return Constant(-value)
            case ast.USub(), _:
                return Signed("-", operand)
            case ast.UAdd(), _:
                return Signed("+", operand)
            case _:
                raise self._refused(node, "'~' cannot stand in an expression")

    def _joined(self, node: ast.BoolOp, depth: int) -> Node:
        word = "and" if isinstance(node.op, ast.And) else "or"
        return Joined(word, tuple(self.node(each, depth=depth) for each in node.values))

    def _choice(self, node: ast.IfExp, depth: int) -> Node:
        return Choice(
            self.node(node.test, depth=depth),
            self.node(node.body, depth=depth),
            self.node(node.orelse, depth=depth),
        )

    def _call(self, node: ast.Call, depth: int) -> Node:
        name = self._function_name(node)
        if node.keywords:
            raise self._refused(
                node, f"{name}() takes its arguments in order, without names"
            )
        if wrong := arity_complaint(name, len(node.args)):
            raise self._refused(node, wrong)
        arguments = tuple(self.node(each, depth=depth) for each in node.args)
        if name == "exists" and not isinstance(arguments[0], Field):
            raise self._refused(node.args[0], "exists() takes a field")
        if name == "matches":
            self._pattern(node.args[1], arguments[1])
        return Call(name, arguments)

    def _function_name(self, node: ast.Call) -> str:
        known = ", ".join(sorted(ARGUMENTS))
        match node.func:
            case ast.Name(id=name) if name in ARGUMENTS:
                return name
            case ast.Attribute(attr=name) if name in ARGUMENTS:
                raise self._refused(
                    node, f"write {name}(…) around the value instead of .{name}(…)"
                )
            case ast.Name(id=name):
                raise self._refused(
                    node, f"there is no function '{name}'; there are {known}"
                )
            case _:
                raise self._refused(node, f"only these functions can be called: {known}")

    def _pattern(self, node: ast.expr, pattern: Node) -> None:
        if not (isinstance(pattern, Constant) and isinstance(pattern.value, str)):
            raise self._refused(node, "the pattern of matches() must be a quoted text")
        try:
            compile_pattern(pattern.value)
        except ExpressionError as error:
            raise self._refused(node, error.message) from None


def _is_text(node: Node) -> bool:
    return isinstance(node, Constant) and isinstance(node.value, str)
