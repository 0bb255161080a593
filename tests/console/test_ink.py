"""Text cut and folded to cells, whatever it is made of."""

import re

from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.ink import fitted, folded, strip, width_of
from console.pages.page import Span
from console.theme import PALETTES, skin_of
from console.thin import Shown
from tests.console.test_hostile_screens import raw_characters

SKIN = skin_of(PALETTES["night"], hue=True, unicode=True)
PLAIN = skin_of(PALETTES["night"], hue=False, unicode=False)
TEXT = st.text(st.characters(), max_size=60)


@given(TEXT, st.integers(1, 40))
def test_a_cell_is_exactly_as_wide_as_its_column(text: str, width: int) -> None:
    for skin in (SKIN, PLAIN):
        row = fitted(Span(text, "bad"), width, skin)

        assert width_of(row) == width
        assert raw_characters("".join(span.text for span in row)) == set()


@given(TEXT, st.integers(2, 40))
def test_a_folded_text_loses_nothing_but_blanks(text: str, width: int) -> None:
    rows = list(folded(text, width, unicode=False))
    said = "".join(span.text for row in rows for span in row)

    assert all(width_of(row) <= width for row in rows)
    whole = "".join(span.text for span in next(iter(folded(text, 10_000, unicode=False))))
    assert said.replace(" ", "") == whole.replace(" ", "")


@given(TEXT, st.integers(1, 50))
def test_a_line_is_exactly_as_wide_as_the_screen(text: str, width: int) -> None:
    row = fitted(text, width + 5, SKIN)

    assert strip(row, width, SKIN).cell_length == width


class Screen:
    """A terminal as small as what `thin` writes: places, styles and characters."""

    def __init__(self, width: int, height: int) -> None:
        self.cells = [[" "] * width for _ in range(height)]

    def take(self, text: str) -> None:
        """Obey it."""
        x = y = 0
        for place, char in re.findall(r"\x1b\[([\d;]*[Hm])|(.)", text, re.DOTALL):
            if place.endswith("H"):
                y, x = (int(part) - 1 for part in place[:-1].split(";"))
            elif char:
                self.cells[y][x] = char
                x += 1

    def lines(self) -> list[str]:
        """What it shows."""
        return ["".join(row) for row in self.cells]


LINES = st.lists(st.text("ab─●", min_size=12, max_size=12), min_size=3, max_size=3)


@given(st.lists(LINES, min_size=1, max_size=6), st.booleans())
def test_only_differences_are_written_and_they_suffice(
    frames: list[list[str]],
    bold: bool,  # noqa: FBT001 - an example's value
) -> None:
    screen, shown = Screen(12, 3), Shown()
    for number, frame in enumerate(frames):
        style = Style(bold=bold and number % 2 == 0)
        strips = [Strip([Segment(line, style)]) for line in frame]
        screen.take(shown.frame(strips, ColorSystem.TRUECOLOR)._text)

        assert screen.lines() == frame


def test_a_frame_that_shows_nothing_new_costs_nothing() -> None:
    shown, strips = Shown(), [Strip([Segment("the same", Style(bold=True))])]
    first = shown.frame(strips, ColorSystem.TRUECOLOR)._text
    again = shown.frame([Strip(list(strips[0]))], ColorSystem.TRUECOLOR)._text

    assert "the same" in first
    assert again == ""


def test_one_digit_costs_one_digit() -> None:
    shown = Shown()
    shown.frame([Strip([Segment("fetched 12,345 written 12,345")])], None)
    changed = shown.frame([Strip([Segment("fetched 12,346 written 12,345")])], None)

    assert changed._text == "\x1b[1;14H6"
