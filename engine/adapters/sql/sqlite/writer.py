"""Writes to a SQLite file: one transaction a push, every row accounted for (T3, X1)."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from engine.adapters.sql import refusals
from engine.adapters.sql.outcomes import all_in_doubt, ending_the_run, nothing_of, stopped
from engine.adapters.sql.patience import persevere
from engine.adapters.sql.rows import Tally
from engine.adapters.sql.sqlite.dangling import Refused, dangling_rows
from engine.adapters.sql.sqlite.failures import failure_of
from engine.adapters.sql.sqlite.file import (
    check_reachable,
    checkpoint,
    connect_writer,
    relieve,
)
from engine.adapters.sql.sqlite.loading import Loading, RolledBack
from engine.adapters.sql.sqlite.lock import sole_writer
from engine.adapters.sql.sqlite.lookup import SqliteLookup
from engine.adapters.sql.sqlite.parts import Part
from engine.adapters.sql.sqlite.schema import create_table, read_table, table_names
from engine.adapters.sql.table import (
    Writing,
    check_fit,
    check_request,
    misfit,
    missing_table,
)
from engine.domain.adapter import Load, Receipt, Sleep, Stopped
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)
from engine.domain.values import dataclass

_CLOSING_PATIENCE = 10.0
_HANDLE_LOST = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
)


@dataclass(frozen=True, slots=True)
class _Open:
    """The file while it is open; `identity` tells it from another put in its place."""

    connection: sqlite3.Connection
    loading: Loading
    identity: tuple[int, int] | None


class _Dangling(RolledBack):
    """A commit was refused; by Load, the rows that it was refused for."""

    def __init__(self, rows: Sequence[Refused]) -> None:
        super().__init__()
        self.rows = rows


class CommitUnknown(BatchSyncError):
    """The disk failed in the middle of a commit: it may be there after a crash, or not."""


class SqliteWriter:
    """The one writer of a SQLite file."""

    def __init__(self, path: str, writing: Writing) -> None:
        self._path = path
        self._writing = writing
        self._open: _Open | None = None
        self.lookup = SqliteLookup(path, writing)

    def open(self) -> None:
        """Open or make the file and its table; SystemSyncError where it cannot take the run."""
        writing = self._writing
        check_request(writing)
        check_reachable(self._path, system=writing.system, create=writing.create)
        try:
            with self._alone(writing.sleep):
                self._forget()
                self._opened()
        except sqlite3.Error as cause:
            raise ending_the_run(failure_of(cause, system=writing.system)) from cause
        except BatchSyncError as cause:
            raise ending_the_run(cause) from cause

    def push(self, loads: Sequence[Load]) -> list[Receipt]:
        """Write all loads in one transaction that is on disk when this returns."""
        try:
            receipts, attempts = persevere(
                lambda: self._written(loads),
                policy=self._writing.policy,
                sleep=self._writing.sleep,
            )
        except BatchSyncError as failure:
            unknown = isinstance(failure, CommitUnknown) and not self._writing.upsert
            return [
                (all_in_doubt if unknown else nothing_of)(load, failure) for load in loads
            ]
        except Stopped:
            return [nothing_of(load, stopped()) for load in loads]
        return (
            [replace(each, attempts=attempts) for each in receipts]
            if attempts
            else receipts
        )

    def tidy(self) -> None:
        """Move the WAL into the file as far as nobody reads it; what stays there is safe."""
        if self._open is not None:
            with suppress(sqlite3.Error):
                relieve(self._open.connection, self._path)

    def close(self) -> None:
        """Move the WAL into the file, and let go of it."""
        self.lookup.close()
        if self._open is None:
            return
        connection, self._open = self._open.connection, None
        with ExitStack() as stack:
            stack.callback(connection.close)
            with suppress(sqlite3.Error, SyncError):
                stack.enter_context(self._alone(time.sleep, _CLOSING_PATIENCE))
                # What stays in the WAL is committed all the same.
                checkpoint(connection)
                connection.close()

    def _written(self, loads: Sequence[Load]) -> list[Receipt]:
        with self._alone(self._writing.sleep):
            try:
                opened = self._open or self._opened()
                self._check_identity(opened)
                tallies = self._without_dangling(opened, loads)
            except RolledBack:
                tallies = [
                    self._piecewise(self._open or self._opened(), load) for load in loads
                ]
            except sqlite3.Error as cause:
                if getattr(cause, "sqlite_errorcode", 0) & 0xFF in _HANDLE_LOST:
                    self._forget()
                raise failure_of(cause, system=self._writing.system) from cause
        return [tally.receipt() for tally in tallies]

    def _without_dangling(self, opened: _Open, loads: Sequence[Load]) -> list[Tally]:
        """Again and again without the rows that the commit was refused for."""
        parts = [Part(Tally(load), range(len(load.rows))) for load in loads]
        while True:
            try:
                tallies = self._transaction(opened, [part.load for part in parts])
            except _Dangling as cause:
                for part, rows in zip(parts, cause.rows, strict=True):
                    part.refuse(rows)
                continue
            for part, tally in zip(parts, tallies, strict=True):
                part.done(tally)
            return [part.tally for part in parts]

    def _transaction(self, opened: _Open, loads: Sequence[Load]) -> list[Tally]:
        connection = opened.connection
        connection.execute("BEGIN IMMEDIATE")
        with ExitStack() as undo:
            undo.callback(_roll_back, connection)
            tallies = [opened.loading.write(load) for load in loads]
            undo.pop_all()
        self._commit(connection, loads)
        return tallies

    def _commit(self, connection: sqlite3.Connection, loads: Sequence[Load]) -> None:
        try:
            connection.execute("COMMIT")
        except sqlite3.IntegrityError as cause:
            with ExitStack() as undo:
                undo.callback(_roll_back, connection)
                rows = dangling_rows(connection, self._writing, loads)
            if any(rows):
                raise _Dangling(rows) from cause
            raise RolledBack from cause
        except sqlite3.OperationalError as cause:
            _roll_back(connection)
            if cause.sqlite_errorcode & 0xFF == sqlite3.SQLITE_IOERR:
                self._forget()
                known = failure_of(cause, system=self._writing.system)
                raise CommitUnknown(
                    known.message, code=known.code, error_class=known.error_class
                ) from cause
            raise

    def _piecewise(self, opened: _Open, load: Load) -> Tally:
        """Some row undoes the whole transaction: smaller and smaller ones find it."""
        tally = Tally(load)
        parts = [Part(tally, range(len(load.rows)))]
        while parts:
            part = parts.pop()
            try:
                (found,) = self._transaction(opened, [part.load])
            except RolledBack as cause:
                if (count := len(part.at)) > 1:
                    parts += [
                        Part(tally, part.at[count // 2 :]),
                        Part(tally, part.at[: count // 2]),
                    ]
                else:
                    tally.refused[part.at[0]] = _undoing(self._writing.table, cause)
                continue
            part.done(found)
        return tally

    def _opened(self) -> _Open:
        writing = self._writing
        connection = connect_writer(self._path, create=writing.create)
        with ExitStack() as undo:
            undo.callback(connection.close)
            loading = self._loading(connection)
            undo.pop_all()
        self._open = _Open(connection, loading, _identity(self._path))
        return self._open

    def _loading(self, connection: sqlite3.Connection) -> Loading:
        writing = self._writing
        table = read_table(connection, writing.table)
        if table is None and writing.create:
            create_table(connection, writing)
            table = read_table(connection, writing.table)
        if table is None:
            raise missing_table(writing, table_names(connection))
        if table.view:
            why = f"{table.name} is a view, which SQLite does not write to: name its table"
            raise misfit(writing, why, code="not_a_table")
        check_fit(table, writing)
        loading = Loading(connection, table, writing)
        # Only SQLite itself knows whether a unique index serves ON CONFLICT.
        names = tuple(writing.casts) or writing.key or tuple(table.columns)[:1]
        connection.execute(
            f"EXPLAIN {loading.statement(names)}", [None] * len(names)
        ).close()
        return loading

    def _check_identity(self, opened: _Open) -> None:
        """SQLite itself goes on writing to a file that was deleted or replaced."""
        if _identity(self._path) != opened.identity:
            self._forget()
            raise SystemSyncError(
                f"{self._writing.system}: the database file {self._path} was moved or replaced "
                "while it was written to: put it back, then retry what has failed",
                code="database_replaced",
                error_class=ErrorClass.AVAILABILITY,
            )

    def _forget(self) -> None:
        if self._open is not None:
            connection, self._open = self._open.connection, None
            connection.close()

    @contextmanager
    def _alone(self, sleep: Sleep, patience: float | None = None) -> Iterator[None]:
        more = {} if patience is None else {"patience": patience}
        with ExitStack() as stack:
            try:
                stack.enter_context(sole_writer(self._path, sleep=sleep, **more))
            except OSError as cause:
                raise BatchSyncError(
                    f"{self._writing.system}: the lock beside the database file cannot be made: "
                    f"{cause.strerror}: check the folder's permissions",
                    code="read_only",
                    error_class=ErrorClass.AUTHORIZATION,
                ) from cause
            yield


def _undoing(table: str, cause: RolledBack) -> RecordSyncError:
    said = cause.__cause__ or cause.__context__
    if isinstance(said, sqlite3.Error) and said.sqlite_errorcode == (
        sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
    ):
        return refusals.dangling(table, [], None)
    return refusals.by_rule(str(said)) if said else refusals.by_rule("a trigger undid it")


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
