"""JSON of what the stages made: for Snapshots, keys, and the cast `json`.

Decimals are text, so that no digit is lost; times are ISO text; anything unknown is its text.
"""

import json
from datetime import date, datetime
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(enc_hook=str)
_DECODER = msgspec.json.Decoder()


def as_json(value: object) -> bytes:
    """The value as compact JSON; half surrogates and odd keys survive as escapes and text.

    RecursionError where it is nested too deeply.
    """
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, OverflowError):
        return json.dumps(_plain(value), separators=(",", ":"), default=str).encode()


def decoded(raw: bytes) -> Any:
    """The JSON value of these bytes; ValueError or RecursionError where there is none."""
    return _DECODER.decode(raw)


def as_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of these bytes; an empty one where they hold something else."""
    try:
        found = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def raw_text(raw: bytes) -> bytes:
    """Bytes that are no record, as a JSON string that still shows every one of them."""
    return as_json(raw.decode("utf-8", "backslashreplace"))


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, (date, datetime)) else value
