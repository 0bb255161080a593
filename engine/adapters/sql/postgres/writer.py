"""Writes to PostgreSQL: a transaction a push, tried again where that is harmless (T3, T6, K3)."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

import psycopg

from engine.adapters.sql.address import Server
from engine.adapters.sql.identifiers import spoken
from engine.adapters.sql.outcomes import all_in_doubt, ending_the_run, nothing_of, stopped
from engine.adapters.sql.patience import persevere
from engine.adapters.sql.per_thread import PerThread
from engine.adapters.sql.postgres.failures import (
    connection_lost,
    failure_of,
    is_lost,
    is_of_a_row,
)
from engine.adapters.sql.postgres.loading import Loading, Narrow
from engine.adapters.sql.postgres.lookup import held
from engine.adapters.sql.postgres.schema import (
    ServerTable,
    create_table,
    privileges_missing,
    read_table,
    table_names,
)
from engine.adapters.sql.postgres.server import Connection, connect
from engine.adapters.sql.rows import Row, Tally
from engine.adapters.sql.table import (
    Writing,
    check_columns,
    check_fit,
    check_request,
    missing_table,
)
from engine.domain.adapter import Load, Receipt, Stopped
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    SystemSyncError,
)


@dataclass(slots=True)
class _Push:
    """One call of push; `unknown` once a commit was sent whose answer never came.

    `at_once`: a commit was refused, so that what it checks is checked row by row this time.
    """

    loads: Sequence[Load]
    committing: bool = False
    unknown: bool = False
    at_once: bool = False


class PostgresWriter:
    """A table on a PostgreSQL server, written to from any number of threads and processes."""

    def __init__(self, server: Server, writing: Writing) -> None:
        self._server = server
        self._writing = writing
        self._loading: Loading | None = None
        self._connections: PerThread[Connection] = PerThread(
            lambda: connect(server, system=writing.system), psycopg.Connection.close
        )

    def open(self) -> None:
        """Find or make the table; SystemSyncError where it cannot take the run."""
        writing = self._writing
        check_request(writing)
        try:
            persevere(self._prepare, policy=writing.policy, sleep=writing.sleep)
        except BatchSyncError as cause:
            raise ending_the_run(cause) from cause

    def push(self, loads: Sequence[Load]) -> list[Receipt]:
        """Write all loads in one transaction that is committed when this returns."""
        push, writing = _Push(loads), self._writing
        try:
            tallies, attempts = persevere(
                lambda: self._written(push), policy=writing.policy, sleep=writing.sleep
            )
        except BatchSyncError as failure:
            return [
                (all_in_doubt if push.unknown else nothing_of)(e, failure) for e in loads
            ]
        except Stopped:
            return [
                (all_in_doubt if push.unknown else nothing_of)(e, stopped()) for e in loads
            ]
        return [replace(tally.receipt(), attempts=attempts) for tally in tallies]

    def lookup(self, keys: Sequence[Row]) -> Mapping[Row, Mapping[str, Any] | None]:
        """By key, the record as the stages' casts would have made it, or None."""
        answers, _ = persevere(
            lambda: self._held(keys), policy=self._writing.policy, sleep=self._writing.sleep
        )
        return answers

    def close(self) -> None:
        """Let go of every thread's connection."""
        self._connections.close()

    def _written(self, push: _Push) -> list[Tally]:
        """One try; a connection that went stale is made anew once, at once."""
        if self._connections.is_kept():
            with suppress(_Lost):
                return self._attempt(push)
        try:
            return self._attempt(push)
        except _Lost as cause:
            raise connection_lost(str(cause), system=self._writing.system) from cause

    def _attempt(self, push: _Push) -> list[Tally]:
        push.committing = False
        connection = self._connections.get()
        try:
            with ExitStack() as undo:
                undo.callback(_roll_back, connection)
                loading = self._loading or self._found(connection)
                tallies = self._transaction(connection, loading, push)
                push.committing = True
                connection.commit()
                undo.pop_all()
        except psycopg.Error as cause:
            if is_lost(connection, cause):
                self._connections.drop()
                self._count_doubt(push)
                raise _Lost(str(cause).strip().partition("\n")[0]) from cause
            if push.committing and is_of_a_row(cause) and not push.at_once:
                push.at_once = True
                return self._attempt(push)
            raise failure_of(cause, system=self._writing.system) from cause
        return tallies

    def _count_doubt(self, push: _Push) -> None:
        """What an insert left in doubt is looked up before it is sent again, or left so (K3)."""
        if not push.committing or self._writing.upsert or self._loading is None:
            return
        push.unknown = True
        unique = self._loading.found.table.unique
        if not any(set(self._writing.key) == each for each in unique):
            raise BatchSyncError(
                f"{self._writing.system}: the connection was lost before the commit was answered, "
                f"and table {self._writing.table} has no unique key to look records up by",
                code="outcome_unknown",
                error_class=ErrorClass.AVAILABILITY,
            )
        push.loads = [replace(load, uncertain=True) for load in push.loads]

    def _transaction(
        self, connection: Connection, loading: Loading, push: _Push
    ) -> list[Tally]:
        at_once = push.at_once or loading.found.deferred
        try:
            _begin(connection, at_once=at_once)
            return loading.write(connection, push.loads)
        except Narrow:
            connection.rollback()
        _begin(connection, at_once=at_once)
        return [loading.write_narrowing(connection, load) for load in push.loads]

    def _held(self, keys: Sequence[Row]) -> Mapping[Row, Mapping[str, Any] | None]:
        connection = self._connections.get()
        try:
            found = self._loading.found if self._loading else self._read(connection)
            check_columns(found.table, self._writing.key, self._writing)
            answers = held(connection, keys, found, self._writing)
            connection.commit()
        except psycopg.Error as cause:
            self._connections.drop()
            raise failure_of(cause, system=self._writing.system) from cause
        return answers

    def _prepare(self) -> None:
        connection = self._connections.get()
        try:
            self._found(connection)
            connection.commit()
        except psycopg.Error as cause:
            self._connections.drop()
            raise failure_of(cause, system=self._writing.system) from cause

    def _found(self, connection: Connection) -> Loading:
        """The table as this role finds it, made where that was asked for."""
        writing = self._writing
        if writing.create and read_table(connection, writing.table) is None:
            create_table(connection, writing)
        found = self._read(connection)
        check_fit(found.table, writing)
        missing, role = privileges_missing(connection, found, writing)
        if missing:
            raise SystemSyncError(
                f"{writing.system}: role {role} may not {spoken(missing)} in table "
                f"{writing.table}: grant it",
                code="access_denied",
                error_class=ErrorClass.AUTHORIZATION,
            )
        self._loading = Loading(found, writing)
        return self._loading

    def _read(self, connection: Connection) -> ServerTable:
        found = read_table(connection, self._writing.table)
        if found is None:
            raise missing_table(self._writing, table_names(connection))
        return found


def _begin(connection: Connection, *, at_once: bool) -> None:
    if at_once:
        # A violation must show at its row, not at the commit.
        connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):
        connection.rollback()


class _Lost(Exception):
    """The connection is gone; what was not committed is undone."""
