"""A JSON document: an array of objects, or one object, read as a whole and kept for a while."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from engine.adapters.file.streams import Damaged, open_stream, text_encoding
from engine.adapters.file.words import UNREADABLE, complaint, not_utf8

LARGEST = 256 * 1024 * 1024


class TooLarge(Exception):
    """A document larger than may be held in memory."""


class Document:
    """The items of a JSON file, each as its own text."""

    def __init__(self, items: Sequence[msgspec.Raw]) -> None:
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def slice(self, start: int, end: int) -> list[bytes]:
        """The text of items `start` to `end`."""
        return [bytes(item) for item in self._items[start:end]]


def load(path: str, *, of: str, packed: bool, encoding: str) -> Document:
    """The document in a file; the last one read is kept. Raises Damaged, TooLarge, OSError."""
    with _lock:
        kept = _kept.get(of)
        if kept is None:
            _kept.clear()
            kept = _kept[of] = Document(
                _items(_text(path, packed=packed, encoding=encoding))
            )
        return kept


def forget() -> None:
    """Let go of the document kept."""
    with _lock:
        _kept.clear()


_lock = threading.Lock()
_kept: dict[str, Document] = {}
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_ITEM = msgspec.json.Decoder(msgspec.Raw)


def _text(path: str, *, packed: bool, encoding: str) -> bytes:
    data = b"".join(_blocks(path, packed=packed, encoding=encoding))
    name = text_encoding(encoding)
    if name != "utf-8":
        try:
            data = data.decode(name).encode()
        except UnicodeError:
            raise Damaged(f"is not JSON: {not_utf8(data, name).message}") from None
    return data.removeprefix(b"\xef\xbb\xbf").strip()


def _blocks(path: str, *, packed: bool, encoding: str) -> Iterator[bytes]:
    stream = open_stream(path, packed=packed, encoding=encoding)
    size = 0
    try:
        while block := stream.read(1 << 20):
            size += len(block)
            if size > LARGEST:
                raise TooLarge
            yield block
    finally:
        stream.close()


def _items(text: bytes) -> Sequence[msgspec.Raw]:
    if not text:
        return ()
    if text[:1] not in b"[{":
        raise Damaged("holds neither an array of objects nor an object")
    try:
        return _ITEMS.decode(text) if text[:1] == b"[" else (_ITEM.decode(text),)
    except UNREADABLE as error:
        raise Damaged(f"is not JSON: {_placed(text, error)}") from None


def _placed(text: bytes, error: Exception) -> str:
    said: Any = complaint(text, error).message
    return str(said).removeprefix("not JSON: ")
