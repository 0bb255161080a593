"""Reads a PostgreSQL server in transactions that cannot change anything."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from engine.adapters.sql.address import Server
from engine.adapters.sql.identifiers import quoted, quoted_table
from engine.adapters.sql.postgres.asking import held
from engine.adapters.sql.postgres.failures import failure_of
from engine.adapters.sql.postgres.schema import read_table
from engine.adapters.sql.postgres.server import Connection, connect
from engine.adapters.sql.raw import Row, plain
from engine.adapters.sql.reading import PARAMETER, Answer, Asking, Part, Question
from engine.adapters.sql.table import Table


class PostgresReader:
    """Tables and queries of one database."""

    limits = True
    asked_at_once = 10_000

    def __init__(self, server: Server, system: str) -> None:
        self._server = server
        self._system = system
        self._open: Connection | None = None
        self._inside = False

    def table(self, name: str) -> Table | None:
        """The table or view of this name, or None."""
        with self._guarded() as connection:
            found = read_table(connection, name)
        return None if found is None else found.table

    def named(self, table: str) -> str:
        """The table's name as SQL text."""
        return quoted_table(table)

    def quoted(self, column: str) -> str:
        """The column's name as SQL text."""
        return quoted(column)

    def select(self, question: Question) -> Answer:
        """The rows of a question."""
        with self._guarded() as connection:
            text = question.text.replace("%", "%%").replace(PARAMETER, "%s")
            cursor = connection.execute(text.encode(), [_bound(v) for v in question.values])
            rows: list[Row] = cursor.fetchall()
            return Answer(tuple(column.name for column in cursor.description or ()), rows)

    def every(self, asking: Asking, part: Part, size: int) -> Iterator[Row]:
        """The key of every size-th record, numbered by the server."""
        return iter(self.select(asking.numbered_keys(part, size)).rows)

    def held(self, asking: Asking, columns: tuple[str, ...], keys: Sequence[Row]) -> Answer:
        """The records that have any of these values in these columns."""
        with self._guarded() as connection:
            return held(connection, asking, columns, keys)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One state of the database for all that is asked inside."""
        self._inside = True
        try:
            with self._guarded():
                yield
        finally:
            self._inside = False
            if self._open is not None:
                with suppress(psycopg.Error):
                    self._open.rollback()

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            connection, self._open = self._open, None
            connection.close()

    @contextmanager
    def _guarded(self) -> Iterator[Connection]:
        try:
            if self._open is None:
                self._open = connect(self._server, system=self._system, read_only=True)
                self._open.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            yield self._open
            if not self._inside:
                self._open.rollback()
        except psycopg.Error as cause:
            self.close()
            raise failure_of(cause, system=self._system) from cause


def _bound(value: Any) -> Any:
    """Text takes the type of the column it is compared with; a number would insist on its own."""
    if value is None or isinstance(value, bytes):
        return value
    return str(plain(value))
