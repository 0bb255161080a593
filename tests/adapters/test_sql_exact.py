"""A value is held as it was sent, or refused by name: never changed without a word."""

from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.domain.adapter import Column
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_world import execute, load, made, refused, rows_of

pytest_plugins = ("tests.adapters.sql_servers",)

INEXACT = ("value_not_exact", "value")
UNSTORABLE = ("unstorable_value", "value")
OUT_OF_RANGE = ("value_out_of_range", "value")
MISTYPED = ("wrong_type", "value")

SQLITE = [
    ("NUMERIC", None, Decimal("12.30"), None),
    ("NUMERIC", None, Decimal("1234567890123456.78"), INEXACT),
    ("NUMERIC", "decimal", "12345678901234567.89", INEXACT),
    ("NUMERIC", "decimal", "123456789012345678", None),
    ("DECIMAL(9, 2)", "str", "12345678901234567890", INEXACT),
    ("INTEGER", "str", "9223372036854775807", None),
    ("INTEGER", "str", "9223372036854775808", INEXACT),
    ("REAL", "int", 2**53 + 1, INEXACT),
    ("REAL", "int", 2**53, None),
    ("TEXT", "decimal", "12345678901234567.89", None),
    ("TEXT", None, 0.1 + 0.2, INEXACT),
    ("TEXT", None, 0.5, None),
    ("", None, 0.1 + 0.2, None),
    ("INTEGER", None, 2**63, UNSTORABLE),
    ("REAL", None, float("nan"), UNSTORABLE),
    ("NUMERIC", None, Decimal("NaN"), UNSTORABLE),
    ("REAL", None, float("-inf"), UNSTORABLE),
    ("TEXT", None, "half \ud83d", UNSTORABLE),
    ("TEXT", None, ["half \ud83d"], UNSTORABLE),
    ("TEXT", "str", "a NUL \0 stays", None),
]
POSTGRESQL = [
    ("numeric(9,2)", "decimal", "1.005", INEXACT),
    ("numeric(9,2)", "decimal", "1.5000", None),
    ("numeric(9,2)", None, Decimal("1.005"), INEXACT),
    ("numeric(9,2)", None, 1.005, None),
    ("numeric(9,2)", None, "1.005", INEXACT),
    ("numeric(9,2)", "decimal", "12345678.00", OUT_OF_RANGE),
    ("numeric", "decimal", "12345678901234567890.123456789", None),
    ("double precision", "decimal", "12345678901234567.89", INEXACT),
    ("double precision", "decimal", "0.1", None),
    ("double precision", "int", 2**53 + 1, INEXACT),
    ("real", "int", 16_777_217, INEXACT),
    ("date", "datetime", "2026-05-01T12:30:00+00:00", INEXACT),
    ("date", "datetime", "2026-05-01T00:00:00+00:00", None),
    ("bigint", "int", 2**63, OUT_OF_RANGE),
    ("bigint", "float", 1.5, MISTYPED),
    ("double precision", None, float("nan"), UNSTORABLE),
    ("numeric", None, Decimal("Infinity"), UNSTORABLE),
    ("text", "str", "a NUL \0", UNSTORABLE),
    ("jsonb", None, {"a": ["NUL \0"]}, UNSTORABLE),
    ("text", None, "half \ud83d", UNSTORABLE),
    ("jsonb", None, {"half \ud83d": 1}, UNSTORABLE),
]


def outcome(url: str, cast: str | None, value: Any) -> dict[int, tuple[str, str | None]]:
    """What became of the value between two that are fine."""
    columns = (Column("order_id", "int"), Column("value", cast))
    rows = [(1, None), (2, value), (3, None)]
    with closing(made(url, columns=columns)) as target:
        target.open()
        (receipt,) = target.push([load(rows, columns=("order_id", "value"))])
    assert receipt.written == 3 - len(receipt.refused)
    return refused(receipt)


@pytest.mark.parametrize(("kind", "cast", "value", "refusal"), SQLITE)
def test_sqlite_keeps_a_value_or_names_its_field(
    tmp_path: Path, kind: str, cast: str | None, value: Any, refusal: Any
) -> None:
    file = tmp_path / "shop.db"
    execute(file, f"CREATE TABLE orders (order_id INTEGER PRIMARY KEY, value {kind})")

    assert outcome(f"sqlite:///{file}", cast, value) == ({1: refusal} if refusal else {})
    if refusal is None:
        ((held,),) = rows_of(file, "SELECT value FROM orders WHERE order_id = 2")
        exact = held == value if isinstance(value, (str, float)) else False
        assert exact or Decimal(str(held)) == Decimal(str(value))


@pytest.mark.parametrize(("kind", "cast", "value", "refusal"), POSTGRESQL)
def test_postgresql_keeps_a_value_or_names_its_field(
    schema: Schema, kind: str, cast: str | None, value: Any, refusal: Any
) -> None:
    schema.run(f"CREATE TABLE orders (order_id bigint PRIMARY KEY, value {kind})")

    assert outcome(schema.url, cast, value) == ({1: refusal} if refusal else {})
