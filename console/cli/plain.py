"""A page as plain aligned lines, for pipes and files: no ANSI, nothing wrapped, nothing cut."""

from collections.abc import Iterator, Sequence
from typing import assert_never
from unicodedata import combining, east_asian_width

from console.medium import Medium
from console.pages.page import Block, Caption, Cell, Facts, Grid, Line, Page, spans
from console.safe import safe

GAP = "  "


def lines(page: Page, medium: Medium) -> Iterator[str]:
    """The page, line by line."""
    for block in page:
        for line in _drawn(block, medium):
            yield line.rstrip()


def width(text: str) -> int:
    """How many columns a safe text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
        for char in text
    )


def _drawn(block: Block, medium: Medium) -> Iterator[str]:
    match block:
        case Caption(text):
            yield ""
            yield _text(text, medium)
        case Line(text, indent):
            yield " " * indent + _text(text, medium)
        case Facts(rows):
            yield from _facts(rows, medium)
        case Grid():
            yield from _grid(block, medium)
        case _:
            assert_never(block)


def _text(cell: Cell, medium: Medium) -> str:
    return "".join(safe(span.text, unicode=medium.unicode) for span in spans(cell))


def _facts(rows: Sequence[tuple[str, Cell]], medium: Medium) -> Iterator[str]:
    names = [_text(name, medium) for name, _ in rows]
    widest = max(map(width, names), default=0)
    for name, (_, cell) in zip(names, rows, strict=True):
        yield _padded(name, widest, right=False) + GAP + _text(cell, medium)


def _grid(grid: Grid, medium: Medium) -> Iterator[str]:
    titles = [_text(column.title, medium) for column in grid.columns]
    table = [titles, *([_text(cell, medium) for cell in row] for row in grid.rows)]
    widths = [max(map(width, texts)) for texts in zip(*table, strict=True)]
    rights = [column.right for column in grid.columns]
    for row in table:
        cells = zip(row, widths, rights, strict=True)
        yield GAP.join(_padded(text, size, right=right) for text, size, right in cells)


def _padded(text: str, size: int, *, right: bool) -> str:
    room = " " * (size - width(text))
    return room + text if right else text + room
