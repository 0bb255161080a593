"""Answers' bodies: read whole and unpacked, or not at all."""

import zlib
from collections.abc import Iterable, Mapping

from engine.domain.values import dataclass

ACCEPTED = "gzip"
_UNPACKED = {"", "identity"}
_GZIP = {"gzip", "x-gzip"}
_GZIP_WINDOW = 31


class Unfit(Exception):
    """A body that is of no use."""


class TooLarge(Unfit):
    """The body is larger than was allowed."""


class CutShort(Unfit):
    """The body ended before it was complete."""


class Unreadable(Unfit):
    """The body is packed in a way we did not ask for, or badly."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def kind(self) -> str:
        """What the server says the body is, for a sentence."""
        named = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return (named or "something without a type") if self.body else "an empty answer"

    @property
    def delimited(self) -> bool:
        """Whether the server said how long the body is; else a cut looks like an end."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers


def read_body(chunks: Iterable[bytes], headers: Mapping[str, str], cap: int) -> bytes:
    """The body, unpacked, of at most `cap` bytes; raises TooLarge, CutShort or Unreadable.

    A packed body is cut at the cap while it is unpacked, so that a bomb never goes off.
    """
    packing = headers.get("content-encoding", "").strip().lower()
    if packing in _UNPACKED:
        announced = headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and _over(announced, cap):
            raise TooLarge
        return _capped(chunks, cap)
    if packing in _GZIP:
        return _unpacked(chunks, cap)
    raise Unreadable(packing)


def _over(announced: str, cap: int) -> bool:
    return len(announced) > len(str(cap)) + 1 or int(announced) > cap


def _capped(chunks: Iterable[bytes], cap: int) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > cap:
            raise TooLarge
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unpacked(chunks: Iterable[bytes], cap: int) -> bytes:
    parts: list[bytes] = []
    size, member = 0, zlib.decompressobj(_GZIP_WINDOW)
    try:
        for chunk in chunks:
            left = chunk
            while left:
                if member.eof:
                    member = zlib.decompressobj(_GZIP_WINDOW)
                part = member.decompress(left, cap - size + 1)
                size += len(part)
                if size > cap:
                    raise TooLarge
                parts.append(part)
                left = member.unconsumed_tail or member.unused_data
    except zlib.error as cause:
        raise Unreadable("gzip that is damaged") from cause
    if not member.eof:
        raise CutShort
    return b"".join(parts)
