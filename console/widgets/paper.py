"""A page that is read: blocks laid out as lines, some of which can be opened."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from textual import events
from textual.geometry import Region

from console.ink import Row
from console.layout import laid_out
from console.pages.page import Block, Span
from console.theme import Skin
from console.widgets.lines import Lines
from engine.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of a page; `target` is what opening it opens."""

    row: Row
    target: Hashable | None = None


Draw = Callable[[int, Skin], Sequence[Leaf]]
"""The page at a width."""


def leaves(page: Sequence[Block], width: int, skin: Skin) -> list[Leaf]:
    """Blocks as lines that are only read."""
    return [Leaf(row) for row in laid_out(page, width, skin)]


class Paper(Lines):
    """Drawn again as a whole when what it shows changes; only what differs goes to the terminal."""

    def __init__(self, draw: Draw | None = None, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._draw = draw
        self._leaves: Sequence[Leaf] = ()
        self._width = 0

    def show(self, draw: Draw) -> None:
        """Show this page; the cursor stays on what it stood on."""
        self._draw = draw
        self._laid(keep=True)

    def count(self) -> int:
        """How many lines there are."""
        return len(self._leaves)

    @property
    def further(self) -> int:
        """How many of them stand below the window."""
        return max(self.count() - self.top - self.height, 0)

    def window_moved(self) -> None:
        """The bars may say how much is left."""
        look = getattr(self.screen, "look", None)
        if look is not None:
            look()

    def line(self, index: int, width: int) -> Row:
        """One line."""
        return self._leaves[index].row

    def target(self, index: int) -> Any:
        """What opening this line opens."""
        return self._leaves[index].target if index < len(self._leaves) else None

    def on_resize(self, event: events.Resize | None = None) -> None:
        """Lay it out for the new width."""
        if self.size.width != self._width:
            self._laid(keep=True)
        super().on_resize()

    def _laid(self, *, keep: bool) -> None:
        if self._draw is None or not self.size.width:
            return
        old, held = self._leaves, self.target(self.at) if keep else None
        resized, self._width = self._width != self.size.width, self.size.width
        self._leaves = self._draw(self.size.width, self.skin)
        self._stay_on(held)
        top = self.top
        self.settle()
        if resized or top != self.top or len(old) < self.top:
            self.refresh()
        else:
            self._refresh_differences(old)

    def _stay_on(self, held: Hashable | None) -> None:
        targets = [leaf.target for leaf in self._leaves]
        if held is not None and held in targets:
            self.at = targets.index(held)
        elif self.at >= len(targets) or targets[self.at] is None:
            first = (at for at, target in enumerate(targets) if target is not None)
            self.at = next(first, 0)

    def _refresh_differences(self, old: Sequence[Leaf]) -> None:
        for y in range(self.height):
            index = self.top + y
            before = old[index] if index < len(old) else Leaf([])
            after = self._leaves[index] if index < len(self._leaves) else Leaf([])
            if list(before.row) != list(after.row):
                start, end = _differing(before.row, after.row, self.size.width)
                region = Region(start, y + self.heading_rows, end - start, 1)
                self.refresh(region)


def _differing(before: Row, after: Row, width: int) -> tuple[int, int]:
    """The cells from the first that differs on; with wide characters, the whole line."""
    old, new = _flat(before), _flat(after)
    if not all(char.isascii() or char in _NARROW for char, _ in (*old, *new)):
        return 0, width
    longest = max(len(old), len(new))
    old += [(" ", "")] * (longest - len(old))
    new += [(" ", "")] * (longest - len(new))
    differ = [at for at in range(longest) if old[at] != new[at]]
    return (differ[0], min(differ[-1] + 1, width)) if differ else (0, 1)


def _flat(row: Sequence[Span]) -> list[tuple[str, str]]:
    return [(char, span.style) for span in row for char in span.text]


_NARROW = frozenset("✓▶✗·■□━─›…●○‖→↑↓⏎│▏▎▍▌▋▊▉█▁▂▃▄▅▆▇×“”—–")
"""Characters of our own that take one cell."""
