"""What threads and widgets tell the screens; only handlers touch widgets."""

from dataclasses import dataclass
from typing import Any

from textual.message import Message

from console.refresh import Answer


@dataclass
class Seen(Message, bubble=False):
    """The page's own question was answered, for the visit of that number."""

    answer: Answer
    visit: int


@dataclass
class Heard(Message, bubble=False):
    """Something asked beside the page was answered: `subject` says what was asked."""

    subject: Any
    answer: Answer


@dataclass
class Chosen(Message):
    """A line was opened: with Enter, or by a click."""

    list_id: str | None
    target: Any


@dataclass
class Moved(Message):
    """The cursor stands on another line."""

    list_id: str | None
    target: Any


@dataclass
class Wanted(Message):
    """A long list would like to have these lines, the last not included."""

    list_id: str | None
    first: int
    last: int
