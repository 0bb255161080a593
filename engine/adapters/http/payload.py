"""A record as a target gets it: its JSON, its address, and the key that makes it harmless twice."""

import hmac
from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

import msgspec

from engine.adapters.http.options import WrappedBody
from engine.domain.errors import ErrorClass, RecordSyncError
from engine.domain.missing import MISSING

_BETWEEN = b"\x1f"


def record_of(row: Any, columns: tuple[str, ...] | None) -> dict[str, Any]:
    """The fields of a row that are there, by name."""
    pairs = row.items() if columns is None else zip(columns, row, strict=True)
    return {name: value for name, value in pairs if value is not MISSING}


class Payloads:
    """Makes the bodies of one target's requests."""

    def __init__(self, body: str | WrappedBody) -> None:
        self._wrap = body.wrap if isinstance(body, WrappedBody) else None
        # Money must arrive as the number it is: a Decimal's own digits, never a float's.
        self._as_given = msgspec.json.Encoder(decimal_format="number")
        self._sorted = msgspec.json.Encoder(decimal_format="number", order="sorted")

    def body(self, record: Mapping[str, Any]) -> bytes:
        """The record as JSON; raises RecordSyncError where it cannot be."""
        for name, value in record.items():
            if not _sayable(value):
                raise _unsayable(name, f"{name} is {value}, which JSON has no number for")
        try:
            return self._as_given.encode(self.wrapped(record))
        except UnicodeEncodeError as cause:
            raise _unsayable(None, "a text holds half a character pair") from cause
        except (TypeError, ValueError, OverflowError, RecursionError) as cause:
            raise _unsayable(None, f"the record cannot be JSON: {cause}") from cause

    def bodies(self, bodies: Iterable[bytes], wrap: str) -> bytes:
        """Many bodies as one list, under a name where there is one."""
        whole = b"[" + b",".join(bodies) + b"]"
        return b"{%s:%s}" % (self._as_given.encode(wrap), whole) if wrap else whole

    def wrapped(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The record as its body says it."""
        return record if self._wrap is None else {self._wrap: record}

    def canonical(self, value: Any) -> bytes:
        """The same bytes for the same values, in whatever order they come."""
        return self._sorted.encode(value)

    def unwrapped(self, value: Any) -> Any:
        """The record inside an answer, where answers are wrapped as requests are."""
        if (
            self._wrap is not None
            and isinstance(value, dict)
            and set(value) == {self._wrap}
        ):
            return value[self._wrap]
        return value


class Signer:
    """Idempotency keys: the same for every try of the same write, whoever makes it (K1)."""

    def __init__(self, secret: bytes, link: str, target: str, payloads: Payloads) -> None:
        self._secret = secret
        self._place = link.encode() + _BETWEEN + target.encode()
        self._payloads = payloads

    def key_for(self, key: tuple[Any, ...], record: Mapping[str, Any]) -> str:
        """An HMAC over link, target, key and payload, as hexadecimal digits."""
        canonical = self._payloads.canonical
        key = tuple(None if value is MISSING else value for value in key)
        text = _BETWEEN.join((self._place, canonical(key), canonical(record)))
        return hmac.digest(self._secret, text, "sha256").hex()

    def key_for_all(self, keys: Iterable[str]) -> str:
        """The key of one request with many writes, from theirs."""
        text = self._place + _BETWEEN + "\n".join(keys).encode()
        return hmac.digest(self._secret, text, "sha256").hex()


def _sayable(value: Any) -> bool:
    match value:
        case float():
            return isfinite(value)
        case Decimal():
            return value.is_finite()
        case dict():
            return all(map(_sayable, value.values()))
        case list() | tuple():
            return all(map(_sayable, value))
        case _:
            return True


def _unsayable(field: str | None, message: str) -> RecordSyncError:
    return RecordSyncError(
        message, code="unencodable", error_class=ErrorClass.VALIDATION, field=field
    )
