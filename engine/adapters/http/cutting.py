"""Where each record of an answer begins and ends, to the byte, however odd its neighbours are."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

Path = tuple[str, ...]

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What reading JSON may raise, whatever the text."""

_BOM = b"\xef\xbb\xbf"
_BLANK = " \t\r\n"
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_LONGEST_INT = 18
# Longer numbers stay text: they are only walked over, and Python refuses to read very long ones.
_WALKER = json.JSONDecoder(
    parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_INT else digits
)


class NotJson(Exception):
    """The text is no JSON; `truncated` where it looks as if its end were missing."""

    def __init__(self, message: str, *, truncated: bool = False) -> None:
        super().__init__(message)
        self.truncated = truncated


class WrongShape(Exception):
    """JSON, but with no list where the records should be: its text is what is there instead."""


def plain(body: bytes) -> bytes:
    """The body without the mark some servers put before UTF-8."""
    return body.removeprefix(_BOM)


def path_of(dotted: str | None) -> Path:
    """A dotted path as its steps; none of them where there is no path."""
    return tuple(dotted.split(".")) if dotted else ()


def value_at(body: bytes, path: Path) -> Any:
    """The JSON value at a path; None where nothing is there."""
    try:
        piece: Any = body
        for step in path:
            piece = _OBJECT.decode(piece)[step]
        return msgspec.json.decode(piece)
    except (*UNREADABLE, KeyError):
        value, walked = _stroll(_whole(body), path)
        return value if walked == path else None


def records_at(body: bytes, path: Path) -> Sequence[bytes | msgspec.Raw]:
    """The bytes of each record of the list at a path; raises NotJson or WrongShape."""
    try:
        piece: Any = body
        for step in path:
            piece = _OBJECT.decode(piece)[step]
        return _LIST.decode(piece)
    except (*UNREADABLE, KeyError) as cause:
        return _walked(body, path, cause)


def _walked(body: bytes, path: Path, cause: Exception) -> Sequence[bytes]:
    """The same by a slower reader that NaN and broken escapes do not stop."""
    text = body.decode("utf-8", "surrogateescape")
    try:
        value, walked = _stroll(_WALKER.decode(text.strip(_BLANK)), path)
    except (ValueError, RecursionError):
        deep = isinstance(cause, RecursionError)
        why = "nested too deep" if deep else str(cause)
        raise NotJson(why, truncated="truncated" in why) from cause
    if walked != path or not isinstance(value, list):
        raise WrongShape(f"{_kind(value)}{f' at {_dotted(walked)}' if walked else ''}")
    return _Walk(text).records(path)


def _whole(body: bytes) -> Any:
    try:
        return _WALKER.decode(body.decode("utf-8", "surrogateescape").strip(_BLANK))
    except (ValueError, RecursionError):
        return None


def _stroll(value: Any, path: Path) -> tuple[Any, Path]:
    """What a path leads to, and how much of the path there was."""
    for step, name in enumerate(path):
        if not isinstance(value, dict) or name not in value:
            return value, path[:step]
        value = value[name]
    return value, path


def _dotted(path: Path) -> str:
    return f"'{'.'.join(path)}'"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case str():
            return "text"
        case dict():
            return "an object"
        case list():
            return "a list"
        case _:
            return "a single value"


class _Walk:
    """A reader's place in a JSON text that is known to be one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def records(self, path: Path) -> list[bytes]:
        for step in path:
            self._enter(step)
        self._pass("[")
        found: list[bytes] = []
        self._skip_blank()
        while self._text[self._at] != "]":
            start = self._at
            self._value()
            found.append(self._text[start : self._at].encode("utf-8", "surrogateescape"))
            self._skip_blank()
            if self._text[self._at] == ",":
                self._pass(",")
                self._skip_blank()
        return found

    def _enter(self, step: str) -> None:
        """Go to the value of that name, inside the object that begins here."""
        self._pass("{")
        while True:
            self._skip_blank()
            name = self._value()
            self._pass(":")
            self._skip_blank()
            if name == step:
                return
            self._value()
            self._pass(",")

    def _pass(self, mark: str) -> None:
        """Go past this character, and over what is blank before it."""
        self._skip_blank()
        self._at += len(mark)

    def _value(self) -> Any:
        value, self._at = _WALKER.raw_decode(self._text, self._at)
        return value

    def _skip_blank(self) -> None:
        while self._text[self._at] in _BLANK:
            self._at += 1
