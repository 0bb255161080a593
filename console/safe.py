"""Text from outside made visible: nothing in data reaches a terminal raw."""

from collections.abc import Iterator
from itertools import groupby

_RANGES = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_ALONE = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0x1D159}
_INVISIBLE = _ALONE.union(*(range(first, last + 1) for first, last in _RANGES))
"""Printable by category, yet nothing to see: fillers, blanks, joiners, variation selectors."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def safe(text: str, *, unicode: bool = True) -> str:
    """The text with every character that does not show as itself written as an escape.

    Without `unicode`, whatever is not ASCII is an escape too.
    """
    if _plain(text):
        return text
    return "".join(
        char if _shows(char, unicode=unicode) else _escape(char) for char in text
    )


def pieces(text: str, *, unicode: bool = True) -> Iterator[tuple[str, bool]]:
    """The same text in parts, each with whether it is an escape, shown reversed on a terminal."""
    if _plain(text):
        yield text, False
        return
    for shows, chars in groupby(text, lambda char: _shows(char, unicode=unicode)):
        if shows:
            yield "".join(chars), False
        else:
            yield "".join(map(_escape, chars)), True


def cut(text: str, most: int) -> str:
    """At most so many characters, and how many more there are."""
    if len(text) <= most:
        return text
    return f"{text[:most]}... +{len(text) - most:,} chars"


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _shows(char: str, *, unicode: bool) -> bool:
    if not char.isprintable():
        return False
    return char.isascii() or (unicode and ord(char) not in _INVISIBLE)


def _escape(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
