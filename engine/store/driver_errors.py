"""What a database driver raises, as the sentence a person reads."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from engine.store.refusals import StoreUnusable

_SQLITE = {
    sqlite3.SQLITE_NOTADB: "{name} is not a database; move it away, or choose another --store",
    sqlite3.SQLITE_CORRUPT: "{name} is damaged ({text}); restore it from a backup, "
    "or move it away to begin anew",
    sqlite3.SQLITE_FULL: "the disk that holds {name} is full; free some space, then go on",
    sqlite3.SQLITE_IOERR: "{name} could not be read or written ({text}); "
    "check the disk, its free space and file size limits",
    sqlite3.SQLITE_READONLY: "{name} cannot be written; check its mode and its folder's",
    sqlite3.SQLITE_CANTOPEN: "{name} cannot be opened; check that it is still there, "
    "its folder's mode, and the limit on open files (ulimit -n)",
    sqlite3.SQLITE_BUSY: "{name} is locked by another program; close what has it open",
}

_POSTGRES = {
    "28": "{name} refused this user or password; check the store's address",
    "3D": "{name} does not exist; create the database first",
    "42501": "{name}: this user may not do that ({text}); grant it the database",
    "53": "{name} is out of space or connections ({text}); make room, then go on",
    "57": "{name} was shut down or ended the query ({text}); start it again, then go on",
}


_UNREACHED = "{name} cannot be reached ({text}); check its address, and that it runs"
_UNWILLING = "{name} could not do it ({text}); try again, and look at the server's log"

_OUR_FAULT = ("22", "23", "42", "P0")
"""PostgreSQL's classes for bad data, constraints, bad SQL and our own triggers."""


def sentence_for(error: Exception, name: str) -> StoreUnusable | None:
    """What to tell the person; None where the error is not the database's condition."""
    driver = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(driver, "sqlite_errorcode", None)
    if code is not None:
        form = _SQLITE.get(code & 0xFF)
        return _told(form, driver, name) if form else None
    state = getattr(driver, "sqlstate", None) or ""
    form = next((form for key, form in _POSTGRES.items() if state.startswith(key)), None)
    if form is None and state.startswith(_OUR_FAULT):
        return None
    reached = bool(state) and not state.startswith("08")
    return _told(form or (_UNWILLING if reached else _UNREACHED), driver, name)


def spoilt(error: Exception) -> bool:
    """Whether the connection must not be trusted any more."""
    driver = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(driver, "sqlite_errorcode", None) or 0
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return code & 0xFF == sqlite3.SQLITE_IOERR or lost


def _told(form: str, driver: BaseException | None, name: str) -> StoreUnusable:
    text = next(iter(str(driver).strip().splitlines()), "no reason given")
    return StoreUnusable(form.format(name=name, text=text))
