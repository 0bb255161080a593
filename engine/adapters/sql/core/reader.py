"""Reads any database SQLAlchemy has a driver for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from engine.adapters.sql.address import Server
from engine.adapters.sql.core.database import described, engine_of, failure_of
from engine.adapters.sql.raw import Row
from engine.adapters.sql.reading import PARAMETER, Answer, Asking, Part, Question
from engine.adapters.sql.table import Table


class CoreReader:
    """Tables and queries of one database."""

    limits = False
    asked_at_once = 100

    def __init__(self, server: Server, system: str) -> None:
        self._server = server
        self._system = system
        self._engine = engine_of(server, system=system)
        self._inside: sa.Connection | None = None

    def table(self, name: str) -> Table | None:
        """The table or view of this name, or None."""
        with self._guarded() as connection:
            return described(connection, name)

    def named(self, table: str) -> str:
        """The table's name as SQL text."""
        return ".".join(self.quoted(part) for part in table.split(".", 1))

    def quoted(self, column: str) -> str:
        """The column's name as SQL text."""
        return self._engine.dialect.identifier_preparer.quote_identifier(column)

    def select(self, question: Question) -> Answer:
        """The rows of a question."""
        with self._guarded() as connection:
            found = connection.execute(*_asked(question))
            return Answer(tuple(found.keys()), [tuple(row) for row in found])

    def every(self, asking: Asking, part: Part, size: int) -> Iterator[Row]:
        """The key of every size-th record; not every database numbers or divides alike."""
        with self._guarded() as connection:
            rows = connection.execute(*_asked(asking.ordered_keys(part)))
            keys = [tuple(row) for row in islice(rows, size - 1, None, size)]
        return iter(keys)

    def held(self, asking: Asking, columns: tuple[str, ...], keys: Sequence[Row]) -> Answer:
        """The records that have any of these values in these columns."""
        return self.select(asking.held(columns, keys))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """One transaction for all that is asked inside."""
        with self._guarded() as connection:
            self._inside = connection
            try:
                yield
            finally:
                self._inside = None

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _guarded(self) -> Iterator[sa.Connection]:
        if self._inside is not None:
            yield self._inside
            return
        try:
            with self._engine.connect() as connection:
                yield connection
        except exc.SQLAlchemyError as cause:
            raise failure_of(cause, self._server, system=self._system) from cause


def _asked(question: Question) -> tuple[sa.TextClause, dict[str, Any]]:
    numbers = count()
    values = {f"p{place}": value for place, value in enumerate(question.values)}
    head, *rest = question.text.replace(":", "\\:").split(PARAMETER)
    text = head + "".join(f":p{next(numbers)}{part}" for part in rest)
    return sa.text(text), values
