"""Personal data hidden by field patterns, for screens and exports; never for storage."""

import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from engine.domain.values import dataclass

MASK = "***"

SHORT = 4
"""Shorter values are hidden in a text only where they stand alone: a '1' is part of many."""

CUT = 59
"""Characters of a long value that every message about it shows at least."""

_INDEX = re.compile(r"\[\d+\]")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|«[^»]*»|(?<=\)=)\([^)]*\)")
_WORD = re.compile(r"[\w.\[\]-]+")


@dataclass(frozen=True, slots=True)
class Privacy:
    """What a Link calls personal: patterns of field paths; and the fields of its key."""

    patterns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()

    @property
    def hides_key(self) -> bool:
        """Whether a pattern names a field of the key; else a record is found by it."""
        return any(self.names(field) for field in self.key)

    def names(self, path: str) -> bool:
        """Whether this path, or what it lies in, is personal; `lines[0].email` is `lines.email`."""
        steps = _INDEX.sub("", path).split(".")
        return any(
            _matches(".".join(steps[: end + 1]), self.patterns) for end in range(len(steps))
        )

    def document(self, document: object) -> Any:
        """The document with its personal values hidden.

        Null and blank hide nobody and stay. Text in place of a document is hidden whole: nothing
        tells its fields apart.
        """
        if isinstance(document, str) and self.patterns:
            return hidden(document)
        return _masked(document, self.patterns)

    def values(self, document: object) -> frozenset[str]:
        """The personal values of a document, as a message would quote them."""
        return frozenset(_texts(_personal(document, self.patterns)))

    def text(
        self, said: str, *, field: str | None = None, values: Collection[str] = ()
    ) -> str:
        """The sentence without personal values.

        Known values are hidden wherever they stand, and all that is quoted where the sentence is
        about a personal field: its own `field`, or one that it names.
        """
        if not self.patterns:
            return said
        if (field and self.names(field)) or self._names_one(said):
            said = without_quotes(said)
        for value in sorted(values, key=len, reverse=True):
            said = _without(said, value)
        return said

    def _names_one(self, said: str) -> bool:
        words = _WORD.findall(_QUOTED.sub(" ", said))
        return any(self.names(word.rstrip(".")) for word in words)


def without_quotes(said: str) -> str:
    """The sentence with all that it quotes hidden."""
    return _QUOTED.sub(f"'{MASK}'", said)


def _masked(document: object, patterns: Sequence[str], path: str = "") -> Any:
    if path and _matches(path, patterns):
        return hidden(document)
    if isinstance(document, dict):
        return {
            name: _masked(value, patterns, f"{path}.{name}" if path else str(name))
            for name, value in document.items()
        }
    if isinstance(document, list):
        return [_masked(value, patterns, path) for value in document]
    return document


def hidden(value: object) -> object:
    """The mask; but null and blank as they are."""
    blank = value is None or (isinstance(value, str) and not value.strip())
    return value if blank else MASK


def _personal(document: object, patterns: Sequence[str], path: str = "") -> Iterator[Any]:
    if path and _matches(path, patterns):
        yield document
    elif isinstance(document, dict):
        for name, value in document.items():
            yield from _personal(value, patterns, f"{path}.{name}" if path else str(name))
    elif isinstance(document, list):
        for value in document:
            yield from _personal(value, patterns, path)


def _texts(values: Iterator[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict):
            yield from _texts(iter(value.values()))
        elif isinstance(value, list):
            yield from _texts(iter(value))
        elif value is not None and not isinstance(value, bool):
            text = str(value).strip()
            yield from (part for part in (text, text[:CUT]) if part)


def _without(said: str, value: str) -> str:
    if len(value) >= SHORT:
        return said.replace(value, MASK)
    return re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", MASK, said)


def _matches(path: str, patterns: Sequence[str]) -> bool:
    name = path.rsplit(".", 1)[-1]
    return any(fnmatchcase(path, each) or fnmatchcase(name, each) for each in patterns)
