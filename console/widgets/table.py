"""A list held in memory: Links, Sync Events, Batches, the audit."""

from collections.abc import Hashable, Sequence

from console.ink import Row
from console.layout import Field, heading, tabular
from console.pages.page import Cell, Span
from console.theme import Skin
from console.widgets.paper import Leaf, Paper
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Entryline:
    """One row: what opening it opens, its cells, whether it was marked."""

    target: Hashable
    cells: Sequence[Cell]
    marked: bool = False


class Table(Paper):
    """Rows in columns below their titles; columns that do not fit are left out."""

    heading_rows = 1

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._fields: Sequence[Field] = ()

    def fill(self, fields: Sequence[Field], rows: Sequence[Entryline]) -> None:
        """Show these rows."""
        if fields != self._fields:
            self._fields = fields
            self.refresh()

        def draw(width: int, skin: Skin) -> list[Leaf]:
            return [Leaf(_drawn(fields, row, width, skin), row.target) for row in rows]

        self.show(draw)

    def heading(self, width: int) -> Sequence[Row]:
        """The titles."""
        inner = heading(self._fields, width - 3, self.skin) if self._fields else []
        return ([Span("  ", "head"), *inner],)


def _drawn(fields: Sequence[Field], row: Entryline, width: int, skin: Skin) -> Row:
    sign = Span(skin.glyph("● ", "* ") if row.marked else "  ", "key")
    return [sign, *tabular(fields, row.cells, width - 3, skin)]
