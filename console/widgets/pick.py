"""Something to press."""

from collections.abc import Callable
from typing import cast

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from console.deck import Deck
from console.ink import strip, visible, width_of
from console.keys import Action, bindings
from console.pages.page import Span

PRESS = Action("press", "enter", "press", "do it", loud=False)


class Pick(Widget, can_focus=True):
    """A word on the line of a dialog; Enter or a click presses it."""

    DEFAULT_CSS = "Pick { height: 1; width: auto; margin-right: 2; }"
    BINDINGS = bindings(PRESS)

    class Pressed(Message):
        """It was pressed."""

        def __init__(self, pick: "Pick") -> None:
            super().__init__()
            self.pick = pick

    def __init__(
        self,
        label: str,
        *,
        typed: Callable[[str], bool],
        style: str = "",
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.label, self._style, self._typed = label, style, typed

    def post_message(self, message: Message) -> bool:
        """What is typed on it goes where it belongs at once.

        Whoever types ahead has sent the next key before this one would have come out of the queue,
        and found nobody who takes it.
        """
        if isinstance(message, events.Key) and message.is_printable:
            character = message.character
            if character is not None and self._typed(character):
                return True
        return super().post_message(message)

    def get_content_width(self, *_: object) -> int:
        """As wide as its word."""
        return width_of(visible(self.label, unicode=True)) + 4

    def render_line(self, y: int) -> Strip:
        """The word, the chosen one in brackets: colour alone does not tell."""
        del y
        skin = cast("Deck", self.app).skin
        left, right = ("[ ", " ]") if self.has_focus else ("  ", "  ")
        row = visible(Span(f"{left}{self.label}{right}", self._style), unicode=skin.unicode)
        over = skin.cursor if self.has_focus else skin.bar
        return strip(row, self.size.width, skin, over)

    def on_focus(self) -> None:
        """It shows."""
        self.refresh()

    def on_blur(self) -> None:
        """It shows."""
        self.refresh()

    def action_press(self) -> None:
        """Say so."""
        self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """The mouse presses at once."""
        self.focus()
        self.action_press()
