"""The `sql` target: a table in a database, written by key."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from engine.adapters.sql.address import dialect_of, driver_missing, server, sqlite_file
from engine.adapters.sql.options import SqlTargetOptions
from engine.adapters.sql.table import Writing
from engine.adapters.sql.values import ENCODERS
from engine.domain.adapter import (
    Load,
    Lookup,
    Receipt,
    TargetContext,
    TargetTraits,
    Waits,
    Writers,
)


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

    def open(self) -> None:
        """Find or make the table; SystemSyncError where it cannot take the run."""
        self._writer().open()

    def push(self, loads: Sequence[Load]) -> Sequence[Receipt]:
        """Write all loads in one transaction, committed durably when this returns."""
        return self._writer().push(loads)

    def lookup(
        self, keys: Sequence[tuple[Any, ...]]
    ) -> Mapping[tuple[Any, ...], Mapping[str, Any] | None]:
        """By key, the record the table holds, or None; nothing where the Link names no key."""
        return self._writer().lookup(keys) if self._context.key else {}

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
