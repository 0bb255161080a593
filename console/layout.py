"""Pages and tables laid out: which column gets how many cells, which line breaks where."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from console.ink import Row, ended, fitted, folded, visible, width_of
from console.pages.page import Block, Caption, Cell, Facts, Grid, Line, Span
from console.theme import Skin
from engine.domain.values import dataclass

GAP = 2
NARROW = 8
"""Cells a column that gives way keeps at least."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a list: its least width, its share of what is left, when it is dropped.

    The columns of the highest rank go first where a line is too short; rank 0 never goes. `tail`:
    what does not fit is cut at its beginning, because its end tells it from its neighbours.
    """

    title: str
    width: int
    grow: int = 0
    right: bool = False
    rank: int = 0
    tail: bool = False


def arranged(fields: Sequence[Field], width: int) -> list[tuple[int, Field, int]]:
    """The columns that fit: place in the row, column, cells."""
    kept = list(enumerate(fields))
    while len(kept) > 1 and _least(kept) > width:
        last = max(kept, key=lambda each: (each[1].rank, each[0]))
        if last[1].rank == 0:
            break
        kept.remove(last)
    spare = max(width - _least(kept), 0)
    shares = sum(field.grow for _, field in kept)
    laid = []
    for place, field in kept:
        more = spare * field.grow // shares if shares else 0
        spare, shares = spare - more, shares - field.grow
        laid.append((place, field, field.width + more))
    return laid


def _least(kept: Sequence[tuple[int, Field]]) -> int:
    return sum(field.width for _, field in kept) + GAP * (len(kept) - 1)


def heading(fields: Sequence[Field], width: int, skin: Skin) -> Row:
    """The titles of the columns."""
    titles = tuple(Span(field.title, "head") for field in fields)
    return [Span(span.text, "head") for span in tabular(fields, titles, width, skin)]


def tabular(fields: Sequence[Field], cells: Sequence[Cell], width: int, skin: Skin) -> Row:
    """One row of a list in its columns."""
    row: list[Span] = []
    for place, field, size in arranged(fields, width):
        if row:
            row.append(Span(" " * GAP))
        cut = ended if field.tail else fitted
        row += cut(cells[place], size, skin, right=field.right)
    return row


def laid_out(page: Sequence[Block], width: int, skin: Skin) -> Iterator[Row]:
    """A page as lines of at most so many cells."""
    for number, block in enumerate(page):
        match block:
            case Caption(title):
                if number:
                    yield []
                yield fitted(Span(title, "title"), width, skin)
            case Line(cell, indent):
                for row in folded(cell, width - indent, unicode=skin.unicode):
                    yield [Span(" " * indent), *row] if indent else row
            case Facts(rows):
                yield from _facts(rows, width, skin)
            case Grid():
                yield from _grid(block, width, skin)
            case _:
                assert_never(block)


def _facts(rows: Sequence[tuple[str, Cell]], width: int, skin: Skin) -> Iterator[Row]:
    names = max((len(name) for name, _ in rows), default=0)
    for name, cell in rows:
        lines = folded(cell, max(width - names - GAP, NARROW), unicode=skin.unicode)
        for number, line in enumerate(lines):
            label = "" if number else name
            yield [*fitted(Span(label, "quiet"), names + GAP, skin), *line]


def _grid(grid: Grid, width: int, skin: Skin) -> Iterator[Row]:
    sizes = _sizes(grid, width, skin)
    titles = [Span(column.title, "quiet") for column in grid.columns]
    if any(span.text for span in titles):
        yield from _line(grid, titles, sizes, skin)
    for row in grid.rows:
        yield from _line(grid, row, sizes, skin)


def _sizes(grid: Grid, width: int, skin: Skin) -> list[int]:
    """What each column needs; those that give way share what the others leave."""
    needs = [
        max(
            (width_of(visible(cell, unicode=skin.unicode)) for cell in cells),
            default=0,
        )
        for cells in zip(
            *([column.title for column in grid.columns], *grid.rows), strict=True
        )
    ]
    over = sum(needs) + GAP * (len(needs) - 1) - width
    while over > 0:
        ways = [at for at, column in enumerate(grid.columns) if column.wraps]
        widest = max(ways, key=lambda at: needs[at], default=None)
        if widest is None or needs[widest] <= NARROW:
            break
        needs[widest] -= 1
        over -= 1
    return needs


def _line(
    grid: Grid, cells: Sequence[Cell], sizes: Sequence[int], skin: Skin
) -> Iterator[Row]:
    """One row of a table, on as many lines as its longest cell."""
    columns = [
        list(folded(cell, size, unicode=skin.unicode))
        if column.wraps and size
        else [fitted(cell, size, skin, right=column.right)]
        for column, cell, size in zip(grid.columns, cells, sizes, strict=True)
    ]
    for number in range(max(map(len, columns))):
        row: list[Span] = []
        for lines, size in zip(columns, sizes, strict=True):
            if row:
                row.append(Span(" " * GAP))
            part = lines[number] if number < len(lines) else []
            row += [*part, Span(" " * max(size - width_of(part), 0))]
        yield row
