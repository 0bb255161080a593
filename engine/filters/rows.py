"""A fetched row as fields, whatever shape the source gave it."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from engine.domain.batch import Fetched
from engine.domain.missing import MISSING
from engine.domain.values import dataclass
from engine.filters.encoding import as_object


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads structs, whose attributes f0, f1 … stand for the wanted fields, and dicts.

    `whole`: a struct's other fields are read too, from its raw JSON, for they may be shown.
    """

    wanted: tuple[str, ...] | None
    attributes: Callable[[object], tuple[Any, ...]]
    whole: bool

    def fields(self, fetched: Fetched, row: int, place: int) -> dict[str, Any] | None:
        """The fields that are there; None where the row is no object."""
        found = fetched.rows[row]
        if isinstance(found, dict):
            return found
        if not fetched.struct:
            return dict(found) if isinstance(found, Mapping) else None
        pairs = zip(self.wanted or (), self.attributes(found), strict=True)
        fields = {name: value for name, value in pairs if value is not MISSING}
        return {**as_object(fetched.raw.at(place)), **fields} if self.whole else fields


def reader_of(wanted: tuple[str, ...] | None, *, whole: bool) -> Reader:
    """The reader of rows with these wanted fields."""
    names = [f"f{place}" for place in range(len(wanted or ()))]
    if len(names) > 1:
        return Reader(wanted, attrgetter(*names), whole)
    return Reader(wanted, lambda row: tuple(getattr(row, name) for name in names), whole)
