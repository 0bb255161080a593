"""Values as the types of SQLAlchemy's columns take them, and the columns of a table to be made."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from engine.adapters.sql.exact import binary, decimals
from engine.adapters.sql.values import Unstorable, plain
from engine.domain.adapter import Column

_KEY_LENGTH = 255
_KINDS: Mapping[str, Callable[[], Any]] = {
    "int": sa.BigInteger,
    "float": sa.Double,
    "decimal": lambda: sa.Numeric(38, 10),
    "bool": sa.Boolean,
    "date": sa.Date,
    "datetime": lambda: sa.DateTime(timezone=True).with_variant(
        mysql.DATETIME(fsp=6), "mysql", "mariadb"
    ),
    "epoch": sa.BigInteger,
    "epoch_ms": sa.BigInteger,
    "cents": sa.BigInteger,
}


OF_MADE_TABLES: Mapping[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mariadb_charset": "utf8mb4",
}
"""What a made table is given besides columns: MySQL's own default cannot hold every text."""


def declared(column: Column, key: tuple[str, ...]) -> "sa.Column[Any]":
    """The column as it is made; text in a key has a length, which some databases ask for."""
    kind = _KINDS.get(column.cast or "")
    if kind is None:
        text = sa.String(_KEY_LENGTH) if column.name in key else sa.Text()
        return sa.Column(column.name, text, primary_key=column.name in key)
    return sa.Column(
        column.name, kind(), primary_key=column.name in key, autoincrement=False
    )


def storable(value: Any, column: "sa.Column[Any]") -> Any:
    """The value as the column's type takes it; raises Unstorable."""
    made = plain(value)
    if made is None:
        return None
    if (why := _change(value, column)) is not None:
        raise Unstorable(why)
    kind = _type_of(column)
    form = _FORMS.get(kind)
    if form is None or isinstance(made, kind):
        return made
    try:
        return form(made)
    except (ValueError, TypeError, InvalidOperation):
        raise Unstorable(f"is not what the column takes: {column.type}") from None


def _change(value: Any, column: "sa.Column[Any]") -> str | None:
    """What the column would change in an exact value."""
    kind = column.type
    if not isinstance(value, (Decimal, int, str)) or not isinstance(kind, sa.Numeric):
        return None
    if isinstance(kind, sa.Float):
        return binary(str(kind))(value)
    return None if kind.scale is None else decimals(kind.scale, str(kind))(value)


def _type_of(column: "sa.Column[Any]") -> type:
    try:
        return column.type.python_type
    except NotImplementedError:
        return object


def _moment(value: object) -> datetime:
    return datetime.fromisoformat(str(value))


_FORMS: Mapping[type, Callable[[Any], Any]] = {
    datetime: _moment,
    date: lambda value: _moment(value).date(),
    Decimal: lambda value: Decimal(str(value)),
    bool: bool,
    int: int,
    float: float,
    str: str,
    dict: json.loads,
    list: json.loads,
}
