"""What a command shows people, as values: lines, facts and tables, before anything is drawn.

Whatever text a page holds may come from outside; it is made safe where it is drawn, in one place
for pipes (`plain`) and in one for terminals (`painted`).
"""

from collections.abc import Sequence

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style: good, bad, warn, busy, quiet, strong or none."""

    text: str
    style: str = ""


Cell = str | Span | tuple[str | Span, ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """The name of the part of the page that follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line; on a terminal it is wrapped, and indented as a whole."""

    text: Cell = ""
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, a line each, the values aligned."""

    rows: Sequence[tuple[str, Cell]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `right`: numbers; `wraps`: gives way where the line is too narrow."""

    title: str
    right: bool = False
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table without lines."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]


Block = Caption | Line | Facts | Grid
Page = Sequence[Block]


def spans(cell: Cell) -> tuple[Span, ...]:
    """A cell as its pieces."""
    parts = cell if isinstance(cell, tuple) else (cell,)
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)
