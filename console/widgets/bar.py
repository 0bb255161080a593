"""One line across the screen: header, notice, footer."""

from collections.abc import Callable
from typing import cast

from textual.strip import Strip
from textual.widget import Widget

from console.deck import Deck
from console.ink import Row, fitted, strip, visible, width_of
from console.pages.page import Cell, Span, spans
from console.theme import Skin

Says = Callable[[Skin, int], tuple[Cell, Cell]]
"""What it says on the left and on the right, in so many cells."""


class Bar(Widget):
    """Left and right text on the bar's ground; the left gives way where both do not fit."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def __init__(self, says: Says, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._says = says
        self._drawn: tuple[Cell, Cell] | None = None

    def look(self) -> None:
        """Draw it again, if it says something else by now."""
        said = self._says(self.skin, self.size.width - 2)
        if said != self._drawn:
            self.refresh()

    @property
    def skin(self) -> Skin:
        """How roles look."""
        return cast("Deck", self.app).skin

    def render_line(self, y: int) -> Strip:
        """The line itself."""
        del y
        self._drawn = left, right = self._says(self.skin, self.size.width - 2)
        skin, width = self.skin, self.size.width
        end: Row = visible(right, unicode=skin.unicode) if spans(right)[0].text else ()
        room = width - width_of(end) - 2 - bool(end)
        if room < width // 3:
            end, room = (), width - 2
        start = fitted(left, max(room, 1), skin)
        return strip(
            [Span(" "), *start, *[Span(" ")] * bool(end), *end, Span(" ")],
            width,
            skin,
            skin.bar,
        )
