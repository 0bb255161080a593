"""What the tests of the sql adapter say again and again."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from engine.adapters.sql.options import SqlTargetOptions
from engine.adapters.sql.target import SqlTarget
from engine.domain.adapter import Column, Load, Receipt, TargetContext
from engine.domain.retry import Jitter, RetryPolicy

AT_ONCE = RetryPolicy(max_attempts=3, delay_ms=0, jitter=Jitter.NONE)
"""Tries without waits."""

ORDERS = (Column("order_id", "int"), Column("email", "str"), Column("cents", "cents"))
NAMES = tuple(column.name for column in ORDERS)


def load(
    rows: Sequence[Any],
    *,
    batch: int = 1,
    columns: tuple[str, ...] | None = NAMES,
    uncertain: bool = False,
) -> Load:
    """Rows of orders as the stages hand them over, the first column their key."""
    keys = [(row[0] if columns else row.get("order_id"),) for row in rows]
    return Load(batch, rows, keys, columns, uncertain)


@contextmanager
def opened(
    url: str,
    *,
    folder: Path | str = "/",
    columns: tuple[Column, ...] | None = ORDERS,
    key: tuple[str, ...] = ("order_id",),
    sleep: Any = None,
    **options: Any,
) -> Iterator[SqlTarget]:
    """A target that is open; the table is `orders` unless told otherwise."""
    target = made(url, folder=folder, columns=columns, key=key, sleep=sleep, **options)
    with closing(target):
        target.open()
        yield target


def made(
    url: str,
    *,
    folder: Path | str = "/",
    columns: tuple[Column, ...] | None = ORDERS,
    key: tuple[str, ...] = ("order_id",),
    sleep: Any = None,
    **options: Any,
) -> SqlTarget:
    """A target that is not open yet."""
    context = TargetContext(
        link="orders",
        key=key,
        folder=str(folder),
        system="warehouse",
        columns=columns,
        retry=AT_ONCE,
        sleep=sleep,
    )
    return SqlTarget(SqlTargetOptions(url=url, **{"table": "orders", **options}), context)


def execute(file: Path, *statements: str) -> None:
    """Execute these on a connection of their own."""
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows_of(file: Path, query: str = "SELECT * FROM orders ORDER BY order_id") -> list[Any]:
    """What a query gives on a connection of its own."""
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def refused(receipt: Receipt) -> dict[int, tuple[str, str | None]]:
    """By row, the code and the field of its refusal."""
    return {row: (error.code, error.field) for row, error in receipt.refused}
