"""Any database SQLAlchemy has a driver for: its engine, its tables, and its complaints."""

import re

import sqlalchemy as sa
from sqlalchemy import exc

from engine.adapters.sql.address import Server
from engine.adapters.sql.core.naming import names_of
from engine.adapters.sql.table import Table, TableColumn
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    SyncError,
    SystemSyncError,
)

_TRANSIENT = re.compile(r"deadlock|lock wait|locked|serializ|try again", re.IGNORECASE)
_REFUSED = re.compile(r"refused|resolve|name or service|getaddrinfo|ssl", re.IGNORECASE)
_WAY = re.compile(
    r"connect|gone away|time.?out|timed out|closed|reset|broken pipe|network|host|terminat",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(
    r"access denied|authentication|login failed|password", re.IGNORECASE
)


def engine_of(server: Server, *, system: str) -> sa.Engine:
    """The engine of a URL; SystemSyncError where SQLAlchemy has no driver for it."""
    try:
        return sa.create_engine(server.url, pool_pre_ping=True)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as cause:
        raise SystemSyncError(
            f"{system}: no driver for this url: {server.hidden(str(cause))}; install one that "
            "SQLAlchemy knows, or correct the url",
            code="driver_missing",
            error_class=ErrorClass.SCHEMA,
        ) from None


def described(connection: sa.Connection, name: str) -> Table | None:
    """The table or view of this name, or None."""
    schema, table = names_of(name)
    inspector = sa.inspect(connection)
    try:
        found = inspector.get_columns(table, schema)
    except exc.NoSuchTableError:
        return None
    columns = {
        column["name"]: TableColumn(
            column["name"],
            str(column["type"]),
            nullable=bool(column["nullable"]),
            generated="computed" in column,
        )
        for column in found
    }
    unique = [inspector.get_pk_constraint(table, schema)["constrained_columns"]]
    unique += [
        each["column_names"] for each in inspector.get_unique_constraints(table, schema)
    ]
    for index in inspector.get_indexes(table, schema):
        if index["unique"]:
            unique.append(
                [column for column in index["column_names"] if column is not None]
            )
    return Table(name, columns, tuple(frozenset(names) for names in unique if names))


def failure_of(cause: exc.SQLAlchemyError, server: Server, *, system: str) -> SyncError:
    """What failed the whole transaction, or kept it from beginning."""
    said = server.hidden(str(getattr(cause, "orig", None) or cause).partition("\n")[0])
    if isinstance(cause, (exc.ProgrammingError, exc.NoSuchTableError)):
        return SystemSyncError(
            f"{system}: {said}", code="table_changed", error_class=ErrorClass.SCHEMA
        )
    if not isinstance(cause, exc.DBAPIError):
        return BatchSyncError(f"{system}: {said}", code="database_error")
    if _CREDENTIALS.search(said):
        return SystemSyncError(
            f"{system}: the server does not let this user in: {said}",
            code="credentials_refused",
            error_class=ErrorClass.AUTHORIZATION,
        )
    if _TRANSIENT.search(said):
        return BatchSyncError(
            f"{system}: {said}", code="database_locked", error_class=ErrorClass.TRANSIENT
        )
    refused = _REFUSED.search(said) is not None
    lost = refused or cause.connection_invalidated or _WAY.search(said) is not None
    code = "connection_failed" if lost else "database_error"
    return BatchSyncError(
        f"{system}: {said}",
        code="connection_refused" if refused else code,
        error_class=ErrorClass.AVAILABILITY if lost else ErrorClass.UNCLASSIFIED,
        refused=refused,
    )
