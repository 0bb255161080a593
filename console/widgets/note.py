"""A few lines of a dialog, as high as they need to be."""

from collections.abc import Sequence
from typing import cast

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from console.deck import Deck
from console.ink import strip
from console.layout import laid_out
from console.pages.page import Block


class Note(Widget):
    """Blocks on the ground of a bar."""

    DEFAULT_CSS = "Note { height: auto; width: 1fr; }"

    def __init__(self, page: Sequence[Block] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._page = page

    def tell(self, page: Sequence[Block]) -> None:
        """Say this instead."""
        self._page = page
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the page has at that width."""
        del container, viewport
        skin = cast("Deck", self.app).skin
        return max(sum(1 for _ in laid_out(self._page, max(width, 1), skin)), 1)

    def render_line(self, y: int) -> Strip:
        """One of them."""
        skin, width = cast("Deck", self.app).skin, self.size.width
        rows = list(laid_out(self._page, max(width, 1), skin))
        return strip(rows[y] if y < len(rows) else [], width, skin, skin.bar)
