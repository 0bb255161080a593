"""Many rows in a few statements, in the words every dialect has: look, insert, update."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa

from engine.adapters.sql.answers import spelled
from engine.adapters.sql.table import Writing

Record = Mapping[str, Any]

ASKED_AT_ONCE = 100
"""Every dialect takes the parameters of so many keys (SQL Server: 2100 in all)."""


class Apart(Exception):
    """These rows have to be written one by one."""


def write_together(
    connection: sa.Connection, rows: sa.Table, records: Sequence[Record], writing: Writing
) -> None:
    """Add the records that are not there, write over those that are.

    Raises Apart where the database finds keys alike that we tell apart.
    """
    there = _there(connection, rows, records, writing) if writing.upsert else set()
    new = [each for each in records if _key(each, writing) not in there]
    old = [each for each in records if _key(each, writing) in there]
    if new:
        connection.execute(sa.insert(rows), new)
    others = [name for name in records[0] if name not in writing.key]
    if old and others:
        # The names of parameters must differ from those of columns.
        same = [rows.c[name] == sa.bindparam(f"key_{name}") for name in writing.key]
        change: dict[Any, Any] = {
            rows.c[name]: sa.bindparam(f"new_{name}") for name in others
        }
        connection.execute(
            sa.update(rows).where(*same).values(change),
            [_parameters(each, writing) for each in old],
        )


def _there(
    connection: sa.Connection, rows: sa.Table, records: Sequence[Record], writing: Writing
) -> set[tuple[Any, ...]]:
    columns = [rows.c[name] for name in writing.key]
    asked = {_key(each, writing): each for each in records}
    rest = iter(asked.values())
    there: set[tuple[Any, ...]] = set()
    while few := list(islice(rest, ASKED_AT_ONCE)):
        same = [
            sa.and_(*(column == each[column.name] for column in columns)) for each in few
        ]
        found = connection.execute(sa.select(*columns).where(sa.or_(*same)))
        there.update(spelled(tuple(row)) for row in found)
    if not there <= asked.keys():
        raise Apart
    return there


def _key(record: Record, writing: Writing) -> tuple[Any, ...]:
    return spelled([record[name] for name in writing.key])


def _parameters(record: Record, writing: Writing) -> dict[str, Any]:
    return {
        f"{'key' if name in writing.key else 'new'}_{name}": value
        for name, value in record.items()
    }
