"""Files read forward: plain, compressed, or in an encoding that lines cannot be cut in."""

import codecs
import gzip
import io
import os
import zlib
from typing import BinaryIO, Protocol


class Damaged(Exception):
    """The rest of a stream cannot be read; its text says why, for a person."""


class Stream(Protocol):
    """Bytes from front to back; at the end, none."""

    def read(self, size: int) -> bytes: ...

    def close(self) -> None: ...


def open_stream(path: str, *, packed: bool, encoding: str) -> Stream:
    """A file as bytes that lines can be cut in; raises OSError."""
    plain = io.FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    stream: Stream = _Unpacked(plain) if packed else _Plain(plain)
    return stream if cuttable(encoding) else _Recoded(stream, encoding)


def cuttable(encoding: str) -> bool:
    """Whether newlines and quotes are single bytes in it, as in UTF-8 and unlike in UTF-16."""
    ascii_bytes = bytes(range(128))
    try:
        return ascii_bytes.decode(encoding) == ascii_bytes.decode("ascii")
    except (LookupError, ValueError):
        return False


def text_encoding(encoding: str) -> str:
    """The encoding of the bytes that a stream of such a file gives."""
    name = codecs.lookup(encoding).name
    return name if name not in _UTF8 and cuttable(encoding) else "utf-8"


_UTF8 = frozenset(("utf-8", "utf-8-sig", "ascii"))


class _Plain:
    def __init__(self, file: io.FileIO) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        return self._file.read(size) or b""

    def close(self) -> None:
        self._file.close()


class _Unpacked:
    """A gzip file unpacked as it is read."""

    def __init__(self, file: BinaryIO | io.FileIO) -> None:
        self._file = file
        self._gzip = gzip.GzipFile(fileobj=file, mode="rb")
        self._at = 0
        self._damage: str | None = None

    def read(self, size: int) -> bytes:
        if self._damage:
            raise Damaged(self._damage)
        try:
            # read1: what was unpacked before the damage must not be lost with it.
            data = self._gzip.read1(size)
        except EOFError:
            raise self._damaged("is cut off") from None
        except (gzip.BadGzipFile, zlib.error):
            raise self._damaged("is not valid gzip") from None
        self._at += len(data)
        return data

    def close(self) -> None:
        self._gzip.close()
        self._file.close()

    def _damaged(self, what: str) -> Damaged:
        self._damage = f"{what} after {self._at} unpacked bytes"
        return Damaged(self._damage)


class _Recoded:
    """Text of another encoding as UTF-8."""

    def __init__(self, stream: Stream, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._damage: str | None = None

    def read(self, size: int) -> bytes:
        while not self._damage:
            chunk = self._stream.read(size)
            text = self._decoded(chunk)
            if text or (not chunk and not self._damage):
                return text.encode("utf-8", "surrogatepass")
        raise Damaged(self._damage)

    def close(self) -> None:
        self._stream.close()

    def _decoded(self, chunk: bytes) -> str:
        before = self._decoder.getstate()
        try:
            return self._decoder.decode(chunk, final=not chunk)
        except UnicodeError:
            self._damage = f"is not valid {self._encoding} from there on"
            self._decoder.setstate(before)
            return self._up_to_damage(chunk)

    def _up_to_damage(self, chunk: bytes) -> str:
        # Byte by byte: however the file is read, the same text comes before the damage.
        good = io.StringIO()
        try:
            for number in chunk:
                good.write(self._decoder.decode(bytes((number,))))
        except UnicodeError:
            return good.getvalue()
        return good.getvalue()
