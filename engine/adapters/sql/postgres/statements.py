"""The statements that write and ask with one JSON document as their only parameter."""

from collections.abc import Sequence

from engine.adapters.sql.identifiers import listed, quoted, quoted_table
from engine.adapters.sql.postgres.staging import Stage, stage_of
from engine.adapters.sql.statements import HELD, minds_age, upsert_clause
from engine.adapters.sql.table import Table, Writing
from engine.domain.values import dataclass

_DOCUMENT = "\0"
"""Where the parameter goes; no name can have it in it."""

_GIVEN = "\0\0"
"""Where the rows are read from."""

_OF_JSON = frozenset({"json", "jsonb"})


@dataclass(frozen=True, slots=True)
class Insert:
    """A statement and the names its rows have in the document; and the same by way of a stage.

    `tells_older`: it answers with the places of rows left out for their age; the rows of a stage
    then end with their place. `counts`: its row count is that of the rows written.
    """

    statement: bytes
    stage: Stage
    names: tuple[str, ...]
    tells_older: bool
    counts: bool


def insert_of(columns: tuple[str, ...], table: Table, writing: Writing) -> Insert:
    """The statements that write rows of these columns."""
    names = tuple(f"c{place}" for place in range(len(columns)))
    kinds = [table.columns[column].kind for column in columns]
    conflict = upsert_clause(columns, writing)
    insert = (
        f"INSERT INTO {quoted_table(table.name)} AS {HELD} ({listed(columns)}) "
        f"SELECT {', '.join(map(_read, names, kinds))} FROM {_GIVEN}"
        # Always in the order of the key: two writers then wait, instead of for each other.
        f"{_in_order(columns, names, writing)}{conflict}"
    )
    older = minds_age(columns, writing)
    if older:
        insert = (
            f"written AS ({insert} RETURNING {_keys(writing)}) SELECT place - 1 "
            f"FROM {_GIVEN} WHERE NOT EXISTS ({_among_written(columns, writing)})"
        )
    document = f"WITH given AS MATERIALIZED ({_numbered(names, kinds)}){',' * older} "
    declared = [(name, _kind(kind)) for name, kind in zip(names, kinds, strict=True)]
    return Insert(
        _prepared(document + insert.replace(_GIVEN, "given")),
        stage_of(
            declared + [("place", "integer")] * older,
            lambda name: "WITH " * older + insert.replace(_GIVEN, f"{name} AS given"),
        ),
        names,
        older,
        not conflict.endswith("NOTHING"),
    )


def select_of(key: Sequence[str], table: Table) -> bytes:
    """The statement that gives the records of keys, each behind its key's place."""
    names = [f"c{place}" for place in range(len(key))]
    kinds = [table.columns[name].kind for name in key]
    same = " AND ".join(
        f"held.{quoted(column)} = {_read(f'given.{name}', kind)}"
        for column, name, kind in zip(key, names, kinds, strict=True)
    )
    return _prepared(
        f"SELECT given.place - 1, held.* FROM ({_numbered(names, kinds)}) AS given "
        f"JOIN {quoted_table(table.name)} AS held ON {same}"
    )


def conversion(kind: str) -> bytes:
    """The statement that reads one value as a column's type, and nothing else."""
    return _prepared(
        f"SELECT {_read('c0', kind)} FROM json_to_recordset({_DOCUMENT}::json) "
        f"AS given (c0 {_kind(kind)})"
    )


def _prepared(statement: str) -> bytes:
    return statement.replace("%", "%%").replace(_DOCUMENT, "%s").encode()


def _numbered(names: Sequence[str], kinds: Sequence[str]) -> str:
    declared = ", ".join(
        f"{name} {_kind(kind)}" for name, kind in zip(names, kinds, strict=True)
    )
    return (
        f"SELECT * FROM ROWS FROM (json_to_recordset({_DOCUMENT}::json) AS ({declared})) "
        f"WITH ORDINALITY AS given ({', '.join(names)}, place)"
    )


def _kind(kind: str) -> str:
    # JSON text for a JSON column must be read, not wrapped as a string once more.
    return "text" if kind in _OF_JSON else kind


def _read(name: str, kind: str) -> str:
    return f"{name}::{kind}" if kind in _OF_JSON else name


def _in_order(columns: Sequence[str], names: Sequence[str], writing: Writing) -> str:
    places = [columns.index(name) for name in writing.key if name in columns]
    return f" ORDER BY {', '.join(names[place] for place in places)}" if places else ""


def _keys(writing: Writing) -> str:
    return ", ".join(
        f"{HELD}.{quoted(name)} AS k{place}" for place, name in enumerate(writing.key)
    )


def _among_written(columns: Sequence[str], writing: Writing) -> str:
    same = " AND ".join(
        f"written.k{place} = given.c{columns.index(name)}"
        for place, name in enumerate(writing.key)
    )
    return f"SELECT 1 FROM written WHERE {same}"
