"""What SQLite says when it cannot: this record, this transaction, or the file (T1-T3)."""

import re
import sqlite3
from collections.abc import Sequence
from typing import Any

from engine.adapters.sql import refusals
from engine.adapters.sql.identifiers import quoted
from engine.adapters.sql.sqlite.schema import foreign
from engine.adapters.sql.table import Table
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)

OF_A_ROW = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    OverflowError,
    UnicodeEncodeError,
)
"""What the driver raises for one row's values; the rest concerns the whole transaction."""

_SCHEMA_GONE = re.compile(r"no such (table|column)|has no column|ON CONFLICT clause")


def refusal_of(
    cause: Exception,
    *,
    connection: sqlite3.Connection,
    table: Table,
    columns: Sequence[str],
    row: tuple[Any, ...],
) -> RecordSyncError:
    """Why this row, whose values SQLite can hold, was refused."""
    code = getattr(cause, "sqlite_errorcode", None)
    if code is None:
        raise cause
    if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return _dangling(connection, table, dict(zip(columns, row, strict=True)))
    return _by_code(code, str(cause), table)


def _by_code(code: int, said: str, table: Table) -> RecordSyncError:
    what = said.partition(": ")[2]
    if code in {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}:
        return refusals.duplicate(table.name, _columns(what))
    if code == sqlite3.SQLITE_CONSTRAINT_NOTNULL:
        return refusals.absent(table.name, refusals.blamed(_columns(what)))
    if code == sqlite3.SQLITE_CONSTRAINT_CHECK:
        return refusals.unchecked(table.name, what, _only_column_in(what, table))
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return refusals.by_rule(said)
    return _by_type(code, said, table)


def _by_type(code: int, said: str, table: Table) -> RecordSyncError:
    if code in {sqlite3.SQLITE_CONSTRAINT_ROWID, sqlite3.SQLITE_MISMATCH}:
        return refusals.mistyped(table.name, None, "a whole number as its key")
    if code == _CONSTRAINT_DATATYPE:
        strict = re.search(r"cannot store (\w+) value in (\w+) column \S*?\.(.+)", said)
        if strict:
            return refusals.mistyped(table.name, strict[3], strict[2])
    if code == sqlite3.SQLITE_TOOBIG:
        return refusals.too_long(table.name, None, "")
    return refusals.unforeseen(said)


_CONSTRAINT_DATATYPE = 3091
"""SQLITE_CONSTRAINT_DATATYPE, of STRICT tables; the module has no name for it."""


def _columns(listed: str) -> list[str]:
    """The columns in `orders.region, orders.id`; none where an index's name stands instead."""
    if listed.startswith("index "):
        return []
    return [part.partition(".")[2] for part in listed.split(", ")]


def _only_column_in(check: str, table: Table) -> str | None:
    words = set(re.findall(r"\w+", check))
    named = [name for name in table.columns if name in words]
    return named[0] if len(named) == 1 else None


def _dangling(
    connection: sqlite3.Connection, table: Table, record: dict[str, Any]
) -> RecordSyncError:
    """SQLite does not say which of the foreign keys it was: ask each parent."""
    for parent, pairs in foreign(connection, table.name):
        values = [record.get(column) for column, _ in pairs]
        if None in values:
            continue
        there = " AND ".join(f"{quoted(there)} = ?" for _, there in pairs)
        query = f"SELECT 1 FROM {quoted(parent)} WHERE {there}"
        try:
            found = connection.execute(query, values).fetchone()
        except sqlite3.OperationalError:
            continue
        if found is None:
            return refusals.dangling(table.name, [column for column, _ in pairs], parent)
    # Every parent is there.
    return refusals.depended_on(table.name, None)


def failure_of(cause: sqlite3.Error, *, system: str) -> SyncError:
    """What failed the whole transaction, which is rolled back."""
    code = getattr(cause, "sqlite_errorcode", None)
    kind, name, sentence = _TRANSACTION.get((code or 0) & 0xFF, _UNFORESEEN)
    if code == sqlite3.SQLITE_ERROR and _SCHEMA_GONE.search(str(cause)):
        kind, name, sentence = (
            ErrorClass.SCHEMA,
            "table_changed",
            "its table does not fit: ",
        )
    tier = SystemSyncError if name in _ENDS_THE_RUN else BatchSyncError
    said = str(cause) if sentence.endswith(": ") else ""
    return tier(f"{system}: {sentence}{said}", code=name, error_class=kind)


_ENDS_THE_RUN = frozenset({"table_changed", "database_corrupt"})
_UNFORESEEN = (ErrorClass.UNCLASSIFIED, "database_error", "the database could not do it: ")
_LOCKED = (
    ErrorClass.TRANSIENT,
    "database_locked",
    "the database file is locked by another program",
)
_TRANSACTION: dict[int, tuple[ErrorClass, str, str]] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_FULL: (
        ErrorClass.AVAILABILITY,
        "disk_full",
        "the disk is full, or the file has reached its limit: make room",
    ),
    sqlite3.SQLITE_IOERR: (
        ErrorClass.AVAILABILITY,
        "io_error",
        "the disk could not be read or written: ",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        ErrorClass.AVAILABILITY,
        "database_unreachable",
        "the database file or its journal cannot be opened: check the folder's permissions "
        "and the limit on open files (ulimit -n)",
    ),
    sqlite3.SQLITE_READONLY: (
        ErrorClass.AUTHORIZATION,
        "read_only",
        "the database file is read-only for this user: give it write permission",
    ),
    sqlite3.SQLITE_PERM: (
        ErrorClass.AUTHORIZATION,
        "read_only",
        "this user may not use the database file: check its permissions",
    ),
    sqlite3.SQLITE_CORRUPT: (
        ErrorClass.UNCLASSIFIED,
        "database_corrupt",
        "the database file is damaged: restore it from a backup",
    ),
    sqlite3.SQLITE_NOTADB: (
        ErrorClass.UNCLASSIFIED,
        "database_corrupt",
        "the file is not a SQLite database: correct the url",
    ),
}
