"""A question before something is done: what, how many, why; it begins on Cancel."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from console.deck import Deck
from console.format import count
from console.keys import BACK, Action, bindings
from console.pages.page import Block, Line, Span
from console.widgets.entry import Entry
from console.widgets.note import Note
from console.widgets.pick import Pick
from engine.domain.values import dataclass

MANY = 100
"""More than so many records: the number is typed."""

NEXT = Action("app.focus_next", "down,tab", "next", "the next field", loud=False)
BEFORE = Action(
    "app.focus_previous", "up,shift+tab", "before", "the one before", loud=False
)
LEFT = Action("app.focus_previous", "left", "left", "the choice before", loud=False)
RIGHT = Action("app.focus_next", "right", "right", "the next choice", loud=False)


@dataclass(frozen=True, slots=True)
class Blank:
    """A line to fill in: what it is called, what stands there, and what is meant."""

    name: str
    value: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a dialog asks: a title, what would happen, the word that does it.

    `number` is to be typed where it is more than a hundred; without `reason` none is asked for.
    What only tells something (`asks` false) has nothing to cancel. It begins on the first of
    `blanks`, where there are any.
    """

    title: str
    verb: str
    page: Sequence[Block] = ()
    number: int = 0
    reason: bool = True
    danger: bool = True
    other: str | None = None
    asks: bool = True
    blanks: Sequence[Blank] = ()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """It is to be done: why, whether in the other way that was offered, what was filled in."""

    reason: str
    other: bool = False
    filled: tuple[str, ...] = ()


class Dialog(ModalScreen[Confirmed | None]):
    """Comes back with what was confirmed, or with None where nothing is to be done."""

    CSS_PATH: ClassVar[Any] = Path(__file__).with_suffix(".tcss")
    AUTO_FOCUS = "#picks Pick"
    BINDINGS = bindings(NEXT, BEFORE, LEFT, RIGHT, BACK)

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self.asked = asked

    def compose(self) -> ComposeResult:
        """From top to bottom: what, why, and the choice."""
        asked = self.asked
        title = Line(Span(asked.title, "bad" if asked.danger else "title"))
        with Vertical(id="panel"):
            yield Note([title, *asked.page], id="said")
            for place, blank in enumerate(asked.blanks):
                with Horizontal(classes="blank"):
                    yield Note([Line(Span(blank.name, "quiet"))])
                    yield Entry(id=f"blank-{place}", placeholder=blank.hint)
            if asked.number > MANY:
                yield Entry(id="number", placeholder=f"type {asked.number} to confirm")
            if asked.reason:
                yield Entry(id="reason", placeholder="why; kept in the audit")
            with Horizontal(id="picks"):
                if asked.asks:
                    yield Pick("Cancel", typed=self._type, id="cancel")
                style = "bad" if asked.danger else "key"
                yield Pick(asked.verb, typed=self._type, style=style, id="do")
                if asked.other:
                    yield Pick(asked.other, typed=self._type, id="other")

    def on_mount(self) -> None:
        """What is known already stands in its line, with the cursor behind it."""
        for blank, entry in zip(self.asked.blanks, self._blanks(), strict=True):
            entry.value = blank.value
            entry.cursor_position = len(blank.value)
        for first in self._blanks()[:1]:
            first.focus()

    def _blanks(self) -> list[Entry]:
        return list(self.query(".blank Entry").results(Entry))

    @on(Pick.Pressed)
    def _pressed(self, message: Pick.Pressed) -> None:
        if message.pick.id == "cancel":
            self.action_back()
        else:
            self._do(other=message.pick.id == "other")

    def _type(self, character: str) -> bool:
        """Whoever types on a word means the reason, or with digits the number."""
        numbers = self.query("#number") if character.isdigit() else ()
        for entry in (*numbers, *self.query("#reason")):
            if isinstance(entry, Entry):
                entry.insert_text_at_cursor(character)
                self.set_focus(entry)
                return True
        return False

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        """On to what is asked next; whoever has said why means to do it, with one more Enter."""
        if event.input.id == "reason":
            self.query_one("#do", Pick).focus()
        else:
            self.focus_next()

    def _do(self, *, other: bool) -> None:
        asked, problem = self.asked, None
        reason = self.query_one("#reason", Entry).value.strip() if asked.reason else "-"
        if asked.number > MANY:
            typed = self.query_one("#number", Entry).value.strip().replace(",", "")
            if typed != str(asked.number):
                problem = f"Type {count(asked.number)} to confirm, or cancel."
                self.query_one("#number", Entry).focus()
        if problem is None and not reason:
            problem = "Say why in a few words; the audit keeps it."
            self.query_one("#reason", Entry).focus()
        if problem is None:
            filled = tuple(entry.value.strip() for entry in self._blanks())
            self.dismiss(Confirmed(reason, other, filled))
            return
        self.query_one("#said", Note).tell(
            [Line(Span(asked.title, "title")), *asked.page, Line(Span(problem, "bad"))]
        )

    def action_back(self) -> None:
        """Escape is Cancel; where something would have been done, that it was not is said."""
        if self.asked.reason:
            self.deck.say("cancelled: nothing was done")
        self.dismiss(None)

    @property
    def deck(self) -> Deck:
        """The app."""
        return cast("Deck", self.app)
