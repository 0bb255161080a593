"""A place with values that are typed, one at a time, on a line of their own."""

from pathlib import Path
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from console.places import To
from console.screens.place import Place
from console.widgets.entry import Entry
from console.widgets.paper import Paper


class Valued(Place):
    """One page of named values; Enter on one of them opens the line."""

    CSS_PATH: ClassVar[Any] = [Place.CSS_PATH, Path(__file__).with_name("edit.tcss")]
    AUTO_FOCUS = "Paper"
    filters = False

    def __init__(self, to: To) -> None:
        super().__init__(to)
        self._valued: Any = None
        self._hint = ""

    def body(self) -> ComposeResult:
        """The page, and the line below it."""
        yield Paper(id="page")
        yield Entry(id="value")

    def begin(self, what: Any, text: str, hint: str) -> None:
        """Type a value of this."""
        self._valued = what
        self._hint = hint
        entry = self.query_one("#value", Entry)
        entry.placeholder, entry.value = hint, text
        self.add_class("valuing")
        entry.focus()
        self.look()

    def hint(self) -> str:
        """What is to be typed now, if anything is."""
        return self._hint if self.has_class("valuing") else ""

    def typed(self, what: Any, text: str) -> None:
        """It was typed."""

    @on(Input.Submitted, "#value")
    def _submitted(self, event: Input.Submitted) -> None:
        self._end()
        self.typed(self._valued, event.value)

    def _end(self) -> None:
        self.remove_class("valuing")
        self.query_one(Paper).focus()
        self.look()

    def step_back(self) -> bool:
        """Leave the line without changing anything."""
        if self.has_class("valuing"):
            self._end()
            return True
        return super().step_back()
