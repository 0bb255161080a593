"""Why a database refuses one record: sentences, codes and classes of T6, for every dialect."""

from collections.abc import Sequence

from engine.adapters.sql.identifiers import spoken
from engine.domain.errors import ErrorClass, RecordSyncError


def duplicate(table: str, fields: Sequence[str]) -> RecordSyncError:
    """A unique constraint on these fields."""
    what = spoken(fields) if fields else "unique value"
    return RecordSyncError(
        f"table {table} already holds another record with this {what}",
        code="unique_violation",
        error_class=ErrorClass.DUPLICATE,
        field=blamed(fields),
    )


def dangling(table: str, fields: Sequence[str], parent: str | None) -> RecordSyncError:
    """A foreign key on these fields."""
    what = spoken(fields) if fields else "a field"
    where = f"table {parent}" if parent else "the table it refers to"
    return RecordSyncError(
        f"table {table} refers by {what} to a record that {where} does not hold",
        code="foreign_key_violation",
        error_class=ErrorClass.REFERENCE,
        field=blamed(fields),
    )


def depended_on(table: str, child: str | None) -> RecordSyncError:
    """A foreign key of another table, on a value that the record would change."""
    return RecordSyncError(
        f"{f'table {child}' if child else 'another table'} refers to a value that the record "
        f"would change in table {table}",
        code="foreign_key_violation",
        error_class=ErrorClass.REFERENCE,
    )


def absent(table: str, field: str | None) -> RecordSyncError:
    """A column that must not be null."""
    return RecordSyncError(
        f"table {table} needs a value in {field or 'a column'}, and there is none",
        code="not_null_violation",
        error_class=ErrorClass.VALIDATION,
        field=field,
    )


def unchecked(table: str, check: str, field: str | None) -> RecordSyncError:
    """A check constraint, by its name or its text."""
    return RecordSyncError(
        f"the record breaks a check of table {table}: {check}",
        code="check_violation",
        error_class=ErrorClass.VALIDATION,
        field=field,
    )


def mistyped(table: str, field: str | None, kind: str) -> RecordSyncError:
    """A value that is not of the column's type."""
    what = f"the value of {field}" if field else "a value"
    return RecordSyncError(
        f"{what} is not what table {table} takes there: {kind or 'another type'}",
        code="wrong_type",
        error_class=ErrorClass.SCHEMA,
        field=field,
    )


def too_long(table: str, field: str | None, kind: str) -> RecordSyncError:
    """A value that the column has no room for."""
    what = f"the value of {field}" if field else "a value"
    return RecordSyncError(
        f"{what} is too long or too large for table {table}: {kind or 'its limit'}",
        code="value_too_long",
        error_class=ErrorClass.VALIDATION,
        field=field,
    )


def out_of_range(table: str, field: str | None, kind: str) -> RecordSyncError:
    """A number or a time beyond what the column can hold."""
    what = f"the value of {field}" if field else "a value"
    return RecordSyncError(
        f"{what} is out of range for table {table}: {kind or 'its limit'}",
        code="value_out_of_range",
        error_class=ErrorClass.VALIDATION,
        field=field,
    )


def unstorable(field: str, why: str) -> RecordSyncError:
    """A value that no column of this database can hold; `why` follows the field's name."""
    return RecordSyncError(
        f"{field} {why}",
        code="unstorable_value",
        error_class=ErrorClass.VALIDATION,
        field=field,
    )


def inexact(field: str, why: str) -> RecordSyncError:
    """A value that its column would change without a word; `why` follows the field's name."""
    return RecordSyncError(
        f"{field} {why}",
        code="value_not_exact",
        error_class=ErrorClass.VALIDATION,
        field=field,
    )


def unknown_fields(table: str, fields: Sequence[str]) -> RecordSyncError:
    """Fields of a record that the table has no columns for."""
    return RecordSyncError(
        f"table {table} has no column {spoken(fields)}: add it, or drop the field in a map",
        code="unknown_field",
        error_class=ErrorClass.SCHEMA,
        field=fields[0],
    )


def empty(table: str) -> RecordSyncError:
    """A record without a single field."""
    return RecordSyncError(
        f"the record has no field at all to write to table {table}",
        code="empty_record",
        error_class=ErrorClass.SCHEMA,
    )


def keyless(table: str, field: str) -> RecordSyncError:
    """A record without its key cannot be told from others."""
    return RecordSyncError(
        f"the record has no {field}, the key by which table {table} is written",
        code="key_missing",
        error_class=ErrorClass.VALIDATION,
        field=field,
    )


def by_rule(message: str) -> RecordSyncError:
    """A trigger's own sentence."""
    return RecordSyncError(
        f"the target refused the record: {' '.join(message.split())}",
        code="trigger_refused",
        error_class=ErrorClass.BUSINESS_RULE,
    )


def forbidden(table: str) -> RecordSyncError:
    """A row that this role may not write."""
    return RecordSyncError(
        f"the policies of table {table} do not let this role write the record",
        code="access_denied",
        error_class=ErrorClass.AUTHORIZATION,
    )


def unsettled(table: str) -> RecordSyncError:
    """A record that may have been written before a crash, and has no key to look it up by."""
    return RecordSyncError(
        f"the record may be in table {table} already, and has no key to look it up by",
        code="outcome_unknown",
        error_class=ErrorClass.PARTIAL_LOAD,
    )


def unforeseen(message: str) -> RecordSyncError:
    """A refusal for a reason that has no class of its own."""
    return RecordSyncError(
        f"the target refused the record: {' '.join(message.split())}",
        code="refused_by_target",
    )


def blamed(fields: Sequence[str]) -> str | None:
    """The field to mark: the only one, or all of a constraint's."""
    return ", ".join(fields) or None
