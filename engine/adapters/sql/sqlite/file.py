"""Connections to a SQLite file: one that writes durably, others that only read."""

import sqlite3
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from engine.domain.errors import ErrorClass, SystemSyncError

BUSY_SECONDS = 5.0

WORTH_MOVING = 8 << 20
"""Bytes of WAL below which moving them can wait for the end."""

_WRITER_SETTINGS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA cache_size = -32768",
    "PRAGMA wal_autocheckpoint = 20000",
    "PRAGMA secure_delete = OFF",
    "PRAGMA foreign_keys = ON",
)


def check_reachable(path: str, *, system: str, create: bool = False) -> None:
    """Refuse a path at which there is no database file, saying why."""
    file = Path(path)
    if not file.parent.is_dir():
        raise _unreachable(f"{system}: the folder {file.parent} is missing: create it")
    if file.is_dir():
        raise _unreachable(f"{system}: {path} is a folder, not a database file")
    if not create and not file.exists():
        raise _unreachable(
            f"{system}: the database file {path} is missing: correct the url"
        )


def connect_writer(path: str, *, create: bool) -> sqlite3.Connection:
    """The connection that writes: WAL, every commit on disk before it returns."""
    connection = _connected(path, "rwc" if create else "rw")
    with ExitStack() as undo:
        undo.callback(connection.close)
        for setting in _WRITER_SETTINGS:
            connection.execute(setting).close()
        _use_wal(connection)
        undo.pop_all()
    return connection


def connect_reader(path: str) -> sqlite3.Connection:
    """A connection that cannot change anything."""
    connection = _connected(path, "ro")
    with ExitStack() as undo:
        undo.callback(connection.close)
        connection.execute("PRAGMA query_only = ON").close()
        undo.pop_all()
    return connection


def checkpoint(connection: sqlite3.Connection) -> None:
    """Move everything from the WAL into the file; what readers still need stays in the WAL."""
    connection.execute("PRAGMA busy_timeout = 500").close()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def relieve(connection: sqlite3.Connection, path: str) -> None:
    """Move a WAL that has grown into the file; nobody waits for that, and it waits for nobody."""
    wal = Path(f"{path}-wal")
    if wal.exists() and wal.stat().st_size >= WORTH_MOVING:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _connected(path: str, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(path)}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Where somebody reads the file just now, its journal stays as it is: slower, as durable."""
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as cause:
            if cause.sqlite_errorcode & 0xFF not in {
                sqlite3.SQLITE_BUSY,
                sqlite3.SQLITE_LOCKED,
            }:
                raise


def _unreachable(message: str) -> SystemSyncError:
    return SystemSyncError(
        message, code="database_missing", error_class=ErrorClass.AVAILABILITY
    )
