"""Where a store is: a file of SQLite, or a database of PostgreSQL."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from engine.domain.errors import Misused
from engine.domain.values import dataclass

FILE = "linkdeck.db"


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """A SQLite file."""

    path: Path

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    """A PostgreSQL database, reached by psycopg 3."""

    url: URL

    @property
    def name(self) -> str:
        """What to call it in a sentence; the password stays out."""
        shown = self.url.set(drivername="postgresql")
        return shown.render_as_string(hide_password=True)


def place_of(url: str | None, home: Path) -> SqlitePlace | PostgresPlace:
    """The place a URL names; none is the SQLite file in HOME."""
    if url is None:
        return SqlitePlace(home / FILE)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as cause:
        raise Misused(
            "the store's address cannot be read; write sqlite:///PATH or postgresql://…"
        ) from cause
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return SqlitePlace(Path(parsed.database or "").absolute())
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return PostgresPlace(parsed.set(drivername="postgresql+psycopg"))
    raise Misused(
        f"a store cannot be kept in '{parsed.drivername}'; "
        "write sqlite:///PATH or postgresql://…"
    )
