"""The front of a file: a byte order mark, and of CSV the header."""

from engine.adapters.file.layout import Layout, layout_of
from engine.adapters.file.options import FileSourceOptions
from engine.adapters.file.streams import Damaged, Stream
from engine.domain.values import dataclass

_MARK = b"\xef\xbb\xbf"
_ENOUGH = 64 * 1024


@dataclass(frozen=True, slots=True)
class Front:
    """Where records begin, and what was read of them already; `layout` of CSV."""

    start: int
    line: int
    rest: bytes
    layout: Layout | None = None


def front_of(stream: Stream, shown: str, form: str, options: FileSourceOptions) -> Front:
    """The front of a stream just opened; raises SystemSyncError for a header that cannot be."""
    head, whole = _head(stream)
    mark = len(_MARK) if head.startswith(_MARK) else 0
    if form != "csv":
        return Front(mark, 1, head[mark:])
    layout = layout_of(head[mark:], shown, options, whole=whole)
    start = mark + layout.start
    return Front(start, layout.line, head[start:], layout)


def _head(stream: Stream) -> tuple[bytes, bool]:
    head = b""
    try:
        while len(head) < _ENOUGH:
            block = stream.read(_ENOUGH - len(head))
            if not block:
                return head, True
            head += block
    except Damaged:
        # Planning meets it again, behind what could be read.
        return head, True
    return head, False
