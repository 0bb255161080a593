"""The rule `reference`: a value must stand in a column of a file; read again when it changes."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.stage import Rule
from engine.filters.casts import as_text
from engine.filters.encoding import decoded
from engine.filters.refusal import Refusal
from engine.filters.sentences import quoted

Stamp = tuple[int, int, int]


@dataclass(slots=True)
class Reference:
    """The texts in one column of a file; `refresh` reads them again when the file changed."""

    path: Path
    column: str
    known: frozenset[str] = frozenset()
    stamp: Stamp | None = field(default=None, repr=False)

    def refresh(self) -> None:
        """Look at the file, once a Batch; SystemSyncError where it cannot be read."""
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self.stamp:
                self.known = frozenset(_texts(self.path, self.column))
                self.stamp = stamp
        except (OSError, ValueError, csv.Error) as cause:
            raise _unreadable(self.path, cause) from cause

    def fault(self, value: object) -> str | None:
        """What is wrong with a value by this reference; numbers compare by their text."""
        try:
            text = as_text(value)
        except Refusal as refusal:
            return refusal.why
        if text in self.known:
            return None
        return f"{quoted(value)} is not in {self.path.name}, column {self.column}"


def reference_of(rule: Rule, folder: str) -> Reference:
    """The reference of a rule, read once; ValueError for anything but a file."""
    options = rule.options or {}
    if "file" not in options:
        raise ValueError("reference is available against a file; name one with 'file'")
    path = Path(folder, str(options["file"]))
    reference = Reference(path, str(options.get("column") or rule.field))
    reference.refresh()
    return reference


def _texts(path: Path, column: str) -> Iterator[str]:
    met = False
    for row in _rows(path):
        met = met or column in row
        value = row.get(column)
        if value is not None:
            yield as_text(value)
    if not met:
        raise ValueError(f"it has no column '{column}'")


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    match path.suffix.lower():
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield from csv.DictReader(file)
        case ".json":
            yield from msgspec.convert(decoded(path.read_bytes()), list[dict[str, Any]])
        case _:
            with path.open("rb") as file:
                for line in file:
                    if line.strip():
                        yield msgspec.convert(decoded(line), dict[str, Any])


def _unreadable(path: Path, cause: Exception) -> SystemSyncError:
    why = cause.strerror if isinstance(cause, OSError) and cause.strerror else cause
    return SystemSyncError(
        f"the reference file '{path}' cannot be read: {why}",
        code="reference_file",
        error_class=ErrorClass.REFERENCE,
    )
