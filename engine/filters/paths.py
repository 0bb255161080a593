"""Paths into a record: `customer.email`, `lines[0].sku`."""

import re

from engine.domain.expression import Path

_PART = re.compile(r"\.?([^.\[\]]+)|\[([0-9]{1,6})\]", re.ASCII)


def parsed(text: str) -> Path:
    """The parts of a path, names and places; ValueError where it cannot be read."""
    parts: list[str | int] = []
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None or (at == 0) != (text[at] not in ".["):
            raise ValueError(
                f"the path '{text}' cannot be read; write it like a.b or a[0].b"
            )
        parts.append(part[1] if part[1] is not None else int(part[2]))
        at = part.end()
    if not parts:
        raise ValueError("a path cannot be empty")
    return tuple(parts)
