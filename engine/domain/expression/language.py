"""An expression, compiled: what a Link's rules, a selection or an alert ask of a record."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.domain.expression import parser, render
from engine.domain.expression.runtime import RUNTIME
from engine.domain.expression.tree import Node, Path, fields_of
from engine.domain.missing import MISSING
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression over a record's fields; picklable, equal by its text.

    `paths` are the fields it reads, `names` their top-level names, each once and in order.
    """

    text: str
    tree: Node
    names: tuple[str, ...]
    paths: tuple[Path, ...]
    _function: Callable[[Mapping[str, Any]], object]

    def evaluate(self, fields: Mapping[str, Any]) -> Any:
        """Its value for a record's fields; never raises for data."""
        value = self._function(fields)
        return None if value is MISSING else value

    def truth(self, fields: Mapping[str, Any]) -> bool:
        """Whether it holds; null does not."""
        return bool(self._function(fields))

    def render(self, resolve: render.Resolve) -> str:
        """Python source of the same, each field's source given by `resolve`.

        For a scope with `RUNTIME` in its globals. `resolve` gives what evaluates to MISSING where
        the field is not there; a bare field may so be MISSING where `evaluate` says None.
        """
        return render.render(self.tree, resolve)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __reduce__(self) -> tuple[Any, ...]:
        return (compile_expression, (self.text,))


def compile_expression(text: str) -> Expression:
    """The expression, ready; ExpressionError with its column where it cannot be used."""
    tree = parser.parse(text)
    paths = tuple(dict.fromkeys(fields_of(tree)))
    names = tuple(dict.fromkeys(str(path[0]) for path in paths))
    return Expression(
        text, tree, names, paths, _compiled(render.render(tree, _from_mapping))
    )


def _from_mapping(path: Path) -> str:
    name, *inside = path
    if not inside:
        return f"_f.get({name!r}, _x_MISSING)"
    return f"_x_reach(_f, {', '.join(map(repr, path))})"


def _compiled(source: str) -> Callable[[Mapping[str, Any]], object]:
    code = compile(f"lambda _f: {source}", "<expression>", "eval")
    # Only names we wrote ourselves can stand in the source; no builtins are needed.
    function: Callable[[Mapping[str, Any]], object] = eval(
        code, {**RUNTIME, "__builtins__": {}}
    )
    return function
