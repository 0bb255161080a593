"""A fetched row as fields, whatever shape the source gave it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.missing import MISSING


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads structs, whose attributes f0, f1 … stand for the wanted fields, and dicts."""

    wanted: tuple[str, ...] | None
    attributes: tuple[str, ...]

    def fields(self, row: object, *, struct: bool) -> dict[str, Any] | None:
        """The fields that are there; None where the row is no object."""
        if isinstance(row, dict):
            return row
        if not struct:
            return dict(row) if isinstance(row, Mapping) else None
        names = self.wanted or ()
        values = [getattr(row, attribute) for attribute in self.attributes]
        pairs = zip(names, values, strict=True)
        if not any(value is MISSING for value in values):
            return dict(pairs)
        return {name: value for name, value in pairs if value is not MISSING}


def reader_of(wanted: tuple[str, ...] | None) -> Reader:
    """The reader of rows with these wanted fields."""
    return Reader(wanted, tuple(f"f{place}" for place in range(len(wanted or ()))))
