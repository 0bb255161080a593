"""Frames for a slow line: only the cells that differ from what the terminal already shows."""

from collections.abc import Iterable, Sequence

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from textual._compositor import CompositorUpdate
from textual.strip import Strip

NEAR = 4
"""Equal cells between two that differ which are sent again: a jump costs more than they do."""

Look = tuple[str, str]
"""One cell: its character, with what combines with it, and the codes of its style."""


class Frame(CompositorUpdate):
    """A part of a screen as what is to be written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The same, for whoever asks Rich."""
        del console, options
        yield Segment(self._text)

    def render_segments(self, console: Console) -> str:
        """The codes and characters."""
        del console
        return self._text


class Shown:
    """What the terminal shows, line by line, as far as we wrote it."""

    def __init__(self) -> None:
        self._strips: list[Strip] = []
        self._cells: list[list[Look]] = []

    def forget(self) -> None:
        """The terminal may show anything: the next frame is whole."""
        self._strips, self._cells = [], []

    def frame(self, strips: Sequence[Strip], colours: ColorSystem | None) -> Frame:
        """What must be written to show these lines."""
        if len(strips) != len(self._strips):
            self._strips = [Strip([])] * len(strips)
            self._cells = [[] for _ in strips]
        parts: list[str] = []
        codes = ""
        for y, strip in enumerate(strips):
            if strip == self._strips[y]:
                continue
            cells = _cells(strip, colours)
            for start, end in _spans(self._cells[y], cells):
                parts.append(f"\x1b[{y + 1};{start + 1}H")
                codes = _write(parts, cells[start:end], codes)
            self._strips[y], self._cells[y] = strip, cells
        if codes:
            parts.append("\x1b[0m")
        return Frame("".join(parts))


def _cells(strip: Strip, colours: ColorSystem | None) -> list[Look]:
    cells: list[Look] = []
    for text, style, control in strip:
        if control:
            continue
        codes = ""
        if style is not None and colours is not None:
            codes = style._make_ansi_codes(colours)  # noqa: SLF001 - kept by the style
        for char in text:
            size = get_character_cell_size(char)
            if size == 0 and cells:
                cells[-1] = (cells[-1][0] + char, cells[-1][1])
            elif size:
                cells.append((char, codes))
                # The second half of a wide character is written with the first.
                cells += [("", codes)] * (size - 1)
    return cells


def _spans(old: Sequence[Look], new: Sequence[Look]) -> Iterable[tuple[int, int]]:
    """Where they differ, from whole character to whole character."""
    if len(old) != len(new):
        return [(0, len(new))]
    spans: list[tuple[int, int]] = []
    for at, (before, after) in enumerate(zip(old, new, strict=True)):
        if before == after:
            continue
        if spans and at - spans[-1][1] <= NEAR:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return [_whole(span, old, new) for span in spans]


def _whole(
    span: tuple[int, int], old: Sequence[Look], new: Sequence[Look]
) -> tuple[int, int]:
    start, end = span
    while start and not (old[start][0] and new[start][0]):
        start -= 1
    while end < len(new) and not (old[end][0] and new[end][0]):
        end += 1
    return start, end


def _write(parts: list[str], cells: Sequence[Look], codes: str) -> str:
    """The cells, a style said only where it changes; the codes in force afterwards."""
    for char, wanted in cells:
        if wanted != codes:
            parts.append(f"\x1b[0;{wanted}m" if wanted else "\x1b[0m")
            codes = wanted
        parts.append(char)
    return codes
