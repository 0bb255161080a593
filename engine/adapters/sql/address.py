"""Where a database is, read from its URL without importing any driver."""

import os
import re
from dataclasses import field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.domain.errors import ErrorClass, SystemSyncError
from engine.domain.values import dataclass

_SCHEME = re.compile(
    r"(?P<kind>[a-z][a-z0-9]*)(?:\+(?P<driver>[a-z0-9_]+))?://", re.IGNORECASE
)
_OURS = {
    "sqlite": frozenset({None, "pysqlite"}),
    "postgresql": frozenset({None, "psycopg", "psycopg2"}),
    "postgres": frozenset({None, "psycopg", "psycopg2"}),
}


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A SQLite database file, by its real path."""

    path: str


@dataclass(frozen=True, slots=True)
class Server:
    """A database behind a driver. `secrets` are parts of the URL that must never be shown."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def hidden(self, text: str) -> str:
        """A driver's text without the secrets of the URL."""
        for secret in (self.url, *self.secrets):
            text = text.replace(secret, "***")
        return text


def dialect_of(url: str) -> str:
    """`sqlite`, `postgresql`, or `other` for what SQLAlchemy is asked for."""
    match = _SCHEME.match(url)
    if match is None:
        return "other"
    kind, driver = match["kind"].lower(), match["driver"]
    if driver not in _OURS.get(kind, frozenset()):
        return "other"
    return "sqlite" if kind == "sqlite" else "postgresql"


def sqlite_file(url: str, folder: str) -> SqliteFile:
    """The file of a `sqlite:///` URL; a relative one is relative to `folder`."""
    path = url.partition("://")[2]
    if not path.startswith("/") or path in {"/", "/:memory:"} or "\0" in path:
        raise _malformed(
            "a sqlite url names a file: sqlite:///orders.db beside the definition, "
            "or sqlite:////var/data/orders.db"
        )
    if "?" in path:
        raise _malformed("a sqlite url takes no options: leave out what follows the '?'")
    return SqliteFile(os.path.realpath(Path(folder) / path[1:]))


def server(url: str) -> Server:
    """The server of any other URL."""
    match = _SCHEME.match(url)
    if match is None:
        raise _malformed(
            "the url does not start like one: sqlite:///file.db, postgresql://user@host/name"
        )
    if dialect_of(url) == "postgresql":
        return Server("postgresql://" + url[match.end() :], _secrets(url))
    return Server(url, _secrets(url))


def driver_missing(system: str) -> SystemSyncError:
    """PostgreSQL is asked for, and its driver is not installed."""
    return SystemSyncError(
        f"{system}: PostgreSQL needs a driver that is not installed: "
        "pip install 'linkdeck[postgres]'",
        code="driver_missing",
        error_class=ErrorClass.SCHEMA,
    )


def _secrets(url: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(url)
    except ValueError as cause:
        raise _malformed(f"the url cannot be read: {cause}") from None
    written = [parts.netloc.rpartition("@")[0].partition(":")[2]]
    written += [value for name, value in parse_qsl(parts.query) if "pass" in name]
    return tuple(
        dict.fromkeys(form for text in written if text for form in (text, unquote(text)))
    )


def _malformed(message: str) -> SystemSyncError:
    return SystemSyncError(message, code="malformed_url", error_class=ErrorClass.SCHEMA)
