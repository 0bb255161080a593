"""The rule `reference`: a value must stand in a column of a file or a table."""

from collections.abc import Iterable
from typing import Any

from engine.domain.filter import ReadTable
from engine.domain.stage import Rule
from engine.domain.values import dataclass
from engine.filters.casts import as_text
from engine.filters.origins import Held, Row, held_of, origin_of
from engine.filters.refusal import Refusal
from engine.filters.sentences import quoted


@dataclass(frozen=True, slots=True)
class Reference:
    """The texts in one column."""

    held: Held[frozenset[str]]
    column: str

    @property
    def known(self) -> frozenset[str]:
        """The texts that stand there now."""
        return self.held.found

    def fault(self, value: object) -> str | None:
        """What is wrong with a value by this reference; numbers compare by their text."""
        try:
            text = as_text(value)
        except Refusal as refusal:
            return refusal.why
        if text in self.known:
            return None
        return f"{quoted(value)} is not in {self.held.origin.name}, column {self.column}"


def reference_of(rule: Rule, folder: str, read: ReadTable | None = None) -> Reference:
    """The reference of a rule, read once; ValueError where there is nobody to read a table."""
    options: dict[str, Any] = dict(rule.options or {})
    column = str(options.get("column") or rule.field)
    origin = origin_of(options, folder, read)
    held = held_of(origin, ("texts", column), lambda rows: _texts(rows, column))
    return Reference(held, column)


def _texts(rows: Iterable[Row], column: str) -> frozenset[str]:
    found: set[str] = set()
    met = False
    for row in rows:
        met = met or column in row
        value = row.get(column)
        if value is not None:
            found.add(as_text(value))
    if not met:
        raise ValueError(f"it has no column '{column}'")
    return frozenset(found)
