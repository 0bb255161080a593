"""What a PostgreSQL table holds, asked by keys in bulk."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import psycopg

from engine.adapters.sql.postgres.schema import ServerTable
from engine.adapters.sql.postgres.server import Connection
from engine.adapters.sql.postgres.statements import select_of
from engine.adapters.sql.postgres.storing import storable
from engine.adapters.sql.rows import Row
from engine.adapters.sql.table import Writing
from engine.adapters.sql.values import Unstorable, decoded

_encode = msgspec.json.Encoder().encode


def held(
    connection: Connection, keys: Sequence[Row], found: ServerTable, writing: Writing
) -> dict[Row, Mapping[str, Any] | None]:
    """By key, the record as the stages' casts would have made it, or None."""
    answers: dict[Row, Mapping[str, Any] | None] = dict.fromkeys(keys)
    asked = [(key, document) for key in answers if (document := _document(key)) is not None]
    try:
        with connection.transaction():
            answers.update(_ask(connection, asked, found, writing))
    except psycopg.DataError:
        # One key that is no value of its column must not hide what the others are.
        for one in asked:
            answers.update(_ask_one(connection, one, found, writing))
    return answers


def _ask(
    connection: Connection,
    asked: Sequence[tuple[Row, Mapping[str, Any]]],
    found: ServerTable,
    writing: Writing,
) -> dict[Row, Mapping[str, Any]]:
    document = _encode([document for _, document in asked]).decode()
    cursor = connection.execute(select_of(writing.key, found.table), (document,))
    names = [column.name for column in cursor.description or ()][1:]
    return {
        asked[int(place)][0]: decoded(dict(zip(names, row, strict=True)), writing.casts)  # type: ignore[call-overload]
        for place, *row in cursor
    }


def _ask_one(
    connection: Connection,
    asked: tuple[Row, Mapping[str, Any]],
    found: ServerTable,
    writing: Writing,
) -> dict[Row, Mapping[str, Any]]:
    try:
        with connection.transaction():
            return _ask(connection, [asked], found, writing)
    except psycopg.DataError:
        return {}


def _document(key: Row) -> dict[str, Any] | None:
    try:
        return {f"c{place}": storable(part, "") for place, part in enumerate(key)}
    except Unstorable:
        return None
