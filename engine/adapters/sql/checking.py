"""A table looked at as a target, without writing: there, its columns, its key, our rights."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from engine.adapters.sql.address import driver_missing, server, sqlite_file
from engine.adapters.sql.identifiers import spoken
from engine.adapters.sql.reading import Reader
from engine.adapters.sql.table import (
    Table,
    Writing,
    check_columns,
    check_fit,
    check_request,
    missing_table,
)
from engine.domain.checkup import Check, answers
from engine.domain.errors import ErrorClass, SystemSyncError


def checked(dialect: str, url: str, folder: str, writing: Writing) -> Sequence[Check]:
    """Everything that can be told of the table; raises SyncErrors where nothing can."""
    check_request(writing)
    if dialect == "sqlite":
        path = Path(sqlite_file(url, folder).path)
        _refuse_unwritable(path, writing)
        if writing.create and not path.exists():
            message = f"there is no file {path} yet; the first run makes it"
            return (Check("target reachable", ok=True, message=message, to_be_made=True),)
    with closing(_reader(dialect, url, folder, writing)) as reader:
        table = reader.table(writing.table)
    found = [*answers("target", f"{writing.system} answers"), *_of_table(table, writing)]
    if dialect == "postgresql" and table is not None:
        found.append(_rights(url, writing))
    return found


def _of_table(table: Table | None, writing: Writing) -> Iterator[Check]:
    if table is None:
        if writing.create:
            message = f"table {writing.table} is not there yet; the first run makes it"
            yield Check("target table", ok=True, message=message, to_be_made=True)
        else:
            yield _refused("target table", missing_table(writing))
        return
    yield Check("target table", ok=True, message=f"table {table.name} is there")
    yield _columns(table, writing)
    yield _key(table, writing)


def _columns(table: Table, writing: Writing) -> Check:
    names = tuple(writing.casts)
    try:
        check_columns(table, (*names, *writing.key), writing)
    except SystemSyncError as refused:
        return _refused("target columns", refused)
    if not names:
        message = "the stages name no fields; whether the table has them shows a run"
        return Check("target columns", ok=True, message=message)
    return Check("target columns", ok=True, message=f"it has {spoken(names)}")


def _key(table: Table, writing: Writing) -> Check:
    if not writing.upsert:
        message = "mode: insert asks for no key"
        return Check("target key", ok=True, message=message)
    try:
        check_fit(table, writing)
    except SystemSyncError as refused:
        return _refused("target key", refused)
    message = f"{spoken(writing.key)} is unique in it"
    return Check("target key", ok=True, message=message)


def _rights(url: str, writing: Writing) -> Check:
    from engine.adapters.sql.postgres.schema import privileges_missing, read_table
    from engine.adapters.sql.postgres.server import connect

    with closing(connect(server(url), system=writing.system)) as connection:
        found = read_table(connection, writing.table)
        missing, role = (
            privileges_missing(connection, found, writing) if found else ((), "")
        )
    if missing:
        message = f"role {role} may not {spoken(missing)} in table {writing.table}"
        return Check("target rights", ok=False, message=message, hint="grant it")
    return Check("target rights", ok=True, message=f"role {role} may write to it")


def _reader(dialect: str, url: str, folder: str, writing: Writing) -> Reader:
    if dialect == "sqlite":
        from engine.adapters.sql.sqlite.reader import SqliteReader

        return SqliteReader(sqlite_file(url, folder).path, writing.system)
    if dialect == "postgresql":
        try:
            from engine.adapters.sql.postgres.reader import PostgresReader
        except ImportError:
            raise driver_missing(writing.system) from None
        return PostgresReader(server(url), writing.system)
    from engine.adapters.sql.core.reader import CoreReader

    return CoreReader(server(url), writing.system)


def _refuse_unwritable(path: Path, writing: Writing) -> None:
    """SQLite writes beside its file, too."""
    wanted = path if path.exists() else path.parent
    for place in (wanted, path.parent):
        if place.exists() and not os.access(place, os.W_OK):
            raise SystemSyncError(
                f"{writing.system}: {place} cannot be written: check its permissions",
                code="read_only",
                error_class=ErrorClass.AUTHORIZATION,
            )


def _refused(name: str, failure: SystemSyncError) -> Check:
    return Check(name, ok=False, message=failure.message)
