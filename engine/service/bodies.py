"""From the body of a delivery to its records, each as the JSON that was sent."""

from collections.abc import Iterator
from typing import Any

import msgspec

JSON, LINES = "application/json", "application/x-ndjson"
FORMS = frozenset({JSON, LINES})

_MARK = b"\xef\xbb\xbf"
_RAWS = msgspec.json.Decoder(list[msgspec.Raw]).decode
_ANY = msgspec.json.Decoder().decode


class Unreadable(ValueError):
    """The body is not what it says it is: a sentence, and the line of the body it is about."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        super().__init__(sentence)
        self.line = line


def records_of(body: bytes, form: str) -> list[bytes]:
    """The records in a body of this media type. Raises Unreadable, whatever it holds."""
    body = body.removeprefix(_MARK)
    records = list(_lines(body)) if form == LINES else _values(body)
    if not records:
        raise Unreadable("there is no record in the body")
    return records


def _lines(body: bytes) -> Iterator[bytes]:
    for number, line in enumerate(body.split(b"\n"), 1):
        record = line.strip(b" \t\r")
        if record:
            _admit(record, number)
            yield record


def _values(body: bytes) -> list[bytes]:
    text = body.strip(b" \t\r\n")
    if not text.startswith(b"["):
        if text:
            _admit(text, body.count(b"\n", 0, body.index(text[:1])) + 1)
        return [text] if text else []
    try:
        raws = [bytes(raw) for raw in _RAWS(body)]
    except (msgspec.DecodeError, RecursionError) as cause:
        raise _unreadable(cause, body, 1) from cause
    at, line = 0, 1
    for raw in raws:
        # Between two records there is nothing that a record could begin with.
        found = body.index(raw, at)
        line += body.count(b"\n", at, found)
        _admit(raw, line)
        line += raw.count(b"\n")
        at = found + len(raw)
    return raws


def _admit(record: bytes, line: int) -> None:
    """Raises Unreadable for what is no JSON object that any target could hold."""
    try:
        value: Any = _ANY(record)
    except (ValueError, RecursionError) as cause:
        raise _unreadable(cause, record, line) from cause
    if not isinstance(value, dict):
        raise Unreadable(f"line {line}: a record is a JSON object, this is not", line)


def _unreadable(cause: Exception, text: bytes, first: int) -> Unreadable:
    if isinstance(cause, RecursionError):
        return Unreadable(f"line {first}: it is nested too deeply", first)
    said = str(cause)
    line = first + text.count(b"\n", 0, _byte_in(said))
    return Unreadable(f"line {line}: {_plain(said)}", line)


def _byte_in(said: str) -> int:
    """Where a decoder stumbled: it says `(byte 17)` at the end."""
    _, found, rest = said.rpartition("(byte ")
    digits = rest.rstrip(")")
    return int(digits) if found and digits.isdigit() else 0


def _plain(said: str) -> str:
    """What a decoder says, without its byte, and nothing of the body."""
    if said.startswith("'utf-8'"):
        return "it is not UTF-8"
    sentence = said.partition(" (byte ")[0]
    return (
        sentence[:1].lower() + sentence[1:] if not sentence.startswith("JSON") else sentence
    )
