"""What a database driver raises, as the sentence a person reads."""

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError

from engine.store.refusals import StoreUnusable

FAILING_DISK = sqlite3.SQLITE_IOERR

_SQLITE = {
    sqlite3.SQLITE_NOTADB: "{name} is not a database; move it away, or choose another --store",
    sqlite3.SQLITE_CORRUPT: "{name} is damaged ({text}); restore it from a backup, "
    "or move it away to begin anew",
    sqlite3.SQLITE_FULL: "the disk that holds {name} is full; free some space, then go on",
    sqlite3.SQLITE_IOERR: "{name} could not be read or written ({text}); "
    "check the disk, its free space and file size limits",
    sqlite3.SQLITE_READONLY: "{name} cannot be written; check its mode and its folder's",
    sqlite3.SQLITE_CANTOPEN: "{name} cannot be opened; check that it is still there, "
    "and its folder's mode",
    sqlite3.SQLITE_BUSY: "{name} is locked by another program; close what has it open",
}

_POSTGRES = {
    "28": "{name} refused this user or password; check the store's address",
    "3D": "{name} does not exist; create the database first",
    "42501": "{name}: this user may not do that ({text}); grant it the database",
    "53": "{name} is out of space or connections ({text}); make room, then go on",
    "57": "{name} was shut down or ended the query ({text}); start it again, then go on",
}


def sentence_for(error: DBAPIError, name: str) -> StoreUnusable | None:
    """What to tell the person; None where the error is not the database's condition."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        form = _SQLITE.get(code & 0xFF)
        return _told(form, error, name) if form else None
    state = getattr(error.orig, "sqlstate", None) or ""
    form = next((form for key, form in _POSTGRES.items() if state.startswith(key)), None)
    if form is None and isinstance(error, ProgrammingError | IntegrityError | DataError):
        return None
    return _told(
        form or "{name} cannot be reached ({text}); check that it runs", error, name
    )


def disk_failed(error: DBAPIError) -> bool:
    """Whether the connection must not be trusted any more."""
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return code & 0xFF == FAILING_DISK or error.connection_invalidated


def _told(form: str, error: DBAPIError, name: str) -> StoreUnusable:
    text = next(iter(str(error.orig).strip().splitlines()), "no reason given")
    return StoreUnusable(form.format(name=name, text=text))
