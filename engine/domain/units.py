"""Units a definition is written in, and the notes a field carries for checks and JSON Schema."""

from typing import NewType

from engine.domain.values import dataclass

Duration = NewType("Duration", float)
"""Seconds; written `500ms`, `30s`, `5m`, `2h`, `30d`."""

Size = NewType("Size", int)
"""Bytes; written `10MB`, `64KB`."""

Share = NewType("Share", float)
"""A part of a whole between 0 and 1; written `10%`."""


Rate = NewType("Rate", float)
"""How often a second; written `10/s`, `600/m`, `5000/h`."""


@dataclass(frozen=True, slots=True)
class Doc:
    """What a key means: one line for editors."""

    text: str


@dataclass(frozen=True, slots=True)
class Between:
    """The least and the most a number, or a length, may be."""

    least: float
    most: float


@dataclass(frozen=True, slots=True)
class OneOf:
    """The words a string may be."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """The name a field has in YAML, where Python reserves the word."""

    name: str


_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def elapsed(seconds: float) -> str:
    """A length of time as sentences say it: 40 s, 12 min, 3 h 05 min, 2 d 4 h."""
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        minutes = whole % _HOUR // _MINUTE
        return f"{whole // _HOUR} h" + (f" {minutes:02d} min" if minutes else "")
    hours = whole % _DAY // _HOUR
    return f"{whole // _DAY} d" + (f" {hours} h" if hours else "")
