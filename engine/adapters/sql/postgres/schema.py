"""What a PostgreSQL server says of its tables, and the table made for a Link."""

from collections.abc import Mapping, Sequence
from dataclasses import field

import psycopg

from engine.adapters.sql.identifiers import check_length, listed, quoted, quoted_table
from engine.adapters.sql.postgres.server import Connection
from engine.adapters.sql.table import Table, TableColumn, Writing, creatable
from engine.domain.values import dataclass

_KINDS = {
    "str": "text",
    "int": "bigint",
    "float": "double precision",
    "decimal": "numeric",
    "bool": "boolean",
    "date": "date",
    "datetime": "timestamptz",
    "epoch": "bigint",
    "epoch_ms": "bigint",
    "cents": "bigint",
    "json": "jsonb",
}

_LONGEST = 63
_FOUND = (
    "SELECT to_regclass(%s)::oid, has_database_privilege(current_database(), 'TEMPORARY')"
)
_COLUMNS = """
SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull,
    attgenerated <> '' OR attidentity = 'a'
FROM pg_attribute WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_UNIQUE = """
SELECT array_agg(a.attname::text) FROM pg_index i
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[:i.indnkeyatts - 1])
WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indexprs IS NULL GROUP BY i.indexrelid
"""
_CONSTRAINTS = """
SELECT c.conname, array_agg(a.attname::text ORDER BY k.place), c.confrelid::regclass::text,
    bool_or(c.condeferrable), c.confrelid = c.conrelid
FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k(number, place)
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
WHERE c.conrelid = %s GROUP BY c.oid
UNION ALL
SELECT i.indexrelid::regclass::text, array_agg(a.attname::text), NULL, false, false
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indrelid = %s AND i.indisunique GROUP BY i.indexrelid
"""
_PRIVILEGES = """
SELECT array_remove(ARRAY[
    CASE WHEN NOT has_any_column_privilege(%(table)s, 'INSERT') THEN 'INSERT' END,
    CASE WHEN %(upsert)s AND NOT has_any_column_privilege(%(table)s, 'UPDATE') THEN 'UPDATE' END,
    CASE WHEN %(upsert)s AND NOT has_any_column_privilege(%(table)s, 'SELECT') THEN 'SELECT' END
], NULL), current_user
"""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint's columns, and the table it refers to."""

    columns: tuple[str, ...]
    parent: str | None


@dataclass(frozen=True, slots=True)
class ServerTable:
    """A table, its constraints by name, and whether some of them wait for the commit.

    `stages`: this role may make tables that belong to its session.
    """

    table: Table
    oid: int
    constraints: Mapping[str, Constraint] = field(default_factory=dict)
    deferred: bool = False
    stages: bool = False


def read_table(connection: Connection, name: str) -> ServerTable | None:
    """The table or view of this name, or None."""
    check_length(name.split(".", 1), most=_LONGEST, database="PostgreSQL")
    oid, stages = _one(connection, _FOUND, (quoted_table(name),))
    if oid is None:
        return None
    assert isinstance(oid, int)
    columns = {
        str(column): TableColumn(
            str(column), str(kind), nullable=bool(nullable), generated=bool(generated)
        )
        for column, kind, nullable, generated in connection.execute(_COLUMNS, (oid,))
    }
    unique = [frozenset(_texts(names)) for (names,) in connection.execute(_UNIQUE, (oid,))]
    found = connection.execute(_CONSTRAINTS, (oid, oid)).fetchall()
    return ServerTable(
        Table(name, columns, tuple(unique), nested=any(own for *_, own in found)),
        oid,
        {
            str(constraint): Constraint(_texts(names), _name(parent))
            for constraint, names, parent, _, _ in reversed(found)
        },
        deferred=any(deferrable for *_, deferrable, _ in found),
        stages=bool(stages),
    )


def privileges_missing(
    connection: Connection, found: ServerTable, writing: Writing
) -> tuple[tuple[str, ...], str]:
    """What this role would need to write the table, and the role's name."""
    asked = {"table": found.oid, "upsert": writing.upsert}
    missing, role = _one(connection, _PRIVILEGES, asked)
    return _texts(missing), str(role)


def table_names(connection: Connection) -> list[str]:
    """The tables and views on this connection's search path."""
    found = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') "
        "AND pg_table_is_visible(oid) AND relnamespace <> 'pg_catalog'::regnamespace"
    )
    return [str(name) for (name,) in found]


def create_table(connection: Connection, writing: Writing) -> None:
    """Make the table of a Link's mapped fields; another process may be doing the same."""
    columns = creatable(writing)
    check_length((column.name for column in columns), most=_LONGEST, database="PostgreSQL")
    declared = [
        f"{quoted(column.name)} {_KINDS.get(column.cast or '', 'text')}"
        for column in columns
    ]
    if writing.key:
        declared.append(f"PRIMARY KEY ({listed(writing.key)})")
    statement = (
        f"CREATE TABLE IF NOT EXISTS {quoted_table(writing.table)} ({', '.join(declared)})"
    )
    try:
        with connection.transaction():
            connection.execute(statement.encode())
    except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable):
        # IF NOT EXISTS does not keep two from making it at the same instant.
        connection.rollback()


def _one(
    connection: Connection, query: str, values: Sequence[object] | Mapping[str, object]
) -> tuple[object, ...]:
    row = connection.execute(query.encode(), values).fetchone()
    assert row is not None
    return row


def _texts(names: object) -> tuple[str, ...]:
    return tuple(map(str, names)) if isinstance(names, (list, tuple)) else ()


def _name(parent: object) -> str | None:
    return None if parent in {None, "-"} else str(parent)
