"""A file cut into Batches: exact numbers of records, at line ends, in one pass."""

import io
from collections.abc import Iterator, Sequence
from typing import Protocol

from engine.adapters.file.streams import Damaged, Stream
from engine.domain.values import dataclass

BLOCK = 64 * 1024
LIMIT = 50_000_000
"""The longest record, and about the most bytes in a Batch."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of a file: bytes `start` to `end`, from line `line` on, `lines` of them.

    `fault`: why it cannot be read, then `end` is None and it is the rest of the file. `over`: it
    is one line longer than the limit.
    """

    start: int
    end: int | None
    line: int
    lines: int = 0
    fault: str | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class Ends:
    """Where records end among lines: after `at[i]` lines, or after every line where None.

    `consumed` lines are done with; the others belong to a record that goes on, or cannot be read
    for the reason in `fault`.
    """

    at: Sequence[int] | None
    consumed: int
    fault: str | None = None


class Shape(Protocol):
    """How records lie in lines; `final`: there are no more."""

    @property
    def newline(self) -> bytes: ...

    @property
    def too_long(self) -> str | None:
        """Why the rest is lost when a record exceeds the limit; None where only its line is."""
        ...

    def ends(self, lines: Sequence[bytes], *, final: bool) -> Ends: ...


class Cutter:
    """Gathers lines until a Batch is full."""

    def __init__(self, size: int, *, start: int, line: int) -> None:
        self._size = size
        self._start = self._at = start
        self._line = self._next = line
        self._records = 0
        self._ready: list[Cut] = []

    def ready(self) -> list[Cut]:
        """The Cuts that are full since this was last asked."""
        ready, self._ready = self._ready, []
        return ready

    def take(self, lines: Sequence[bytes], ends: Ends, *, length: int) -> None:
        """These lines too, of so many bytes; what fills no Batch stays in the one begun."""
        if self._at + length - self._start > LIMIT:
            self.close()
        upper = self._at + length
        count = ends.consumed if ends.at is None else len(ends.at)
        done = taken = 0
        while count - taken >= self._size - self._records:
            taken += self._size - self._records
            upto = taken if ends.at is None else ends.at[taken - 1]
            self._at += sum(map(len, lines[done:upto]))
            self._next += upto - done
            self._records = self._size
            done = upto
            self.close()
        self._records += count - taken
        self._at = upper
        self._next += ends.consumed - done

    def close(self) -> None:
        """End the Batch begun, if it holds a record."""
        if self._records:
            self._ready.append(self._cut(self._at))
        self._start, self._line, self._records = self._at, self._next, 0

    def over(self, length: int) -> None:
        """A line of that length, which is too long to read, by itself."""
        self.close()
        self._at += length
        self._next += 1
        self._ready.append(self._cut(self._at, over=True))
        self.close()

    def fail(self, fault: str) -> None:
        """The rest of the file cannot be read."""
        self.close()
        self._ready.append(self._cut(None, fault=fault))

    def _cut(self, end: int | None, *, fault: str | None = None, over: bool = False) -> Cut:
        lines = self._next - self._line
        return Cut(self._start, end, self._line, lines, fault=fault, over=over)


def cuts(stream: Stream, rest: bytes, shape: Shape, cutter: Cutter) -> Iterator[Cut]:
    """The Cuts of what is `rest` and what the stream still holds."""
    try:
        more = True
        rest = _taken(rest, shape, cutter, final=False)
        while more:
            block = stream.read(min(max(BLOCK, len(rest)), LIMIT + 1 - len(rest)))
            more = bool(block)
            rest = _taken(rest + block, shape, cutter, final=not more)
            if len(rest) > LIMIT:
                rest = _skipped(stream, rest, shape, cutter)
            yield from cutter.ready()
    except Damaged as damage:
        cutter.fail(str(damage))
    cutter.close()
    yield from cutter.ready()


def split(data: bytes, newline: bytes) -> list[bytes]:
    """Lines with their ends."""
    if newline == b"\n":
        return io.BytesIO(data).readlines()
    parts = data.split(newline)
    last = parts.pop()
    return [part + newline for part in parts] + ([last] if last else [])


def _taken(data: bytes, shape: Shape, cutter: Cutter, *, final: bool) -> bytes:
    lines = split(data, shape.newline)
    partial = lines.pop() if lines and not final and not _complete(lines, shape) else b""
    ends = shape.ends(lines, final=final)
    rest = b"".join(lines[ends.consumed :]) + partial
    cutter.take(lines, ends, length=len(data) - len(rest))
    if ends.fault:
        raise Damaged(ends.fault)
    return rest


def _complete(lines: Sequence[bytes], shape: Shape) -> bool:
    return lines[-1].endswith(shape.newline)


def _skipped(stream: Stream, rest: bytes, shape: Shape, cutter: Cutter) -> bytes:
    if shape.too_long is not None:
        raise Damaged(shape.too_long)
    length, block = 0, rest
    while block and shape.newline not in block:
        length += len(block)
        block = stream.read(BLOCK)
    found = block.find(shape.newline) + 1
    cutter.over(length + found)
    return block[found:]
