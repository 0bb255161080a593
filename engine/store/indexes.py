"""The indexes a store should have, and those it has lost."""

from collections.abc import Iterator

from sqlalchemy import Connection, Index, inspect
from sqlalchemy.exc import IntegrityError, OperationalError

from engine.store.every_table import METADATA


def missing(connection: Connection) -> Iterator[Index]:
    """The indexes that the tables say and the database does not have, by name."""
    looked = inspect(connection)
    there = set(looked.get_table_names())
    for table in METADATA.sorted_tables:
        if table.name not in there:
            continue
        found = {index["name"] for index in looked.get_indexes(table.name)}
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            if index.name not in found:
                yield index


def made(connection: Connection, index: Index) -> bool:
    """The index made; false where the rows do not allow it."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql(_statement(connection, index))
    except (IntegrityError, OperationalError):
        return False
    return True


def _statement(connection: Connection, index: Index) -> str:
    quote = connection.dialect.identifier_preparer.quote
    table = index.table
    assert table is not None
    columns = ", ".join(quote(column.name) for column in index.columns)
    where = index.dialect_options["sqlite"]["where"]
    return (
        f"CREATE {'UNIQUE ' if index.unique else ''}INDEX {quote(str(index.name))} "
        f"ON {quote(table.name)} ({columns})" + ("" if where is None else f" WHERE {where}")
    )
