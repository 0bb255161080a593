"""The bytes of one Batch of a file, and its records' own text, read again when asked for."""

import os
from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from engine.adapters.file import document
from engine.adapters.file.cutting import split
from engine.adapters.file.delimited import rows_by_place
from engine.adapters.file.finding import is_packed
from engine.adapters.file.identity import unchanged
from engine.adapters.file.layout import Layout
from engine.domain.values import dataclass


class Text(Protocol):
    """Where the bytes of a Batch come from; picklable."""

    def read(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Range(Text):
    """Bytes `start` to `end` of a file that must still be the one of the plan (M5)."""

    path: str
    shown: str
    of: str
    start: int
    end: int

    def read(self) -> bytes:
        """The bytes; raises BatchSyncError where the file changed."""
        with unchanged(self.path, self.shown, self.of) as descriptor:
            return os.pread(descriptor, self.end - self.start, self.start)


@dataclass(frozen=True, slots=True)
class Held(Text):
    """Bytes kept, where reading them again would mean unpacking a file from its front."""

    data: bytes

    def read(self) -> bytes:
        """The bytes."""
        return self.data


class RawLines:
    """The lines of a Batch; a line is a record. They do not travel, but are read again."""

    __slots__ = ("_encoding", "_lines", "_text")

    def __init__(
        self, text: Text, encoding: str, lines: Sequence[bytes] | None = None
    ) -> None:
        self._text = text
        self._encoding = encoding
        self._lines = lines

    def at(self, place: int) -> bytes:
        """The line at this place, as UTF-8."""
        if self._lines is None:
            self._lines = split(self._text.read(), b"\n")
        line = self._lines[place].strip()
        return line if self._encoding == "utf-8" else line.decode(self._encoding).encode()

    def __reduce__(self) -> tuple[Any, ...]:
        return (RawLines, (self._text, self._encoding))


class RawTable:
    """The records of a Batch of CSV, as JSON objects."""

    __slots__ = ("_layout", "_rows", "_text")

    def __init__(self, text: Text, layout: Layout) -> None:
        self._text = text
        self._layout = layout
        self._rows: dict[int, dict[str, str]] | None = None

    def at(self, place: int) -> bytes:
        """The record at this place."""
        if self._rows is None:
            self._rows = rows_by_place(self._text.read(), self._layout)
        return msgspec.json.encode(self._rows[place])

    def __reduce__(self) -> tuple[Any, ...]:
        return (RawTable, (self._text, self._layout))


@dataclass(frozen=True, slots=True)
class RawItems:
    """Items of a JSON document, from number `start` on."""

    path: str
    shown: str
    of: str
    start: int
    encoding: str

    def at(self, place: int) -> bytes:
        """The item at this place."""
        return self.items(self.start + place + 1)[place]

    def items(self, end: int) -> list[bytes]:
        """The items up to number `end`; raises BatchSyncError where the file changed."""
        with unchanged(self.path, self.shown, self.of):
            kept = document.load(
                self.path, of=self.of, packed=is_packed(self.path), encoding=self.encoding
            )
        return kept.slice(self.start, end)
