"""Rows that go to PostgreSQL by COPY are the same as those that go in a document."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.adapters.sql.postgres.staging import WORTH_IT, copy_text
from engine.domain.adapter import Column
from tests.adapters.sql_schema import Schema
from tests.adapters.sql_world import load, opened, refused

pytest_plugins = ("tests.adapters.sql_servers",)

COLUMNS = tuple(
    Column(name) for name in ("order_id", "text", "number", "flag", "price", "data", "at")
)
NAMES = tuple(column.name for column in COLUMNS)
TABLE = (
    "CREATE TABLE orders (order_id bigint PRIMARY KEY, text text, number double precision, "
    "flag boolean, price numeric(9, 2), data jsonb, at timestamptz)"
)
HOSTILE = (
    "",
    "\\N",
    "\\.",
    "a\tb",
    "a\nb\r\nc",
    "\\t",
    "back\\slash\\",
    "NULL",
    "\x07\x1b[31m",
    "üñ🙂\u202e",
    "'; DROP TABLE orders; --",
    None,
)


def rows(count: int) -> list[tuple[Any, ...]]:
    """Rows that hold what COPY gives a meaning to."""
    return [
        (
            number,
            HOSTILE[number % len(HOSTILE)],
            number / 7,
            (True, False, None)[number % 3],
            f"{number}.25",
            ('{"a": "\\t\\n"}', "[1]", None, '"\\\\N"')[number % 4],
            "2026-05-01T10:00:00+02:00",
        )
        for number in range(count)
    ]


def stages(schema: Schema) -> int:
    """How many tables of sessions there are."""
    found: int = schema.rows(
        "SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'linkdeck%'"
    )[0][0]
    return found


def test_what_copy_gives_a_meaning_to_is_only_text(schema: Schema) -> None:
    schema.run(TABLE)
    many = rows(WORTH_IT * 3)
    with opened(schema.url, columns=COLUMNS) as target:
        (staged,) = target.push([load(many, columns=NAMES)])
        assert stages(schema) == 1
        by_copy = schema.rows("SELECT * FROM orders ORDER BY 1")
        schema.run("TRUNCATE orders")
        few = [
            load(many[start : start + 50], columns=NAMES, batch=start)
            for start in range(0, len(many), 50)
        ]
        documents = target.push(few)

    assert (staged.written, staged.refused) == (len(many), ())
    assert sum(each.written for each in documents) == len(many)
    assert by_copy == schema.rows("SELECT * FROM orders ORDER BY 1")
    assert [row[1] for row in by_copy[: len(HOSTILE)]] == list(HOSTILE)


def test_the_stage_is_empty_for_the_next_load_and_the_next_commit(schema: Schema) -> None:
    schema.run(TABLE)
    many = rows(WORTH_IT * 2)
    with opened(schema.url, columns=COLUMNS) as target:
        for _ in range(2):
            receipts = target.push(
                [load(many[:WORTH_IT], columns=NAMES), load(many[WORTH_IT:], columns=NAMES)]
            )
            assert [receipt.written for receipt in receipts] == [WORTH_IT] * 2

    assert schema.rows("SELECT count(*) FROM orders") == [(len(many),)]


@pytest.mark.parametrize(
    ("value", "place", "refusal"),
    [
        ("a\0b", 1, ("unstorable_value", "text")),
        ("half \ud83d", 1, ("unstorable_value", "text")),
        (float("nan"), 2, ("unstorable_value", "number")),
        ("12345678.00", 4, ("value_out_of_range", "price")),
        ("twelve", 4, ("wrong_type", "price")),
        ("{broken", 5, ("wrong_type", "data")),
        ("yesterday-ish", 6, ("wrong_type", "at")),
    ],
)
def test_a_bad_value_among_many_is_blamed_on_its_field(
    schema: Schema, value: object, place: int, refusal: tuple[str, str]
) -> None:
    """T3: COPY knows only that a line is wrong."""
    schema.run(TABLE)
    many = rows(WORTH_IT * 2)
    many[77] = (*many[77][:place], value, *many[77][place + 1 :])
    with opened(schema.url, columns=COLUMNS) as target:
        (receipt,) = target.push([load(many, columns=NAMES)])

    assert receipt.written == len(many) - 1
    assert refused(receipt) == {77: refusal}


def test_a_role_that_may_make_no_tables_writes_all_the_same(schema: Schema) -> None:
    schema.run(
        TABLE,
        "DROP ROLE IF EXISTS plain_writer",
        "CREATE ROLE plain_writer LOGIN",
        f"GRANT USAGE ON SCHEMA {schema.name} TO plain_writer",
        "GRANT SELECT, INSERT, UPDATE ON orders TO plain_writer",
        "REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC",
    )
    many = rows(WORTH_IT * 2)
    try:
        url = schema.url.replace("postgres:@", "plain_writer:@")
        with opened(url, columns=COLUMNS) as target:
            (receipt,) = target.push([load(many, columns=NAMES)])
    finally:
        schema.run(
            "GRANT TEMPORARY ON DATABASE postgres TO PUBLIC",
            "DROP OWNED BY plain_writer",
            "DROP ROLE plain_writer",
        )

    assert (receipt.written, receipt.error) == (len(many), None)


def test_older_records_among_many_are_left_out_by_place(schema: Schema) -> None:
    """K2."""
    schema.run(TABLE)
    old, new = "2026-05-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"
    many = [(*row[:-1], new) for row in rows(WORTH_IT * 2)]
    with opened(schema.url, columns=COLUMNS, modified="at") as target:
        target.push([load(many, columns=NAMES)])
        again = [(*row[:-1], old if row[0] in {3, 150} else new) for row in many]
        (receipt,) = target.push([load(again, columns=NAMES)])

    assert (receipt.written, [place for place, _ in receipt.ignored]) == (
        len(many) - 2,
        [3, 150],
    )


def test_records_that_change_their_columns_in_a_run_have_a_stage_each(
    schema: Schema,
) -> None:
    schema.run(TABLE)
    with opened(schema.url, columns=None) as target:
        for names in (NAMES[:2], NAMES[:3]):
            records = [dict(zip(names, row, strict=False)) for row in rows(WORTH_IT)]
            (receipt,) = target.push([load(records, columns=None)])
            assert (receipt.written, receipt.refused) == (WORTH_IT, ())

        assert stages(schema) == 2


TEXTS = st.text(st.characters(exclude_characters="\0"), max_size=5)


@given(st.lists(st.tuples(TEXTS | st.none(), st.integers()), min_size=1))
def test_copy_text_reads_back_as_it_was(pairs: list[tuple[Any, ...]]) -> None:
    try:
        text = copy_text(pairs)
    except UnicodeEncodeError:
        return

    assert text is not None
    lines = [line.split(b"\t") for line in text.split(b"\n")]
    assert [(_read(first), int(second)) for first, second in lines] == pairs


def _read(field: bytes) -> str | None:
    if field == b"\\N":
        return None
    text = field.replace(b"\\\\", b"\0\0")
    for sign, meant in ((b"\\t", b"\t"), (b"\\n", b"\n"), (b"\\r", b"\r")):
        text = text.replace(sign, meant)
    return text.replace(b"\0\0", b"\\").decode()
