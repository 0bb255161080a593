"""A page on a terminal: Rich's tables and colours, and escapes from data shown reversed."""

from collections.abc import Sequence
from typing import TextIO, assert_never

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from console.medium import Medium
from console.pages.page import Block, Caption, Cell, Facts, Grid, Line, Page, Span, spans
from console.safe import pieces

STYLES = {
    "": "",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "busy": "cyan",
    "quiet": "dim",
    "strong": "bold",
}


def console(stream: TextIO, medium: Medium) -> Console:
    """A Rich console that takes nothing in data for markup, emoji names or something to colour."""
    return Console(
        file=stream,
        force_terminal=True,
        no_color=not medium.hue,
        width=medium.width,
        markup=False,
        emoji=False,
        highlight=False,
        safe_box=True,
    )


def paint(page: Page, stream: TextIO, medium: Medium) -> None:
    """Draw the page."""
    out = console(stream, medium)
    for block in page:
        out.print(_drawn(block, medium))


def text(cell: Cell, medium: Medium) -> Text:
    """A cell as Rich text: literal, safe, styled."""
    whole = Text(overflow="fold")
    for span in spans(cell):
        style = STYLES[span.style]
        for part, escaped in pieces(span.text, unicode=medium.unicode):
            whole.append(part, f"{style} reverse".strip() if escaped else style or None)
    return whole


def _drawn(block: Block, medium: Medium) -> RenderableType:
    match block:
        case Caption(title):
            return Padding(text(Span(title, "strong"), medium), (1, 0, 0, 0))
        case Line(cell, indent):
            return Padding(text(cell, medium), (0, 0, 0, indent))
        case Facts(rows):
            return _facts(rows, medium)
        case Grid():
            return _grid(block, medium)
        case _:
            assert_never(block)


def _facts(rows: Sequence[tuple[str, Cell]], medium: Medium) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, cell in rows:
        table.add_row(text(name, medium), text(cell, medium))
    return table


def _grid(grid: Grid, medium: Medium) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for column in grid.columns:
        table.add_column(
            text(column.title, medium),
            justify="right" if column.right else "left",
            no_wrap=not column.wraps,
            overflow="fold" if column.wraps else "ellipsis",
        )
    for row in grid.rows:
        table.add_row(*(text(cell, medium) for cell in row))
    return table
