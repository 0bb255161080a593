"""Lines of text with a cursor: what every list and every page of the console is."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from console.deck import Deck
from console.ink import Row, strip
from console.keys import MOVES, OPEN, bindings
from console.messages import Chosen, Moved
from console.pages.page import Span
from console.theme import Skin

WHEEL = 3


class Lines(Widget, can_focus=True):
    """A window onto lines of which some can be chosen.

    The window jumps by half its height where the cursor leaves it: on a slow line, one line drawn
    is a thousand times less than all of them.
    """

    DEFAULT_CSS = "Lines { height: 1fr; width: 1fr; }"
    BINDINGS = bindings(*MOVES, OPEN)
    heading_rows: ClassVar[int] = 0

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.top = 0
        self.at = 0
        self._none = ""

    # What a kind of lines says of itself

    def count(self) -> int:
        """How many lines there are."""
        return 0

    def line(self, index: int, width: int) -> Row:
        """One line."""
        del index, width
        return []

    def target(self, index: int) -> Any:
        """What opening this line opens; None: it cannot be chosen."""
        return index

    def heading(self, width: int) -> Sequence[Row]:
        """Lines above the window that stay."""
        del width
        return ()

    def marked(self, index: int) -> bool:
        """Whether the line was marked."""
        del index
        return False

    def window_moved(self) -> None:
        """Other lines may be in the window now."""

    def say_none(self, text: str) -> None:
        """What stands there while there are no lines."""
        if text != self._none:
            self._none = text
            self.refresh()

    # The window

    @property
    def skin(self) -> Skin:
        """How roles look."""
        return cast("Deck", self.app).skin

    @property
    def height(self) -> int:
        """Lines of the window."""
        return max(self.size.height - self.heading_rows, 1)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.size.width
        if y < self.heading_rows:
            rows = self.heading(width)
            row = rows[y] if y < len(rows) else []
            return strip(row, width, self.skin, self.skin.bar)
        index = self.top + y - self.heading_rows
        if index == 1 and not self.count():
            return strip([Span(f"  {self._none}", "quiet")], width, self.skin)
        if index >= self.count():
            return strip([], width, self.skin)
        return strip(self.line(index, width), width, self.skin, self._over(index))

    def _over(self, index: int) -> Any:
        if index == self.at and self.target(index) is not None:
            return self.skin.cursor if self.has_focus else self.skin.resting
        return self.skin.mark if self.marked(index) else None

    def redraw_line(self, index: int) -> None:
        """Draw one line again, if it is in the window."""
        y = index - self.top
        if 0 <= y < self.height:
            self.refresh(Region(0, y + self.heading_rows, self.size.width, 1))

    def settle(self) -> None:
        """Keep window and cursor on lines that exist."""
        last = max(self.count() - 1, 0)
        self.at = min(max(self.at, 0), last)
        self.top = min(max(self.top, 0), max(self.count() - self.height, 0))

    def on_focus(self) -> None:
        """The cursor looks another way."""
        self.redraw_line(self.at)

    def on_blur(self) -> None:
        """The cursor looks another way."""
        self.redraw_line(self.at)

    def on_resize(self) -> None:
        """Other lines fit."""
        self.settle()
        self._follow()
        self.window_moved()

    # The cursor

    def move(self, to: int) -> None:
        """Put the cursor on the nearest line that can be chosen, in that direction."""
        step = 1 if to >= self.at else -1
        index = self._choosable(to, step)
        if index is None:
            self._scroll(step * max(abs(to - self.at), 1))
            return
        before, self.at = self.at, index
        top = self.top
        self._follow()
        if step < 0 and self._choosable(index - 1, -1) is None:
            # What stands above the first line that can be chosen is read as well.
            self.top = max(index - self.height + 1, 0)
        elif step > 0 and self._choosable(index + 1, 1) in (None, index):
            # And what stands below the last one.
            self.top = max(self.top, min(self.count() - self.height, index))
        if self.top == top:
            self.redraw_line(before)
            self.redraw_line(index)
        else:
            self.refresh()
            self.window_moved()
        self.post_message(Moved(self.id, self.target(index)))

    def _choosable(self, start: int, step: int) -> int | None:
        index = min(max(start, 0), self.count() - 1)
        while 0 <= index < self.count():
            if self.target(index) is not None:
                return index
            index += step
        return None

    def _follow(self) -> None:
        half = max(self.height // 2, 1)
        if self.at < self.top:
            self.top = max(self.at - half + 1, 0) if self.top - self.at <= 1 else self.at
        elif self.at >= self.top + self.height:
            near = self.at - (self.top + self.height) < 1
            self.top = self.at - half if near else self.at - self.height + 1
        self.top = min(self.top, max(self.count() - self.height, 0))

    def _scroll(self, lines: int) -> None:
        top = min(max(self.top + lines, 0), max(self.count() - self.height, 0))
        if top != self.top:
            self.top = top
            self.refresh()
            self.window_moved()

    def action_up(self) -> None:
        """One up."""
        self.move(self.at - 1)

    def action_down(self) -> None:
        """One down."""
        self.move(self.at + 1)

    def action_page_up(self) -> None:
        """A page up."""
        self.move(self.at - self.height)

    def action_page_down(self) -> None:
        """A page down."""
        self.move(self.at + self.height)

    def action_first(self) -> None:
        """To the top."""
        self.move(0)

    def action_last(self) -> None:
        """To the bottom."""
        self.move(self.count() - 1)

    def action_open(self) -> None:
        """Open the line under the cursor."""
        if self.at < self.count() and self.target(self.at) is not None:
            self.post_message(Chosen(self.id, self.target(self.at)))

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves the window, not the cursor."""
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves the window, not the cursor."""
        self._scroll(-WHEEL)

    def on_click(self, event: events.Click) -> None:
        """The first click chooses a line, the next opens it."""
        index = self.top + event.y - self.heading_rows
        if event.y < self.heading_rows or index >= self.count():
            return
        if index == self.at:
            self.action_open()
        else:
            self.move(index)
