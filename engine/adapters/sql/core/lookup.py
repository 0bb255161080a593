"""What a table of any database holds, asked by keys, a hundred at a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.adapters.sql.answers import answers
from engine.adapters.sql.core.storing import storable
from engine.adapters.sql.core.together import ASKED_AT_ONCE
from engine.adapters.sql.decoding import Decoding, asked_key
from engine.adapters.sql.rows import Row
from engine.adapters.sql.table import Writing
from engine.adapters.sql.values import Unstorable


def held(
    connection: sa.Connection, rows: sa.Table, keys: Sequence[Row], writing: Writing
) -> dict[Row, Mapping[str, Any] | None]:
    """By key, the record as the stages' casts would have made it, or None."""
    columns = [rows.c[name] for name in writing.key]
    plain = {key: made for key in keys if (made := _stored(key, columns, writing))}

    def ask(few: Sequence[Row]) -> list[Mapping[str, Any]]:
        same = [
            sa.and_(*(column == part for column, part in zip(columns, key, strict=True)))
            for key in few
        ]
        found = connection.execute(sa.select(rows).where(sa.or_(*same)))
        return [dict(each) for each in found.mappings()]

    found = answers(list(plain.values()), ask, key=writing.key, at_once=ASKED_AT_ONCE)
    names = [column.name for column in rows.columns]
    decoding = Decoding(names, writing.casts)
    return {
        key: decoding([record[name] for name in names])
        if key in plain and (record := found[plain[key]]) is not None
        else None
        for key in keys
    }


def _stored(key: Row, columns: Sequence["sa.Column[Any]"], writing: Writing) -> Row | None:
    """The key as the columns' types take it; None for what they cannot hold."""
    asked = asked_key(key, writing.key, writing.casts)
    try:
        return tuple(
            [storable(part, column) for part, column in zip(asked, columns, strict=True)]
        )
    except Unstorable:
        return None
