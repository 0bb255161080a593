"""What is changed of a record while it is edited, before it is kept (I2)."""

import json
from dataclasses import field
from typing import Any

from engine.domain import places
from engine.domain.diff import leaves as paths_of
from engine.domain.inbox import Edit
from engine.domain.values import dataclass


@dataclass
class Draft:
    """What was changed so far; `whole` takes the place of what was no JSON object."""

    changes: dict[str, Any] = field(default_factory=dict)
    remove: set[str] = field(default_factory=set)
    whole: dict[str, Any] | None = None

    def edit(self) -> Edit:
        """As the engine takes it."""
        if self.whole is not None:
            return Edit(document=json.dumps(self.whole, default=str).encode())
        return Edit(dict(self.changes), tuple(sorted(self.remove)), onto=True)

    @property
    def number(self) -> int:
        """Fields that change."""
        return len(self.changes) + len(self.remove) + len(self.whole or ())

    def over(self, document: Any) -> Any:
        """The document as it will be. Raises Misused where a path leads nowhere."""
        if self.whole is not None:
            document = self.whole
        return places.changed(document, self.changes, tuple(sorted(self.remove)))

    def __bool__(self) -> bool:
        return bool(self.changes or self.remove or self.whole)


@dataclass(frozen=True)
class Unread:
    """What came back from the editor and is no record: the text, and what is wrong with it."""

    text: str
    problem: str
    why: str = ""

    @property
    def remark(self) -> str:
        """The line above the text that says what is wrong with it."""
        return f"{REMARK} {self.problem}{f': {self.why}' if self.why else ''}"


def same(old: object, new: object) -> bool:
    """Whether it is the same value of the same type."""
    return type(old) is type(new) and old == new


def difference(before: Any, after: Any) -> Draft:
    """The paths that differ."""
    old, new = dict(paths_of(before)), dict(paths_of(after))
    changes = {
        path: value
        for path, value in new.items()
        if path not in old or not same(old[path], value)
    }
    gone = {path for path in old if path not in new and not _covered(path, changes)}
    return Draft(changes, gone)


def _covered(path: str, changes: dict[str, Any]) -> bool:
    return any(path.startswith((f"{each}.", f"{each}[")) for each in changes)


REMARK = "//"
"""Begins the lines above a text that could not be read, which say why."""


def without_remarks(text: str) -> str:
    """The text behind the lines that say what was wrong with it."""
    lines = text.split("\n")
    while lines and lines[0].startswith(REMARK):
        lines.pop(0)
    return "\n".join(lines)
