"""Places in a record as a person writes them (I2)."""

from decimal import Decimal
from typing import Any

import pytest

from engine.domain.errors import Misused
from engine.domain.places import changed, place, typed

RECORD: dict[str, Any] = {
    "id": 5,
    "customer": {"email": "", "tags": ["a", "b"]},
    "lines": [{"sku": "A"}, {"sku": "B"}],
    "note": None,
}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("id", ("id",)),
        ("customer.email", ("customer", "email")),
        ("lines[1].sku", ("lines", 1, "sku")),
        ('["billing.email"].x', ("billing.email", "x")),
        ('a["b[0]"]', ("a", "b[0]")),
        ("straße.größe", ("straße", "größe")),
    ],
)
def test_a_path_reads_as_its_steps(text: str, steps: tuple[str | int, ...]) -> None:
    assert place(text) == steps


@pytest.mark.parametrize("text", ["", ".a", "a..b", "a.", "a[", "a[x]", "a]b", "[-1]"])
def test_a_path_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(Misused):
        place(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", 6),
        ("customer.email", "x"),
        ("lines[1].sku", None),
        ("lines[2]", {"sku": "C"}),
        ("note.by", "ana"),
        ("new.deep[0].er", [1]),
    ],
)
def test_what_is_set_is_there_and_the_original_is_as_it_was(
    path: str, value: object
) -> None:
    made = changed(RECORD, {path: value}, ())

    found = made
    for step in place(path):
        found = found[step]
    assert found == value
    assert RECORD["customer"] == {"email": "", "tags": ["a", "b"]}
    assert made["customer"]["tags"] == ["a", "b"]


def test_what_is_removed_is_gone() -> None:
    made = changed(RECORD, {}, ("customer.email", "lines[0]"))

    assert made["customer"] == {"tags": ["a", "b"]}
    assert made["lines"] == [{"sku": "B"}]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("id.x", "what should hold 'x' is a plain value"),
        ("customer[0]", r"what should hold \[0\] is an object"),
        ("lines.sku", "what should hold 'sku' is a list"),
        ("lines[9].sku", "that list has 2 entries"),
    ],
)
def test_a_path_through_something_that_holds_nothing_is_told(path: str, why: str) -> None:
    with pytest.raises(Misused, match=why):
        changed(RECORD, {path: 1}, ())


@pytest.mark.parametrize("path", ["nope", "customer.nope", "lines[2]", "id.x", "note.x"])
def test_what_is_not_there_cannot_be_removed(path: str) -> None:
    with pytest.raises(Misused, match="it is not there"):
        changed(RECORD, {}, (path,))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ('"5"', "5"),
        ("", ""),
        ("null", None),
        ("true", True),
        ("ana@x.de", "ana@x.de"),
        ("0170", "0170"),
        ("NaN", "NaN"),
        ('{"a": [1]}', {"a": [1]}),
        ("1.10000000000000000000001", Decimal("1.10000000000000000000001")),
    ],
)
def test_a_value_is_json_where_it_reads_as_such_else_text(text: str, value: object) -> None:
    assert typed(text) == value
    assert type(typed(text)) is type(value)
