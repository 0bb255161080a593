"""The one way of text onto the screen: made visible, cut or folded to its cells, styled by role."""

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, get_character_cell_size, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.pages.page import Cell, Span, spans
from console.safe import pieces
from console.theme import Skin

Row = Sequence[Span]
"""One line of a screen."""

ESCAPED = "^"
"""Ends the style of a piece that stands for a character which cannot be shown."""

_MOST = 4
"""Characters looked at per cell: what combines with its neighbour takes no cell of its own."""


def visible(cell: Cell, *, unicode: bool) -> tuple[Span, ...]:
    """The cell with nothing left in it that a terminal would obey."""
    found = []
    for span in spans(cell):
        for text, escaped in pieces(span.text, unicode=unicode):
            found.append(Span(text, span.style + ESCAPED * escaped))
    return tuple(found)


def width_of(row: Row) -> int:
    """Cells that visible text takes."""
    return sum(cell_len(span.text) for span in row)


def fitted(cell: Cell, width: int, skin: Skin, *, right: bool = False) -> list[Span]:
    """The cell in exactly so many cells: cut with an ellipsis, or filled with blanks."""
    shown, left = _cut(_shortened(cell, width), width, skin)
    blank = [Span(" " * left)] if left else []
    return blank + shown if right else shown + blank


def ended(cell: Cell, width: int, skin: Skin, *, right: bool = False) -> list[Span]:
    """The same, but cut at its beginning: of a path or a key the end tells more."""
    most = (width + 1) * _MOST
    shown = visible(tuple(Span(s.text[-most:], s.style) for s in spans(cell)), unicode=True)
    if width < 1 or width_of(shown) <= width:
        return fitted(cell, width, skin, right=right)
    kept: list[Span] = []
    left = width - 1
    for span in reversed(visible(shown, unicode=skin.unicode)):
        text = span.text
        while text and cell_len(text) > left:
            text = text[1:]
        kept.insert(0, Span(text, span.style))
        left -= cell_len(text)
        if text != span.text:
            break
    return [Span(skin.glyph("…", "~"), "quiet"), *kept, Span(" " * left)]


def _shortened(cell: Cell, width: int) -> Cell:
    """What can be seen at most: the rest of a megabyte is not looked at."""
    most = (width + 1) * _MOST
    return tuple(Span(span.text[:most], span.style) for span in spans(cell))


def _cut(cell: Cell, width: int, skin: Skin) -> tuple[list[Span], int]:
    row = visible(cell, unicode=skin.unicode)
    size = width_of(row)
    if size <= width:
        return list(row), width - size
    dots = skin.glyph("…", "~")
    shown, left = [], width - 1
    for span in row:
        size = cell_len(span.text)
        if size > left:
            shown.append(Span(set_cell_size(span.text, left), span.style))
            break
        shown.append(span)
        left -= size
    return [*shown, Span(dots, "quiet")] if width > 0 else [], 0


def folded(cell: Cell, width: int, *, unicode: bool) -> Iterator[list[Span]]:
    """The cell on as many lines as it needs, broken between words where there are any."""
    line: list[tuple[str, str]] = []
    used = 0
    for char, style, size in _chars(visible(cell, unicode=unicode)):
        if used + size > width:
            line, rest = _broken(line, blank=char == " ")
            yield _joined(line)
            line, used = rest, sum(get_character_cell_size(each) for each, _ in rest)
            if char == " " and not line:
                continue
        line.append((char, style))
        used += size
    yield _joined(line)


def _chars(row: Row) -> Iterator[tuple[str, str, int]]:
    for span in row:
        for char in span.text:
            yield char, span.style, get_character_cell_size(char)


Chars = list[tuple[str, str]]


def _broken(line: Chars, *, blank: bool) -> tuple[Chars, Chars]:
    """The line up to its last blank, and the word it was broken in."""
    plus = _last_plus(line)
    if plus is not None:
        return line[:plus], line[plus + 1 :]
    if blank:
        return line, []
    last = next((at for at in range(len(line) - 1, 0, -1) if line[at][0] == " "), None)
    # A word that long, such as a path, is broken where the line ends.
    if last is None or last < len(line) // 2:
        return line, []
    return line[:last], line[last + 1 :]


def _last_plus(line: Chars) -> int | None:
    """The blank before the last `+` of a sum: its parts stay whole."""
    text = "".join(char for char, _ in line)
    at = text.rfind(" + ") if len(text) == len(line) else -1
    return at if at > len(line) // 2 else None


def _joined(line: Chars) -> list[Span]:
    row: list[Span] = []
    for char, style in line:
        if row and row[-1].style == style:
            row[-1] = Span(row[-1].text + char, style)
        else:
            row.append(Span(char, style))
    return row


def strip(row: Iterable[Span], width: int, skin: Skin, over: Style | None = None) -> Strip:
    """A row as Textual draws it, so many cells wide; `over` lies on every style."""
    cells = tuple(row)
    segments = [Segment(span.text, _style(span.style, skin, over)) for span in cells]
    used = width_of(cells)
    made = Strip(segments, used).simplify()
    blank = _style("", skin, over)
    return made.crop(0, width) if used > width else made.extend_cell_length(width, blank)


def _style(word: str, skin: Skin, over: Style | None) -> Style:
    style = skin.styles[word.rstrip(ESCAPED)]
    if word.endswith(ESCAPED):
        style += skin.escape
    return style + over if over else style
