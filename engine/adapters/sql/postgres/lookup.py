"""What a PostgreSQL table holds, asked by keys in bulk."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import msgspec
import psycopg

from engine.adapters.sql.decoding import Decoding, asked_key
from engine.adapters.sql.postgres.schema import ServerTable
from engine.adapters.sql.postgres.server import Connection
from engine.adapters.sql.postgres.statements import select_of
from engine.adapters.sql.postgres.storing import storable
from engine.adapters.sql.rows import Row
from engine.adapters.sql.table import Writing
from engine.adapters.sql.values import Unstorable

_ASKED_AT_ONCE = 10_000

_encode = msgspec.json.Encoder().encode


def held(
    connection: Connection, keys: Sequence[Row], found: ServerTable, writing: Writing
) -> dict[Row, Mapping[str, Any] | None]:
    """By key, the record as the stages' casts would have made it, or None."""
    answers: dict[Row, Mapping[str, Any] | None] = dict.fromkeys(keys)
    documents = ((key, _document(key, writing)) for key in answers)
    rest = ((key, document) for key, document in documents if document is not None)
    while asked := list(islice(rest, _ASKED_AT_ONCE)):
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
    decoding = Decoding(names, writing.casts)
    return {
        asked[int(place)][0]: decoding(row)  # type: ignore[call-overload]
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


def _document(key: Row, writing: Writing) -> dict[str, Any] | None:
    asked = asked_key(key, writing.key, writing.casts)
    try:
        return {f"c{place}": storable(part, "") for place, part in enumerate(asked)}
    except Unstorable:
        return None
