"""Which rows a commit is refused for: SQLite only says that some reference leads nowhere."""

import sqlite3
from collections.abc import Sequence

from engine.adapters.sql import refusals
from engine.adapters.sql.answers import spelled
from engine.adapters.sql.identifiers import listed, quoted
from engine.adapters.sql.rows import Row
from engine.adapters.sql.sqlite.schema import foreign
from engine.adapters.sql.table import Writing
from engine.domain.adapter import Load
from engine.domain.errors import RecordSyncError

Refused = dict[int, RecordSyncError]


def dangling_rows(
    connection: sqlite3.Connection, writing: Writing, loads: Sequence[Load]
) -> list[Refused]:
    """By Load, its rows in this open transaction that refer to what nobody holds.

    Empty where the table cannot be asked: it has no rowid, or the Link no key.
    """
    found: list[Refused] = [{} for _ in loads]
    places = {
        spelled(key): (number, row)
        for number, load in enumerate(loads)
        for row, key in enumerate(load.keys)
    }
    references = foreign(connection, writing.table)
    check = f"PRAGMA foreign_key_check({quoted(writing.table)})"
    for _, rowid, parent, number in connection.execute(check).fetchall():
        key = _key_of(connection, writing, rowid)
        if key is None or (place := places.get(spelled(key))) is None:
            continue
        columns = [column for column, _ in references[number][1]]
        why = refusals.dangling(writing.table, columns, parent)
        found[place[0]].setdefault(place[1], why)
    return found


def _key_of(
    connection: sqlite3.Connection, writing: Writing, rowid: int | None
) -> Row | None:
    if rowid is None or not writing.key:
        return None
    query = f"SELECT {listed(writing.key)} FROM {quoted(writing.table)} WHERE rowid = ?"
    row: Row | None = connection.execute(query, (rowid,)).fetchone()
    return row
