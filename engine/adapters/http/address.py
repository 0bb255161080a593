"""Addresses: what a definition writes, and what a request is sent to."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from engine.domain.errors import ErrorClass, RecordSyncError, SystemSyncError
from engine.domain.missing import MISSING
from engine.domain.values import dataclass

_PORTS = {"http": 80, "https": 443}
_FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is asked: credentials never leave it."""

    scheme: str
    host: str
    port: int | None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port is None or self.port == _PORTS.get(self.scheme)
        return host if usual else f"{host}:{self.port}"


def origin_of(url: str) -> Origin:
    """The origin of an address; raises SystemSyncError where it is none."""
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), parts.hostname
        port = parts.port or _PORTS.get(scheme)
    except ValueError as cause:
        raise _unusable(f"the address cannot be read: {cause}") from cause
    if scheme not in _PORTS or not host:
        raise _unusable("an address starts with http:// or https:// and names a host")
    return Origin(scheme, host, port)


def named_by(server: str, place: str) -> tuple[str, Origin] | None:
    """The address that a server at this one names, and its origin; None where that is none."""
    try:
        address = urljoin(server, place)
        return address, origin_of(address)
    except (ValueError, SystemSyncError):
        return None


def without_user(url: str) -> tuple[str, tuple[str, str] | None]:
    """The address without `user:password@`, and those two where it had them."""
    origin_of(url)
    parts = urlsplit(url)
    if parts.username is None:
        return url, None
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, (unquote(parts.username), unquote(parts.password or ""))


def _unusable(message: str) -> SystemSyncError:
    return SystemSyncError(
        f"{message}; correct url", code="bad_address", error_class=ErrorClass.SCHEMA
    )


class Template:
    """An address with `{field}` in it, filled in per record and percent-encoded."""

    def __init__(self, url: str) -> None:
        if "{" in urlsplit(url).netloc:
            raise _unusable(
                "a {field} cannot name the host: records would choose who is asked"
            )
        pieces = _FIELD.split(url)
        self._fixed = pieces[::2]
        self.fields = tuple(pieces[1::2])

    def fill(self, value_of: Callable[[str], Any]) -> str:
        """The address for one record; raises RecordSyncError where a value cannot stand in it."""
        parts = [self._fixed[0]]
        for name, fixed in zip(self.fields, self._fixed[1:], strict=True):
            parts += (_encoded(name, value_of(name)), fixed)
        return "".join(parts)


def reach(record: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; MISSING where there is none."""
    if path in record:
        return record[path]
    found: Any = record
    for step in path.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return MISSING
        found = found[step]
    return found


def _encoded(name: str, value: Any) -> str:
    text = _as_text(value)
    if text is None or not text.strip():
        raise _unfit(name, f"{name} is blank, but the address needs it")
    # A path segment of dots would address another place.
    if text in {".", ".."}:
        raise _unfit(name, f"{name} is '{text}', which cannot stand in an address")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError as cause:
        raise _unfit(name, f"{name} holds a character no address can carry") from cause


def _as_text(value: Any) -> str | None:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return None


def _unfit(name: str, message: str) -> RecordSyncError:
    return RecordSyncError(
        message, code="bad_address", error_class=ErrorClass.VALIDATION, field=name
    )
