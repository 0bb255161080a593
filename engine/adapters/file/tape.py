"""A compressed or recoded file read forward, kept open so that Batches in order unpack it once."""

from collections.abc import Iterator

from engine.adapters.file.cutting import BLOCK
from engine.adapters.file.streams import Damaged, Stream, open_stream


class Tape:
    """A file as one sequence; `at` is how far it has been read."""

    def __init__(self, path: str, *, packed: bool, encoding: str) -> None:
        self.at = 0
        self._stream: Stream = open_stream(path, packed=packed, encoding=encoding)
        self._rest = b""

    def read(self, start: int, end: int) -> bytes:
        """Bytes `start` to `end`, none of them before `at`; raises Damaged and OSError."""
        for _ in self._parts(start - self.at):
            pass
        return b"".join(self._parts(end - start))

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def _parts(self, length: int) -> Iterator[bytes]:
        while length:
            block = self._rest or self._stream.read(BLOCK)
            if not block:
                raise Damaged("ends earlier than when the run was planned")
            part, self._rest = block[:length], block[length:]
            self.at += len(part)
            length -= len(part)
            yield part
