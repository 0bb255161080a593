"""Text and JSON as they lie in the store: lossless where it matters, fit for any database."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from engine.domain.delta import MarkValue

_ENCODER = msgspec.json.Encoder(enc_hook=str)
_DECODER = msgspec.json.Decoder()


def encoded(value: object) -> str:
    """JSON text. What UTF-8 cannot hold is escaped, so that reading gives the same value back."""
    try:
        return _ENCODER.encode(value).decode()
    except UnicodeEncodeError:
        return json.dumps(value, default=str, separators=(",", ":"))


def decoded(text: str) -> Any:
    """The value of JSON text written by `encoded`."""
    try:
        return _DECODER.decode(text)
    except msgspec.DecodeError:
        # A lone surrogate, which only the standard library takes.
        return json.loads(text)


def plain(text: str) -> str:
    """The text with what a database cannot hold (NUL, lone surrogates) made visible."""
    if text.isascii() and "\0" not in text:
        return text
    text = text.replace("\0", "\\x00")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


LONGEST_LABEL = 400
"""Characters of a label that are kept: PostgreSQL indexes no more than about 2,700 bytes."""


def label_text(label: str) -> str:
    """What a person finds a record by, cut to what can be indexed."""
    text = plain(label)
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def mark_text(value: MarkValue | None) -> str | None:
    """A mark or window bound as JSON text that remembers its type."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return encoded({"time": value.isoformat()})
    return encoded(value)


def mark_from(text: str | None) -> MarkValue | None:
    """The mark or window bound that `mark_text` wrote."""
    if text is None:
        return None
    value: Mapping[str, str] | int | str = decoded(text)
    return datetime.fromisoformat(value["time"]) if isinstance(value, dict) else value  # type: ignore[return-value]
