"""A stored record is shown as it was: exact where it is JSON, as its text where it is not."""

from decimal import Decimal

import pytest

from engine.domain.stored_json import parsed


def test_numbers_are_not_rounded() -> None:
    stored = b'{"amount": 0.10, "id": 12345678901234567890123, "tiny": 1e-400}'

    expected = {
        "amount": Decimal("0.10"),
        "id": 12345678901234567890123,
        "tiny": Decimal("1E-400"),
    }
    assert parsed(stored) == expected


def test_an_int_of_five_thousand_digits_survives() -> None:
    assert parsed(b"9" * 5000) == Decimal("9" * 5000)


def test_nothing_stored_is_none() -> None:
    assert parsed(None) is None


@pytest.mark.parametrize(
    "stored",
    [
        b'{"id": 1, "na',
        b'{"rate": NaN}',
        b'{"id": 1, "id": 2}',
        b"[" * 100_000,
        b"[" * 150 + b"]" * 150,
        b"",
    ],
    ids=["cut", "nan", "twice", "deep and cut", "deep", "empty"],
)
def test_what_is_not_clean_json_is_its_text(stored: bytes) -> None:
    assert parsed(stored) == stored.decode()


def test_bytes_that_are_no_text_are_escaped() -> None:
    assert parsed(b'{"name": "M\xfcller"}') == '{"name": "M\\xfcller"}'
