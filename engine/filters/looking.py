"""The lookup stage: a record of a file or a table, found by key, put into a field."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.domain.errors import ErrorClass
from engine.domain.expression import Path, reach
from engine.domain.filter import ReadTable
from engine.domain.missing import MISSING
from engine.domain.stage import LookupStage
from engine.domain.values import dataclass
from engine.filters.casts import as_text
from engine.filters.complaint import complaint
from engine.filters.flight import Failure, Flight
from engine.filters.origins import Held, Row, held_of, origin_of
from engine.filters.paths import parsed
from engine.filters.refusal import Refusal
from engine.filters.sentences import quoted
from engine.filters.step import Seen

Directory = Mapping[Any, Row]
"""Rows by the text of their key, or by a tuple of texts where the key is of several columns."""


@dataclass(frozen=True, slots=True)
class Looker:
    """A lookup stage, compiled. `paths` lead to the values, `columns` are what they stand in.

    `default` is put where there is no such row; MISSING: then the record fails. A value that is
    null or missing is looked up nowhere, and counts as one without a row that may be so.
    """

    name: str
    paths: tuple[Path, ...]
    fields: tuple[str, ...]
    columns: tuple[str, ...]
    into: str
    default: Any
    held: Held[Directory]

    def __call__(self, flight: Flight, seen: Seen) -> list[Failure]:
        values = [reach(flight.fields, *path) for path in self.paths]
        try:
            found = self.found(values)
        except Refusal as refusal:
            return [self._failure(f"{self.fields[0]} {refusal.why}")]
        if found is MISSING:
            return [self._failure(self._absent(values))]
        flight.become({**flight.fields, self.into: found}, stage=self.name)
        return []

    def found(self, values: list[Any]) -> Any:
        """What goes into the field; MISSING where the record fails; Refusal for odd values."""
        if any(value is None or value is MISSING for value in values):
            return None if self.default is MISSING else self.default
        texts = tuple([as_text(value) for value in values])
        key = texts[0] if len(texts) == 1 else texts
        return self.held.found.get(key, self.default)

    def _absent(self, values: list[Any]) -> str:
        pairs = zip(self.fields, values, strict=True)
        said = " and ".join(f"{name} {quoted(value)}" for name, value in pairs)
        where = " and ".join(self.columns)
        unit = "column" if len(self.columns) == 1 else "columns"
        verb = "is" if len(self.columns) == 1 else "are"
        return f"{said} {verb} not in {self.held.origin.name}, {unit} {where}"

    def _failure(self, message: str) -> Failure:
        return Failure("lookup", message, self.fields[0], ErrorClass.REFERENCE)


def looker_of(stage: LookupStage, folder: str, read: ReadTable | None) -> Looker:
    """The compiled stage, its records read once; SystemSyncError where it cannot be."""
    columns = tuple(column for _, column in stage.on)
    options = {"file": stage.file, "url": stage.url, "table": stage.table}
    try:
        paths = tuple(parsed(field) for field, _ in stage.on)
        origin = origin_of(options, folder, read)
    except ValueError as cause:
        raise complaint(stage.name, cause) from None
    return Looker(
        name=stage.name,
        paths=paths,
        fields=tuple(field for field, _ in stage.on),
        columns=columns,
        into=stage.into,
        default=stage.default,
        held=held_of(origin, ("rows", *columns), lambda rows: _directory(rows, columns)),
    )


def _directory(rows: Iterable[Row], columns: tuple[str, ...]) -> Directory:
    """The rows by key; of those with the same key the last. A null is no key."""
    found: dict[Any, Row] = {}
    met: set[str] = set()
    for row in rows:
        met.update(row.keys() & set(columns))
        values = [row.get(column) for column in columns]
        if None not in values:
            texts = tuple([as_text(value) for value in values])
            found[texts[0] if len(texts) == 1 else texts] = row
    absent = [column for column in columns if column not in met]
    if absent:
        raise ValueError(f"it has no column '{absent[0]}'")
    return found
