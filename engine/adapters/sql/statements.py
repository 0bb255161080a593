"""The statements that write, in the words SQLite and PostgreSQL share."""

from collections.abc import Sequence

from engine.adapters.sql.identifiers import listed, quoted
from engine.adapters.sql.table import Writing

HELD = '"held by the target"'
"""What an upsert calls the row that is there already."""


def upsert_clause(columns: Sequence[str], writing: Writing) -> str:
    """What follows the rows of an INSERT: on a key that is there, the other columns are set.

    With `modified`, only where the record is not older than what is held.
    """
    if not writing.upsert:
        return ""
    others = [name for name in columns if name not in writing.key]
    conflict = f" ON CONFLICT ({listed(writing.key)}) DO "
    if not others:
        return conflict + "NOTHING"
    sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in others)
    return f"{conflict}UPDATE SET {sets}{_not_older(others, writing)}"


def minds_age(columns: Sequence[str], writing: Writing) -> bool:
    """Whether rows may be left out because the target holds newer ones."""
    return (
        writing.upsert
        and writing.modified in columns
        and writing.modified not in writing.key
    )


def _not_older(others: Sequence[str], writing: Writing) -> str:
    if writing.modified is None or writing.modified not in others:
        return ""
    column = quoted(writing.modified)
    return f" WHERE {HELD}.{column} IS NULL OR excluded.{column} >= {HELD}.{column}"
