"""What is wrong with a piece of JSON, in words a person understands."""

import re
from typing import NamedTuple

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""All that decoding a record may raise."""


class Complaint(NamedTuple):
    """A sentence and its code."""

    message: str
    code: str = "malformed_record"


_AT_BYTE = re.compile(r"\(byte (\d+)\)")
_KIND = re.compile(r"got `(\w+)`")
_FIELD = re.compile(r"at `\$\.(.+)`$")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_NOT_NUMBERS = (b"NaN", b"Infinity")
_KINDS = {"array": "an array", "int": "a number", "float": "a number", "str": "a text"}


def complaint(data: bytes, error: Exception) -> Complaint:
    """The sentence for what `decode(data)` raised; bytes are counted from 1."""
    if isinstance(error, UnicodeDecodeError):
        return not_utf8(data)
    if isinstance(error, RecursionError):
        return Complaint("the record is nested too deep to be read", "too_deep")
    if isinstance(error, msgspec.ValidationError):
        return _unfit(str(error))
    return Complaint(_malformed(data, str(error)))


def not_utf8(data: bytes, encoding: str = "utf-8") -> Complaint:
    """The sentence for text that is not of its encoding."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return Complaint(
            f"byte {error.start + 1} (0x{error.object[error.start]:02x}) "
            f"is not valid {encoding.upper()}",
            "invalid_text",
        )
    except UnicodeError:
        pass
    return Complaint(f"the text is not valid {encoding.upper()}", "invalid_text")


def _unfit(said: str) -> Complaint:
    if "out of range" in said:
        field = _FIELD.search(said)
        where = f" in '{field[1]}'" if field else ""
        return Complaint(f"a number{where} is too large to be read", "number_out_of_range")
    kind = _KIND.search(said)
    name = kind[1] if kind else "something else"
    return Complaint(
        f"the record is not an object but {_KINDS.get(name, name)}", "not_an_object"
    )


def _malformed(data: bytes, said: str) -> str:
    lone = _lone_surrogate(data)
    if lone is not None:
        return f"half of a surrogate pair stands alone at byte {lone + 1}"
    if "truncated" in said:
        return "not JSON: the text ends in the middle of the record"
    at = _AT_BYTE.search(said)
    reason = _AT_BYTE.sub("", said).removeprefix("JSON is malformed: ").strip()
    return f"not JSON: {reason}" if at is None else _at_byte(data, int(at[1]), reason)


def _at_byte(data: bytes, place: int, reason: str) -> str:
    if data.startswith(_NOT_NUMBERS, place):
        return f"NaN or Infinity at byte {place + 1} is not a number in JSON"
    if "trailing" in reason:
        return "something follows the record"
    if place >= len(data.rstrip()):
        return "not JSON: the text ends in the middle of the record"
    if data[place : place + 1] < b" ":
        return f"a control character stands unescaped at byte {place + 1}"
    return f"not JSON: {reason} at byte {place + 1}"


def _lone_surrogate(data: bytes) -> int | None:
    """Where half of an escaped surrogate pair stands without the other."""
    expected = -1
    high = None
    for match in _ESCAPE.finditer(data):
        unit = int(match[1], 16) if match[1] else 0
        if high is not None:
            if match.start() != expected or not 0xDC00 <= unit <= 0xDFFF:
                return high
            high = None
        elif 0xD800 <= unit <= 0xDBFF:
            high, expected = match.start(), match.end()
        elif 0xDC00 <= unit <= 0xDFFF:
            return match.start()
    return high
