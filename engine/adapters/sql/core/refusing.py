"""Why any database refused a row: by the driver's text, and the names that a table has in it."""

import re
from collections.abc import Sequence
from dataclasses import field

import sqlalchemy as sa
from sqlalchemy import exc

from engine.adapters.sql import refusals
from engine.adapters.sql.core.naming import names_of
from engine.domain.errors import RecordSyncError
from engine.domain.values import dataclass

_CHECK = re.compile(r"check|constraint", re.IGNORECASE)
_FOREIGN = re.compile(r"foreign key|parent key not found", re.IGNORECASE)
_UNIQUE = re.compile(r"unique|duplicate", re.IGNORECASE)
_NULL = re.compile(
    r"not.null|cannot be null|cannot insert (the value )?null|doesn't have a default",
    re.IGNORECASE,
)
_LONG = re.compile(r"too long|too large|truncat", re.IGNORECASE)
_RANGE = re.compile(r"out of range|overflow", re.IGNORECASE)
_TYPE = re.compile(
    r"incorrect .*value|invalid input|conversion|convert|invalid number|datatype",
    re.IGNORECASE,
)
_OF_A_ROW = re.compile(
    "|".join(each.pattern for each in (_FOREIGN, _UNIQUE, _NULL, _LONG, _RANGE, _TYPE))
    + r"|check constraint|constraint .* (failed|violated)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """A table's constraints by name: their columns, and the table they refer to."""

    table: str
    columns: Sequence[str] = ()
    named: dict[str, tuple[tuple[str, ...], str | None]] = field(default_factory=dict)

    def blamed(self, said: str) -> tuple[tuple[str, ...], str | None]:
        """The columns and the parent that a text is about.

        By the name of a constraint, the longest first: a value in the text may be called like a
        column. Else by the only column that stands in quotes.
        """
        for name in sorted(self.named, key=len, reverse=True):
            if _has_word(said, name):
                return self.named[name]
        quoted = [name for name in self.columns if _is_quoted(said, name)]
        return (tuple(quoted) if len(quoted) == 1 else ()), None


def rules_of(connection: sa.Connection, name: str, columns: Sequence[str]) -> Rules:
    """The constraints of a table, as far as its dialect tells."""
    schema, table = names_of(name)
    inspector = sa.inspect(connection)
    rules = Rules(name, columns)
    key = inspector.get_pk_constraint(table, schema)
    for label in {str(key["name"] or ""), "PRIMARY", f"{table}_pkey"} - {""}:
        rules.named[label] = (tuple(key["constrained_columns"]), None)
    for unique in inspector.get_unique_constraints(table, schema):
        rules.named[str(unique["name"])] = (tuple(unique["column_names"]), None)
    for index in inspector.get_indexes(table, schema):
        if index["unique"]:
            named = tuple(each for each in index["column_names"] if each)
            rules.named[str(index["name"])] = (named, None)
    for foreign in inspector.get_foreign_keys(table, schema):
        parent = foreign["referred_table"]
        rules.named[str(foreign["name"])] = (tuple(foreign["constrained_columns"]), parent)
    for check in _checks(inspector, table, schema):
        words = set(re.findall(r"\w+", check["sqltext"]))
        about = tuple(each for each in columns if each in words)
        rules.named[str(check["name"])] = (about, None)
    rules.named.pop("None", None)
    return rules


def is_of_a_row(cause: exc.DBAPIError) -> bool:
    """Whether one row's values are to blame: not every driver says so by its exception."""
    if isinstance(cause, (exc.IntegrityError, exc.DataError)):
        return True
    if cause.connection_invalidated:
        return False
    return isinstance(cause, exc.OperationalError) and bool(
        _OF_A_ROW.search(str(cause.orig))
    )


def refusal_of(cause: exc.StatementError, rules: Rules) -> RecordSyncError:
    """Why a row was refused, as far as the driver's text says."""
    said, table = _said(cause), rules.table
    columns, parent = rules.blamed(said)
    field_blamed = refusals.blamed(columns)
    if _FOREIGN.search(said):
        return refusals.dangling(table, columns, parent)
    if _UNIQUE.search(said):
        return refusals.duplicate(table, columns)
    if _NULL.search(said):
        return refusals.absent(table, field_blamed)
    return _by_value(said, table, field_blamed)


def _said(cause: exc.StatementError) -> str:
    """The driver's sentence, without the numbers that some give before it."""
    texts = [each for each in getattr(cause.orig, "args", ()) if isinstance(each, str)]
    return texts[-1] if texts else str(cause.orig)


def _by_value(said: str, table: str, blamed: str | None) -> RecordSyncError:
    if _LONG.search(said):
        return refusals.too_long(table, blamed, "")
    if _RANGE.search(said):
        return refusals.out_of_range(table, blamed, "")
    if _TYPE.search(said):
        return refusals.mistyped(table, blamed, "")
    if _CHECK.search(said):
        return refusals.unchecked(table, said, blamed)
    return refusals.unforeseen(said)


def _checks(
    inspector: sa.Inspector, table: str, schema: str | None
) -> Sequence["sa.engine.interfaces.ReflectedCheckConstraint"]:
    try:
        return inspector.get_check_constraints(table, schema)
    except NotImplementedError:
        return []


def _has_word(said: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None


def _is_quoted(said: str, name: str) -> bool:
    """In quotes of any kind, alone or behind its table."""
    return re.search(rf"""[`'"\[.]{re.escape(name)}[`'"\]]""", said) is not None
