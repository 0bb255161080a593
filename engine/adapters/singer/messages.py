"""The messages of a tap: one JSON object a line (Singer specification 0.3.0)."""

from typing import Any

import msgspec


class Message(msgspec.Struct, gc=False):
    """What a line says; only what its `type` has is there."""

    type: str
    stream: str | None = None
    record: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    value: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    schema: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_DECODER = msgspec.json.Decoder(Message)


def message_of(line: bytes) -> Message | None:
    """The message in a line; None where there is none that can be read."""
    try:
        message = _DECODER.decode(line)
        # What was left as it came must be readable, too: states and schemas are kept.
        decoded(message.value), decoded(message.schema)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return message


def record_of(line: bytes) -> bytes | None:
    """The record's own JSON in a RECORD line."""
    message = message_of(line)
    if message is None or message.record is msgspec.UNSET:
        return None
    return bytes(message.record)


def decoded(raw: Any) -> Any:
    """The value of a part of a message that was left as it came; None where it is missing."""
    return None if raw is msgspec.UNSET else msgspec.json.decode(bytes(raw))
