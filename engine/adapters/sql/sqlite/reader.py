"""Reads a SQLite file on a connection that cannot change it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from engine.adapters.sql.identifiers import quoted
from engine.adapters.sql.raw import Row, Undecodable
from engine.adapters.sql.reading import PARAMETER, Answer, Asking, Part, Question
from engine.adapters.sql.sqlite.failures import failure_of
from engine.adapters.sql.sqlite.file import check_reachable, connect_reader
from engine.adapters.sql.sqlite.schema import read_table
from engine.adapters.sql.sqlite.storing import storable
from engine.adapters.sql.table import Table
from engine.adapters.sql.values import Unstorable


class SqliteReader:
    """Tables and queries of one file."""

    limits = True
    asked_at_once = 100

    def __init__(self, path: str, system: str) -> None:
        self._path = path
        self._system = system
        self._open: sqlite3.Connection | None = None

    def table(self, name: str) -> Table | None:
        """The table or view of this name, or None."""
        with self._guarded() as connection:
            return read_table(connection, name)

    def named(self, table: str) -> str:
        """The table's name as SQL text."""
        return quoted(table)

    def quoted(self, column: str) -> str:
        """The column's name as SQL text."""
        return quoted(column)

    def select(self, question: Question) -> Answer:
        """The rows of a question; text that is not UTF-8 comes as Undecodable."""
        with self._guarded() as connection:
            try:
                return self._answer(connection, question)
            except sqlite3.OperationalError as cause:
                if "decode" not in str(cause):
                    raise
            connection.text_factory = _text
            try:
                return self._answer(connection, question)
            finally:
                connection.text_factory = str

    def every(self, asking: Asking, part: Part, size: int) -> Iterator[Row]:
        """The key of every size-th record; rows pass here faster than SQLite numbers them."""
        with self._guarded() as connection:
            cursor = _asked(connection, asking.ordered_keys(part))
            keys = list(islice(cursor, size - 1, None, size))
        return iter(keys)

    def held(self, asking: Asking, columns: tuple[str, ...], keys: Sequence[Row]) -> Answer:
        """The records that have any of these values in these columns."""
        return self.select(asking.held(columns, keys))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One state of the file for all that is asked inside."""
        with self._guarded() as connection:
            connection.execute("BEGIN")
            try:
                yield
            finally:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            connection, self._open = self._open, None
            connection.close()

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        try:
            if self._open is None:
                check_reachable(self._path, system=self._system)
                self._open = connect_reader(self._path)
            yield self._open
        except sqlite3.Error as cause:
            self.close()
            raise failure_of(cause, system=self._system) from cause

    def _answer(self, connection: sqlite3.Connection, question: Question) -> Answer:
        cursor = _asked(connection, question)
        rows: list[Row] = cursor.fetchall()
        return Answer(tuple(column[0] for column in cursor.description), rows)


def _asked(connection: sqlite3.Connection, question: Question) -> sqlite3.Cursor:
    values = [_bound(value) for value in question.values]
    return connection.execute(question.text.replace(PARAMETER, "?"), values)


def _bound(value: Any) -> Any:
    try:
        return storable(value, "")
    except Unstorable:
        return None  # What no column can hold is equal to nothing in it.


def _text(raw: bytes) -> str | Undecodable:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Undecodable(raw)
