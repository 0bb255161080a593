"""What PostgreSQL says when it cannot, by SQLSTATE: this record, this transaction, the run."""

import psycopg

from engine.adapters.sql import refusals
from engine.adapters.sql.postgres.schema import Constraint, ServerTable
from engine.adapters.sql.postgres.server import Connection
from engine.domain.errors import (
    BatchSyncError,
    ErrorClass,
    RecordSyncError,
    SyncError,
    SystemSyncError,
)

_OF_A_ROW = ("22", "23", "44", "54", "P0", "21", "42501")
"""42501 too: a policy may forbid one row, while the table is open to this role."""
_NO_CONSTRAINT = Constraint((), None)

_TRANSIENT = {
    "40001": ("serialization_failure", "another transaction got in between"),
    "40P01": ("deadlock", "two transactions waited for each other"),
    "55P03": ("lock_timeout", "a lock was not given in time"),
    "57014": ("statement_timeout", "the server cancelled the statement"),
    "53300": ("too_many_connections", "the server has no connection to spare"),
    "55006": ("object_in_use", "the table is in use"),
}
_ENDS_THE_RUN = {
    "42P01": ("table_missing", ErrorClass.SCHEMA),
    "3F000": ("schema_missing", ErrorClass.SCHEMA),
    "42703": ("column_missing", ErrorClass.SCHEMA),
    "42P10": ("no_unique_key", ErrorClass.SCHEMA),
    "428C9": ("column_generated", ErrorClass.SCHEMA),
    "42501": ("access_denied", ErrorClass.AUTHORIZATION),
    "28000": ("credentials_refused", ErrorClass.AUTHORIZATION),
    "28P01": ("credentials_refused", ErrorClass.AUTHORIZATION),
    "XX001": ("database_corrupt", ErrorClass.UNCLASSIFIED),
    "XX002": ("database_corrupt", ErrorClass.UNCLASSIFIED),
}
_AVAILABILITY = {
    "53100": ("disk_full", "the server's disk is full"),
    "53200": ("out_of_memory", "the server is out of memory"),
    "25006": ("read_only", "the server is read-only just now"),
    "58030": ("io_error", "the server could not read or write its disk"),
}


def is_of_a_row(cause: psycopg.Error) -> bool:
    """Whether one row's values are to blame, so that its neighbours can be written."""
    return (cause.sqlstate or "").startswith(_OF_A_ROW)


def failure_of(cause: psycopg.Error, *, system: str) -> SyncError:
    """What failed the whole transaction, which is rolled back."""
    state = cause.sqlstate or ""
    said = cause.diag.message_primary or str(cause).strip().partition("\n")[0]
    if state in _TRANSIENT:
        code, sentence = _TRANSIENT[state]
        return BatchSyncError(
            f"{system}: {sentence}", code=code, error_class=ErrorClass.TRANSIENT
        )
    if state in _ENDS_THE_RUN:
        code, error_class = _ENDS_THE_RUN[state]
        return SystemSyncError(f"{system}: {said}", code=code, error_class=error_class)
    if state in _AVAILABILITY:
        code, sentence = _AVAILABILITY[state]
        return BatchSyncError(
            f"{system}: {sentence}", code=code, error_class=ErrorClass.AVAILABILITY
        )
    if not state or state.startswith(("08", "57P")):
        return connection_lost(said, system=system)
    return BatchSyncError(
        f"{system}: the database could not do it: {said}", code="database_error"
    )


def is_lost(connection: Connection, cause: psycopg.Error) -> bool:
    """Whether the connection is gone, so that its transaction was undone or its end is unknown."""
    return connection.closed or (cause.sqlstate or "").startswith(("08", "57P"))


def connection_lost(said: str, *, system: str) -> BatchSyncError:
    """The connection went away, and a second one did too."""
    return BatchSyncError(
        f"{system}: the connection to the server was lost: {said}",
        code="connection_lost",
        error_class=ErrorClass.AVAILABILITY,
    )


def refusal_of(
    cause: psycopg.Error, found: ServerTable, blamed: str | None
) -> RecordSyncError:
    """Why this row was refused; `blamed` is the column whose value does not convert."""
    table, diag = found.table.name, cause.diag
    constraint = found.constraints.get(diag.constraint_name or "", _NO_CONSTRAINT)
    columns = constraint.columns
    match cause.sqlstate:
        case "23505" | "23P01":
            refusal = refusals.duplicate(table, columns)
        case "23503" if constraint is _NO_CONSTRAINT and found.constraints:
            refusal = refusals.depended_on(table, diag.table_name)
        case "23503":
            refusal = refusals.dangling(table, columns, constraint.parent)
        case "23502":
            refusal = refusals.absent(table, diag.column_name)
        case "23514" | "44000":
            check = diag.constraint_name or "of its view"
            refusal = refusals.unchecked(table, check, refusals.blamed(columns))
        case "P0001":
            refusal = refusals.by_rule(diag.message_primary or "by a trigger")
        case _:
            refusal = _by_value(cause, found, blamed)
    return refusal


def _by_value(
    cause: psycopg.Error, found: ServerTable, blamed: str | None
) -> RecordSyncError:
    name = found.table.name
    column = found.table.columns.get(blamed or "")
    kind = column.kind if column else ""
    match cause.sqlstate:
        case "22001" | "54000":
            return refusals.too_long(name, blamed, kind)
        case "22003" | "22008" | "22015":
            return refusals.out_of_range(name, blamed, kind)
        case "22P05" | "22021":
            return refusals.unstorable(
                blamed or "the record", "has a character that PostgreSQL cannot hold (NUL)"
            )
        case state if state and state.startswith("22"):
            return refusals.mistyped(name, blamed, kind)
        case _:
            return refusals.unforeseen(cause.diag.message_primary or str(cause))
