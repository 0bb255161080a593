"""What stands where a list would be, while there is nothing in it: what to do about it."""

from collections.abc import Sequence

from console.pages.page import Line
from console.theme import Skin
from console.widgets.paper import Leaf, Paper, leaves


class Empty(Paper):
    """A few sentences."""

    def __init__(self, text: Sequence[str] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.tell(text)

    def tell(self, text: Sequence[str]) -> None:
        """Say this."""

        def draw(width: int, skin: Skin) -> list[Leaf]:
            return [Leaf([]), *leaves([Line(each, indent=2) for each in text], width, skin)]

        self._draw = draw
        if self.size.width:
            self.show(draw)
