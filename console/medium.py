"""What output goes to: a terminal or a pipe, how wide, in which characters, with or without hue."""

import os
from collections.abc import Mapping
from typing import TextIO

from engine.domain.values import dataclass

PIPE_WIDTH = 100
NARROWEST = 20


@dataclass(frozen=True, slots=True)
class Medium:
    """A stream as a page needs to know it. `hue`: colours may be used beside glyph and word."""

    terminal: bool = False
    hue: bool = False
    unicode: bool = True
    width: int = PIPE_WIDTH

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str]) -> "Medium":
        """What this stream is, as far as it and the environment tell."""
        terminal = stream.isatty() and environ.get("TERM") not in {"dumb", ""}
        return cls(
            terminal=terminal,
            hue=terminal and not environ.get("NO_COLOR"),
            unicode=speaks_unicode(stream, environ),
            width=_width(stream, environ) if terminal else PIPE_WIDTH,
        )


def speaks_unicode(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether glyphs beyond ASCII can be read there.

    Python makes UTF-8 of LC_ALL=C and of LANG=C by itself, so that the stream alone cannot tell.
    """
    if (stream.encoding or "").lower().replace("-", "") not in {"utf8", "utf16", "utf32"}:
        return False
    locale = _locale(environ)
    return not locale or "utf8" in locale.lower().replace("-", "")


def _locale(environ: Mapping[str, str]) -> str:
    coerced = environ.get("LC_CTYPE") == "C.UTF-8" and environ.get("LANG") in {"C", "POSIX"}
    names = ("LC_ALL", "LANG") if coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    return next((environ[name] for name in names if environ.get(name)), "")


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    asked = environ.get("COLUMNS", "")
    if asked.isascii() and asked.isdigit():
        return max(int(asked), NARROWEST)
    try:
        return max(os.get_terminal_size(stream.fileno()).columns, NARROWEST)
    except OSError:
        return 80
