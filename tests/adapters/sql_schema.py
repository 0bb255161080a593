"""A schema of a PostgreSQL server, for one test."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class Schema:
    """An empty schema, first on the search path of whoever connects by `url`."""

    name: str
    url: str

    def run(self, *statements: str) -> None:
        """Execute these on a connection of their own."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def rows(self, query: str) -> list[Any]:
        """What a query gives on a connection of its own."""
        with closing(psycopg.connect(self.url, autocommit=True)) as connection:
            return connection.execute(query.encode()).fetchall()

    def end_sessions(self) -> None:
        """End the connections of our own, as a server does that restarts."""
        self.run(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE application_name = 'linkdeck' AND pid <> pg_backend_pid()"
        )
