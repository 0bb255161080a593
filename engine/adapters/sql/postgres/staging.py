"""Rows as the text of a COPY, and the table of the session that they are staged in.

The table belongs to the session, and every commit empties it: behind a pool of connections, too,
where each transaction may have another session.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from engine.adapters.sql.postgres.server import Connection
from engine.adapters.sql.rows import Row
from engine.adapters.sql.values import NONE_TYPE
from engine.domain.values import dataclass

WORTH_IT = 100
"""Rows below which a statement with a document is faster."""

_NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_FORMS: Mapping[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: repr,
    bool: lambda value: "true" if value else "false",
    NONE_TYPE: lambda _: _NULL,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """The table, as SQL text: to make it, to fill it, and to write its rows to the target."""

    create: bytes
    copy: bytes
    insert: bytes

    def fill(self, connection: Connection, text: bytes) -> None:
        """Rows into the table, which is empty at the start of every transaction."""
        connection.execute(self.create)
        with connection.cursor() as cursor, cursor.copy(self.copy) as copy:
            copy.write(text)


def stage_of(declared: Sequence[tuple[str, str]], insert: Callable[[str], str]) -> Stage:
    """The stage with these columns and types; `insert` is told its name."""
    columns = ", ".join(f"{name} {kind}" for name, kind in declared)
    # One table for each list of types: a table's columns may change while a session lives.
    table = f"pg_temp.linkdeck_{sha256(columns.encode()).hexdigest()[:16]}"
    return Stage(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns}) ON COMMIT DELETE ROWS".encode(),
        f"COPY {table} FROM STDIN".encode(),
        insert(table).encode(),
    )


def copy_text(rows: Sequence[Row]) -> bytes | None:
    """The rows as COPY reads them; None where one has a value that is not plain.

    Raises UnicodeEncodeError for half a surrogate pair.
    """
    columns = list(zip(*rows, strict=True))
    kinds = [set(map(type, column)) for column in columns]
    if not all(met <= _FORMS.keys() for met in kinds):
        return None
    nulls = sum(column.count(None) for column in columns)
    texts = [_texts(column, met) for column, met in zip(columns, kinds, strict=True)]
    text = "\n".join(map("\t".join, zip(*texts, strict=True)))
    if not _is_exact(text, rows=len(rows), columns=len(columns), nulls=nulls):
        escaped = [
            _escaped(column, made) if str in met else made
            for column, made, met in zip(columns, texts, kinds, strict=True)
        ]
        text = "\n".join(map("\t".join, zip(*escaped, strict=True)))
    return text.encode()


def _texts(column: Sequence[Any], kinds: set[type]) -> Sequence[str]:
    if kinds == {str}:
        return column
    if kinds == {int}:
        return list(map(str, column))
    if kinds <= {str, NONE_TYPE}:
        return [_NULL if value is None else value for value in column]
    return [_FORMS[type(value)](value) for value in column]


def _escaped(column: Sequence[Any], texts: Sequence[str]) -> list[str]:
    return [
        text.translate(_ESCAPES) if type(value) is str else text
        for value, text in zip(column, texts, strict=True)
    ]


def _is_exact(text: str, *, rows: int, columns: int, nulls: int) -> bool:
    """Whether the signs that mean something to COPY are all our own: text seldom has any."""
    return (
        text.count("\t") == rows * (columns - 1)
        and text.count("\n") == rows - 1
        and text.count("\\") == nulls
        and "\r" not in text
    )
