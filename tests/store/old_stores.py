"""Stores as earlier versions left them: the schema of a revision, and the rows kept for it."""

import re
from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from engine.store import migrate, migrations
from engine.store.address import SqlitePlace, place_of
from engine.store.anchor import Anchor, Anchored, Head
from engine.store.database import Database
from engine.store.lock import WriterLock
from engine.store.opening import ANCHOR
from engine.store.postgres_database import PostgresDatabase
from engine.store.private import make_private_file
from engine.store.secret import FILE as SECRET
from engine.store.sqlite_database import SqliteDatabase
from tests.store.conftest import Place

SCHEMAS = Path(__file__).parent / "schemas"
HOME = "@HOME@"
"""Stands in the rows for the folder they are loaded into."""

_BYTES = re.compile(r"X'([0-9a-f]*)'")
_INSTALLATION = bytes(range(32))


def rows_of(revision: str) -> Path:
    """The file with the rows of a store of this revision, as SQL."""
    return SCHEMAS / f"r{revision}.sql"


def made_at(place: Place, revision: str) -> Mapping[str, int]:
    """A store as this revision left it; how many rows each table has."""
    place.home.mkdir(mode=0o700, exist_ok=True)
    (place.home / "links").mkdir(mode=0o700, exist_ok=True)
    database = _database(place)
    try:
        with database.migrating() as connection:
            upgraded(connection, revision)
            _load(connection, rows_of(revision).read_text("utf-8"), place.home)
            head = _head(connection)
            counts = rows_in(database, connection)
    finally:
        database.close()
    _anchor(place.home, head)
    return counts


def upgraded(connection: Connection, revision: str) -> None:
    """The schema of this revision."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def rows_in(database: Database, connection: Connection) -> Mapping[str, int]:
    """How many rows each table has."""
    names = database.tables(connection) - {migrate.VERSION_TABLE, "sqlite_sequence"}
    return {
        name: int(connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one())
        for name in sorted(names)
    }


def _database(place: Place) -> Database:
    where = place_of(place.url, place.home)
    if not isinstance(where, SqlitePlace):
        return PostgresDatabase(where)
    make_private_file(where.path)
    lock = where.path.with_name(f"{where.path.name}.lock")
    return SqliteDatabase(where.path, WriterLock(lock))


def _load(connection: Connection, rows: str, home: Path) -> None:
    said = rows.replace(HOME, str(home))
    raw = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        raw.execute("SET LOCAL TIME ZONE 'UTC'")
        said = _BYTES.sub(r"'\\x\1'", said)
    for statement in said.split(";\n\n"):
        if statement.strip():
            raw.execute(statement)
    raw.close()


def _head(connection: Connection) -> Head:
    query = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
    seq, hash_ = connection.exec_driver_sql(query).one()
    return Head(seq, hash_)


def _anchor(home: Path, head: Head) -> None:
    make_private_file(home / SECRET, _INSTALLATION)
    Anchor(home / ANCHOR, _INSTALLATION).write(Anchored(head))
