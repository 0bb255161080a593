"""The styles of paging by the words of a definition."""

from engine.adapters.http.chained import ByCursor, ByLink
from engine.adapters.http.numbered import ByNumber, ByOffset
from engine.adapters.http.options import (
    CursorPages,
    LinkedPages,
    NoPages,
    NumberedPages,
    OffsetPages,
    Paginate,
)
from engine.adapters.http.paging import Paging


def paging_of(paginate: Paginate, *, parallel: int, most: int) -> Paging:
    """The paging a definition asks for, of `parallel` pages at once and `most` in all."""
    match paginate:
        case NoPages():
            return Paging()
        case NumberedPages():
            return ByNumber(paginate, parallel, most)
        case OffsetPages():
            return ByOffset(paginate, parallel, most)
        case CursorPages():
            return ByCursor(paginate, most)
        case LinkedPages():
            return ByLink(paginate, most)
