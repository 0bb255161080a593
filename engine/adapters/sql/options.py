"""What a definition may say of an SQL source or target."""

from dataclasses import field
from typing import Annotated, Literal

from engine.domain.units import Doc
from engine.domain.values import dataclass

_URL = Doc(
    "the database: sqlite:///file.db (relative to the definition), postgresql://user@host/name, "
    "or any address SQLAlchemy has a driver for"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSourceOptions:
    """A table or a query that records are read from."""

    url: Annotated[str, _URL] = field(repr=False)
    table: Annotated[str | None, Doc("the table, or schema.table; or name a query")] = None
    query: Annotated[str | None, Doc("a SELECT whose rows are the records")] = None
    order_by: Annotated[
        tuple[str, ...],
        Doc(
            "the column, or columns, by which batches are cut: indexed, never null, unique (a "
            "table's own key is added where they are not); a table's own key if absent"
        ),
    ] = ()
    changed_since: Annotated[
        str | None, Doc("the column that says when, or in which order, a record changed")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlTargetOptions:
    """A table that records are written to."""

    url: Annotated[str, _URL] = field(repr=False)
    table: Annotated[str, Doc("the table, or schema.table")]
    create: Annotated[
        bool, Doc("make the table from the mapped fields if it is missing")
    ] = False
    modified: Annotated[
        str | None, Doc("the column by which a record older than the target's is left out")
    ] = None
    mode: Annotated[
        Literal["upsert", "insert"],
        Doc("upsert writes over a record with the same key; insert only adds"),
    ] = "upsert"
    status_table: Annotated[
        str | None,
        Doc(
            "a table in which each Sync Event is kept with its batches, label and recovery, for "
            "those downstream; made if it is missing"
        ),
    ] = None
