"""A list too long to be held: only the lines around the window are."""

from collections.abc import Callable, Sequence
from typing import Any

from console.ink import Row
from console.layout import Field, heading, tabular
from console.messages import Wanted
from console.pages.page import Cell, Span
from console.widgets.lines import Lines

KEPT = 600
"""Lines held; those furthest from the window go first."""

Cells = Callable[[Any], Sequence[Cell]]


class Roll(Lines):
    """Lines come when the window gets near them; until then they are dots."""

    heading_rows = 1

    def __init__(
        self,
        fields: Sequence[Field],
        cells: Cells,
        identity: Callable[[Any], int],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name for it
    ) -> None:
        super().__init__(id=id)
        self._fields, self._cells, self._identity = fields, cells, identity
        self._held: dict[int, Any] = {}
        self._stale: set[int] = set()
        self.total = 0
        self.marks: set[int] = set()
        self.everything = False

    def reset(self, total: int) -> None:
        """Another list: from its top, nothing known."""
        self.total, self.top, self.at = total, 0, 0
        self._held, self._stale = {}, set()
        self.refresh()
        self.window_moved()

    def grown(self, total: int) -> None:
        """The same list, longer; what is shown may have changed."""
        before, self.total = self.total, total
        self._stale = set(self._held)
        if before < self.top + self.height or not self._held:
            self.refresh()
        self.window_moved()

    def renewed(self, total: int, *, at: int) -> None:
        """The list as it is now: the line under the cursor stands at `at`; all is read again."""
        moved = at - self.at
        self.total, self.at, self.top = total, at, self.top + moved
        held = {index + moved: item for index, item in self._held.items()}
        self._held = {index: item for index, item in held.items() if 0 <= index < total}
        self._stale = set(self._held)
        self.settle()
        self.refresh()
        self.window_moved()

    def put(self, first: int, items: Sequence[Any]) -> None:
        """These stand from line `first` on."""
        for index, item in enumerate(items, first):
            differs = self._held.get(index) != item
            self._held[index] = item
            self._stale.discard(index)
            if differs:
                self.redraw_line(index)
        if len(self._held) > KEPT:
            near = sorted(self._held, key=lambda index: abs(index - self.top))
            for index in near[KEPT // 2 :]:
                self._held.pop(index)
                self._stale.discard(index)
        self.window_moved()

    def window_moved(self) -> None:
        """Ask for lines of the window, and around it, that are not held or not fresh."""
        near = range(
            max(self.top - self.height // 2, 0),
            min(self.top + self.height + self.height // 2, self.total),
        )
        wanted = [
            index for index in near if index not in self._held or index in self._stale
        ]
        if wanted:
            self.post_message(Wanted(self.id, wanted[0], wanted[-1] + 1))

    def count(self) -> int:
        """How many lines there are."""
        return self.total

    def item(self, index: int) -> Any:
        """What stands there, if it is held."""
        return self._held.get(index)

    def target(self, index: int) -> Any:
        """The line's identity; before it is there, its number."""
        item = self._held.get(index)
        return self._identity(item) if item is not None else -1 - index

    def marked(self, index: int) -> bool:
        """Whether it was marked."""
        return self.everything or self.target(index) in self.marks

    def heading(self, width: int) -> Sequence[Row]:
        """The titles."""
        inner = heading(self._fields, width - 3, self.skin)
        return ([Span("  ", "head"), *inner],)

    def line(self, index: int, width: int) -> Row:
        """One line in its columns."""
        item = self._held.get(index)
        if item is None:
            return [Span(f"  {self.skin.glyph('…', '...')}", "quiet")]
        sign = self.skin.glyph("● ", "* ") if self.marked(index) else "  "
        cells = self._cells(item)
        return [Span(sign, "key"), *tabular(self._fields, cells, width - 3, self.skin)]
