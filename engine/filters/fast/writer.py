"""Python source being written: lines, indents, names for values, locals for fields."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

_NOT_WORD = re.compile(r"[^A-Za-z0-9_]")
_LONGEST = 24


class Writer:
    """Lines of one function, and the globals they need."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self._depth = 0
        self._locals = 0

    def line(self, text: str) -> None:
        """One line at the present indent."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """What follows stands under this line."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def bind(self, name: str, value: object) -> str:
        """A global of that name for a value; numbered where the name is taken by another."""
        chosen, number = name, 1
        while chosen in self.names and self.names[chosen] is not value:
            number += 1
            chosen = f"{name}_{number}"
        self.names[chosen] = value
        return chosen

    def local(self, prefix: str, field: str) -> str:
        """A fresh local whose name tells the field."""
        self._locals += 1
        return f"{prefix}{self._locals}_{_NOT_WORD.sub('', field)[:_LONGEST]}"

    @property
    def source(self) -> str:
        """Everything written."""
        return "\n".join(self.lines) + "\n"

    def made(self, function: str) -> Any:
        """The function of that name, compiled, with its globals."""
        exec(_code(self.source), self.names)
        return self.names[function]


@lru_cache(maxsize=64)
def _code(source: str) -> CodeType:
    """Compiled once for all who write the same: the threads of a run, and its plan before."""
    return compile(source, "<stages>", "exec")
