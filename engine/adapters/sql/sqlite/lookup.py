"""What a SQLite table holds, asked by key on connections that only read."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from engine.adapters.sql.decoding import Decoding, asked_key
from engine.adapters.sql.identifiers import quoted
from engine.adapters.sql.per_thread import PerThread
from engine.adapters.sql.rows import Row
from engine.adapters.sql.sqlite.failures import failure_of
from engine.adapters.sql.sqlite.file import check_reachable, connect_reader
from engine.adapters.sql.sqlite.schema import read_table, table_names
from engine.adapters.sql.sqlite.storing import storable
from engine.adapters.sql.table import Writing, check_columns, missing_table
from engine.adapters.sql.values import Unstorable


class SqliteLookup:
    """Answers for keys, from any thread, whether or not the target is open."""

    def __init__(self, path: str, writing: Writing) -> None:
        self._path = path
        self._writing = writing
        self._readers = PerThread(self._connected, sqlite3.Connection.close)

    def __call__(self, keys: Sequence[Row]) -> dict[Row, Mapping[str, Any] | None]:
        """By key, the record as the stages' casts would have made it, or None."""
        try:
            connection = self._readers.get()
            # Outside a transaction every key would begin and end one: twice the time.
            with connection:
                connection.execute("BEGIN").close()
                return held(connection, keys, self._writing)
        except sqlite3.Error as cause:
            self._readers.drop()
            raise failure_of(cause, system=self._writing.system) from cause

    def close(self) -> None:
        """Let go of every reader."""
        self._readers.close()

    def _connected(self) -> sqlite3.Connection:
        check_reachable(self._path, system=self._writing.system)
        connection = connect_reader(self._path)
        table = read_table(connection, self._writing.table)
        if table is None:
            there = table_names(connection)
            connection.close()
            raise missing_table(self._writing, there)
        check_columns(table, self._writing.key, self._writing)
        return connection


def held(
    connection: sqlite3.Connection, keys: Sequence[Row], writing: Writing
) -> dict[Row, Mapping[str, Any] | None]:
    """What the table holds for these keys, asked on this connection."""
    if not keys:
        return {}
    where = " AND ".join(f"{quoted(name)} = ?" for name in writing.key)
    query = f"SELECT * FROM {quoted(writing.table)} WHERE {where}"
    cursor = connection.execute(query, [None] * len(writing.key))
    decoding = Decoding([column[0] for column in cursor.description], writing.casts)
    found: dict[Row, Mapping[str, Any] | None] = {}
    for key in keys:
        asked = asked_key(key, writing.key, writing.casts)
        try:
            values = [storable(part, "") for part in asked]
        except Unstorable:
            found[key] = None
            continue
        row = cursor.execute(query, values).fetchone()
        found[key] = row and decoding(row)
    cursor.close()
    return found
