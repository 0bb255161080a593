"""What `--json` prints is JSON, exact, and nothing a terminal would obey."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from console.cli.json_text import dumps

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None, categories=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(anything)
def test_a_document_survives_being_printed_and_read(document: Any) -> None:
    assert json.loads(dumps(document)) == document


@settings(deadline=None)
@given(anything)
def test_a_document_is_printable_ascii_on_every_line(document: Any) -> None:
    assert all(
        line.isascii() and line.isprintable() for line in dumps(document).split("\n")
    )


def test_numbers_keep_their_digits() -> None:
    amounts = {
        "amount": Decimal("0.10"),
        "huge": Decimal("9" * 5000),
        "small": Decimal("1E-400"),
    }

    assert (
        dumps(amounts)
        == f'{{\n  "amount": 0.10,\n  "huge": {"9" * 5000},\n  "small": 1E-400\n}}'
    )


def test_what_is_no_json_number_is_null() -> None:
    assert (
        dumps([float("nan"), float("inf"), Decimal("NaN")])
        == "[\n  null,\n  null,\n  null\n]"
    )


def test_empty_containers_stay_on_their_line() -> None:
    assert dumps({"list": [], "map": {}}) == '{\n  "list": [],\n  "map": {}\n}'
