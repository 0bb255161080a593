"""Connections to a PostgreSQL server, and what it says when there can be none."""

import re

import psycopg
from psycopg import conninfo

from engine.adapters.sql.address import Server
from engine.domain.errors import BatchSyncError, ErrorClass, SyncError, SystemSyncError

Connection = psycopg.Connection[tuple[object, ...]]

_CONNECT_SECONDS = 10
_DEFAULTS: dict[str, str | int] = {
    "connect_timeout": _CONNECT_SECONDS,
    "fallback_application_name": "linkdeck",
    "keepalives_idle": 60,
    "tcp_user_timeout": 60_000,
}
_SETTINGS = """
SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false),
    set_config('lock_timeout', CASE current_setting('lock_timeout')
        WHEN '0' THEN '30s' ELSE current_setting('lock_timeout') END, false),
    set_config('synchronous_commit', CASE current_setting('synchronous_commit')
        WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)
"""
"""Times in UTC; no wait for a lock without end; a commit that was answered is on disk (X1)."""

_REFUSED = re.compile(
    r"connection refused|resolve host|name or service|no such file or directory"
    r"|no route|unreachable|ssl|certificate|starting up|shutting down|in recovery mode",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(
    r"authentication failed|pg_hba\.conf|no password supplied|role \S+ does not exist"
    r"|not permitted to log in|permission denied for database",
    re.IGNORECASE,
)
_NOWHERE = re.compile(r"database \S+ does not exist", re.IGNORECASE)


def connect(server: Server, *, system: str, read_only: bool = False) -> Connection:
    """A connection, its transaction not yet begun.

    Raises SystemSyncError for refused credentials and wrong names, else BatchSyncError.
    """
    try:
        given = conninfo.conninfo_to_dict(server.url)
        missing = {name: value for name, value in _DEFAULTS.items() if name not in given}
        connection = psycopg.connect(conninfo.make_conninfo(server.url, **missing))
    except psycopg.Error as cause:
        raise _unreachable(cause, server, system=system) from cause
    try:
        connection.read_only = read_only
        connection.execute(_SETTINGS)
        connection.commit()
    except psycopg.Error as cause:
        connection.close()
        raise _unreachable(cause, server, system=system) from cause
    return connection


def _unreachable(cause: psycopg.Error, server: Server, *, system: str) -> SyncError:
    said = server.hidden(str(cause).strip().partition("\n")[0])
    if _CREDENTIALS.search(said):
        return SystemSyncError(
            f"{system}: the server does not let this user in: {said}",
            code="credentials_refused",
            error_class=ErrorClass.AUTHORIZATION,
        )
    if _NOWHERE.search(said) or isinstance(cause, psycopg.ProgrammingError):
        return SystemSyncError(
            f"{system}: the url does not lead to a database: {said}",
            code="database_missing",
            error_class=ErrorClass.AVAILABILITY,
        )
    refused = _REFUSED.search(said) is not None
    return BatchSyncError(
        f"{system}: no connection to the server: {said}",
        code="connection_refused" if refused else "connection_failed",
        error_class=ErrorClass.AVAILABILITY,
        refused=refused,
    )
