"""The `sql` target: a table in a database, written by key."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, ClassVar, Protocol

from engine.adapters.sql.address import dialect_of, driver_missing, server, sqlite_file
from engine.adapters.sql.options import SqlTargetOptions
from engine.adapters.sql.statuses import (
    STATUS_COLUMNS,
    STATUS_KEY,
    failure_in,
    status_load,
)
from engine.adapters.sql.table import Writing, misfit
from engine.adapters.sql.values import ENCODERS
from engine.domain.adapter import (
    Load,
    Lookup,
    Receipt,
    TargetContext,
    TargetTraits,
    Tidying,
    Waits,
    Writers,
)
from engine.domain.checkup import Check
from engine.domain.load_status import LoadStatus


class Writer(Protocol):
    """What each kind of database does in its own way."""

    def open(self) -> None: ...

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]: ...

    def lookup(
        self, keys: Sequence[tuple[Any, ...]], /
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]: ...

    def close(self) -> None: ...


class SqlTarget:
    """A table in SQLite, PostgreSQL, or any database SQLAlchemy has a driver for.

    `lookup` answers whether or not the target is open, with values as the stages' casts make them.
    """

    Options: ClassVar[type[Any]] = SqlTargetOptions
    encoders: Mapping[str, Callable[[Any], Any]] = ENCODERS
    traits: TargetTraits = TargetTraits(
        lookup=Lookup.BULK, writers=Writers.ONE, waits=Waits.PROCESSOR
    )

    def __init__(self, options: SqlTargetOptions, context: TargetContext) -> None:
        self._options = options
        self._context = context
        self._dialect = dialect_of(options.url)
        self._made: Writer | None = None
        self.traits = TargetTraits(
            idempotent=options.mode == "upsert",
            lookup=Lookup.BULK if context.key else Lookup.NONE,
            writers=Writers.MANY if self._dialect == "postgresql" else Writers.ONE,
            waits=Waits.PROCESSOR if self._dialect == "sqlite" else Waits.NETWORK,
        )

    def reports(self) -> bool:
        """Whether the definition names a status table."""
        return self._options.status_table is not None

    def open(self) -> None:
        """Find or make the table; SystemSyncError where it cannot take the run."""
        if self._options.status_table == self._options.table:
            raise misfit(
                self._writing(),
                f"{self._options.table} cannot be table and status_table at once: name another",
                code="status_table_taken",
            )
        self._writer().open()

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        """Write all loads in one transaction, committed durably when this returns."""
        return self._writer().push(loads)

    def lookup(
        self, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """By key, the record the table holds, or None; nothing where the Link names no key."""
        return self._writer().lookup(keys) if self._context.key else {}

    def check(self, load: Load | None) -> Sequence[Check]:
        """The table looked at, nothing made or changed."""
        del load
        from engine.adapters.sql.checking import checked

        return checked(
            self._dialect, self._options.url, self._context.folder, self._writing()
        )

    def report(self, statuses: Sequence[LoadStatus]) -> None:
        """Write the status of each of these loads over what the status table has of it."""
        table = self._options.status_table
        if table is None or table == self._options.table:
            return
        options = SqlTargetOptions(url=self._options.url, table=table, create=True)
        context = replace(self._context, key=STATUS_KEY, columns=STATUS_COLUMNS)
        with closing(SqlTarget(options, context)) as target:
            target.open()
            (receipt,) = target.push([status_load(statuses)])
        if (failure := failure_in(receipt, table)) is not None:
            raise failure

    def tidy(self) -> None:
        """Do what was put off; to be called where all wait."""
        if isinstance(self._made, Tidying):
            self._made.tidy()

    def close(self) -> None:
        """Let go of files and connections."""
        if self._made is not None:
            self._made.close()

    def _writer(self) -> Writer:
        if self._made is None:
            self._made = self._make()
        return self._made

    def _make(self) -> Writer:
        url, writing = self._options.url, self._writing()
        # Drivers are imported when they are needed: each costs a start that others do not.
        if self._dialect == "sqlite":
            from engine.adapters.sql.sqlite.writer import SqliteWriter

            return SqliteWriter(sqlite_file(url, self._context.folder).path, writing)
        if self._dialect == "postgresql":
            try:
                from engine.adapters.sql.postgres.writer import PostgresWriter
            except ImportError:
                raise driver_missing(writing.system) from None
            return PostgresWriter(server(url), writing)
        from engine.adapters.sql.core.writer import CoreWriter

        return CoreWriter(server(url), writing)

    def _writing(self) -> Writing:
        options, context = self._options, self._context
        return Writing(
            system=context.system,
            table=options.table,
            key=context.key,
            sleep=context.sleep or time.sleep,
            columns=context.columns,
            modified=options.modified,
            upsert=options.mode == "upsert",
            create=options.create,
            policy=context.retry,
        )
