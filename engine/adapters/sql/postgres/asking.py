"""Records of a table or a query that have given values in some columns, asked in bulk."""

from collections.abc import Sequence

import msgspec
import psycopg

from engine.adapters.sql.identifiers import listed
from engine.adapters.sql.postgres.server import Connection
from engine.adapters.sql.postgres.storing import storable
from engine.adapters.sql.raw import Row
from engine.adapters.sql.reading import Answer, Asking
from engine.adapters.sql.values import Unstorable

_encode = msgspec.json.Encoder().encode


def held(
    connection: Connection, asking: Asking, columns: Sequence[str], keys: Sequence[Row]
) -> Answer:
    """The records that have any of these values in these columns.

    A key that is no value of its column is not held, and does not hide what the others are.
    """
    statement, named = _statement(connection, asking, columns)
    documents = [found for key in keys if (found := _document(key)) is not None]
    try:
        rows = _ask(connection, statement, documents)
    except psycopg.DataError:
        rows = [row for one in documents for row in _ask_one(connection, statement, one)]
    return Answer(named, rows)


def _ask(
    connection: Connection, statement: bytes, documents: Sequence[object]
) -> list[Row]:
    with connection.transaction():
        return connection.execute(statement, (_encode(documents).decode(),)).fetchall()


def _ask_one(connection: Connection, statement: bytes, document: object) -> list[Row]:
    try:
        return _ask(connection, statement, [document])
    except psycopg.DataError:
        return []


def _statement(
    connection: Connection, asking: Asking, columns: Sequence[str]
) -> tuple[bytes, tuple[str, ...]]:
    """The question with one JSON document as its parameter, and the names of what it gives."""
    nothing = connection.execute(asking.nothing().text.replace("%", "%%").encode(), ())
    described = {column.name: column for column in nothing.description or ()}
    asked = [described[name] for name in columns]
    names = [f"c{place}" for place in range(len(columns))]
    kinds = [
        connection.execute("SELECT format_type(%s, -1)", (column.type_code,)).fetchone()
        for column in asked
    ]
    declared = ", ".join(
        f"{name} {kind[0]}" for name, kind in zip(names, kinds, strict=True) if kind
    )
    text = (
        f"SELECT * FROM {asking.records} WHERE ({listed(columns)}) IN (SELECT "
        f"{', '.join(names)} FROM json_to_recordset(\0::json) AS given ({declared}))"
    )
    return text.replace("%", "%%").replace("\0", "%s").encode(), tuple(described)


def _document(key: Row) -> dict[str, object] | None:
    try:
        return {f"c{place}": storable(part, "") for place, part in enumerate(key)}
    except Unstorable:
        return None
