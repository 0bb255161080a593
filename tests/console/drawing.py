"""A page drawn into a string, as a pipe and as a terminal get it."""

import io
from collections.abc import Iterable

from console.cli.painted import paint
from console.cli.plain import lines
from console.medium import Medium
from console.pages.page import Block


def piped(page: Iterable[Block], *, unicode: bool = True) -> str:
    """The page as plain lines."""
    return "\n".join(lines(tuple(page), Medium(unicode=unicode)))


def painted(page: Iterable[Block], *, width: int = 80, hue: bool = True) -> str:
    """The page with a terminal's codes in it."""
    stream = io.StringIO()
    paint(tuple(page), stream, Medium(terminal=True, hue=hue, width=width))
    return stream.getvalue()
