"""What a SQLite file says of its tables, and the table made for a Link."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from engine.adapters.sql.identifiers import listed, quoted
from engine.adapters.sql.table import Table, TableColumn, Writing, creatable

_KINDS = {
    "str": "TEXT",
    "int": "INTEGER",
    "float": "REAL",
    "decimal": "TEXT",
    "bool": "INTEGER",
    "date": "TEXT",
    "datetime": "TEXT",
    "epoch": "INTEGER",
    "epoch_ms": "INTEGER",
    "cents": "INTEGER",
    "json": "TEXT",
}
_GENERATED = {2, 3}


def table_names(connection: sqlite3.Connection) -> list[str]:
    """The tables and views of the file."""
    found = connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
    )
    return [name for (name,) in found]


def read_table(connection: sqlite3.Connection, name: str) -> Table | None:
    """The table or view of this name, or None."""
    found = connection.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
    key = frozenset(column for _, column, _, _, _, place, _ in found if place)
    columns = {
        column: TableColumn(
            column,
            kind,
            nullable=not needed and not (key == {column} and kind.upper() == "INTEGER"),
            generated=hidden in _GENERATED,
        )
        for _, column, kind, needed, _, _, hidden in found
        if hidden != 1
    }
    if not columns:
        return None
    return Table(
        name,
        columns,
        unique=tuple(filter(None, (key, *_unique_indexes(connection, name)))),
        view=_is_view(connection, name),
        nested=any(
            parent.lower() == name.lower() for parent, _ in foreign(connection, name)
        ),
    )


def _is_view(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ? COLLATE NOCASE"
    return connection.execute(query, (name,)).fetchone() is not None


def foreign(
    connection: sqlite3.Connection, name: str
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The table's foreign keys by number: the parent, and pairs of a column and the parent's."""
    keys: dict[int, tuple[str, list[tuple[str, str]]]] = {}
    for number, place, parent, column, there, *_ in connection.execute(
        f"PRAGMA foreign_key_list({quoted(name)})"
    ).fetchall():
        referred = there or _primary_key(connection, parent)[place]
        keys.setdefault(number, (parent, []))[1].append((column, referred))
    return [keys[number] for number in sorted(keys)]


def _primary_key(connection: sqlite3.Connection, name: str) -> dict[int, str]:
    found = connection.execute(f"PRAGMA table_info({quoted(name)})").fetchall()
    return defaultdict(
        lambda: "rowid", {place - 1: column for _, column, *_, place in found if place}
    )


def create_table(connection: sqlite3.Connection, writing: Writing) -> None:
    """Make the table of a Link's mapped fields, where it is not there yet."""
    columns = creatable(writing)
    declared = [
        f"{quoted(column.name)} {_KINDS.get(column.cast or '', '')}"
        + (" NOT NULL" if column.name in writing.key else "")
        for column in columns
    ]
    if writing.key:
        declared.append(f"PRIMARY KEY ({listed(writing.key)})")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {quoted(writing.table)} ({', '.join(declared)})"
    ).close()


def _unique_indexes(connection: sqlite3.Connection, name: str) -> Sequence[frozenset[str]]:
    unique: dict[str, set[str | None]] = defaultdict(set)
    for _, index, is_unique, _, partial in connection.execute(
        f"PRAGMA index_list({quoted(name)})"
    ).fetchall():
        if is_unique and not partial:
            for _, _, column in connection.execute(f"PRAGMA index_info({quoted(index)})"):
                unique[index].add(column)
    # An index on an expression has a part without a name.
    return [
        frozenset(column for column in columns if column)
        for columns in unique.values()
        if None not in columns
    ]
