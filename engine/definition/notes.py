"""Notes that fields of our own shapes carry, beside those of `domain.units`, and what they say."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a value, as the end of a sentence that starts with its key."""

    sentence: str
    hint: str | None = None


class Misfit(ValueError):
    """Keys of one block that do not go together; `at` leads to the one to blame."""

    def __init__(self, sentence: str, *at: str, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.at = at
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Checked:
    """A text that must pass a check; `schema` says the same to editors, as far as it can."""

    check: Callable[[str], Flaw | None]
    schema: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The hint where a mandatory key is missing."""

    text: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A block that is checked by itself, against the adapter it names."""

    role: str
