"""Casts: what each makes of a value, and what it says where it cannot (contract, Stages)."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from engine.domain.errors import ErrorClass
from engine.domain.snapshot import Snapshot
from engine.domain.stage import Cast
from tests.filters.building import mapped

MADE = [
    ("str", "x", "x"),
    ("str", " x ", " x "),
    ("str", 5, "5"),
    ("str", 12.5, "12.5"),
    ("str", True, "true"),
    ("str", Decimal("1.50"), "1.50"),
    ("str", date(2024, 5, 6), "2024-05-06"),
    ("int", 5, 5),
    ("int", " 12 ", 12),
    ("int", "-7", -7),
    ("int", "+7", 7),
    ("int", 12.0, 12),
    ("int", "12.0", 12),
    ("int", "1e3", 1000),
    ("int", 2**70, 2**70),
    ("int", str(2**70), 2**70),
    ("int", Decimal("4.00"), 4),
    ("float", 1, 1.0),
    ("float", "1.5", 1.5),
    ("float", ".5", 0.5),
    ("float", " 2e3 ", 2000.0),
    ("decimal", "12.50", Decimal("12.50")),
    ("decimal", 0.1, Decimal("0.1")),
    ("decimal", 3, Decimal(3)),
    ("bool", True, True),
    ("bool", "YES", True),
    ("bool", " no ", False),
    ("bool", "1", True),
    ("bool", 0, False),
    ("date", "2024-05-06", date(2024, 5, 6)),
    ("date", " 2024-05-06 ", date(2024, 5, 6)),
    ("date", "2024-05-06T23:30:00+02:00", date(2024, 5, 6)),
    ("date", datetime(2024, 5, 6, 7, tzinfo=UTC), date(2024, 5, 6)),
    ("datetime", "2024-05-06T07:08:09Z", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
    ("datetime", "2024-05-06 07:08:09", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
    ("datetime", " 2024-05-06T07:08:09 ", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
    ("datetime", "2024-05-06", datetime(2024, 5, 6, tzinfo=UTC)),
    ("datetime", date(2024, 5, 6), datetime(2024, 5, 6, tzinfo=UTC)),
    ("epoch", "1970-01-01T00:01:00Z", 60),
    ("epoch", "1970-01-01T00:01:00.9+00:00", 60),
    ("epoch", "1969-12-31T23:59:59.5Z", -1),
    ("epoch", "1970-01-01T01:01:00+01:00", 60),
    ("epoch", 60, 60),
    ("epoch", 60.9, 60),
    ("epoch", "1700000000", 1_700_000_000),
    ("epoch_ms", "1970-01-01T00:00:00.123Z", 123),
    ("epoch_ms", "1969-12-31T23:59:59.9999Z", -1),
    ("epoch_ms", 1_700_000_000_000, 1_700_000_000_000),
    ("cents", 12.34, 1234),
    ("cents", "12.34", 1234),
    ("cents", " 12.3 ", 1230),
    ("cents", "12", 1200),
    ("cents", "-0.05", -5),
    ("cents", "12.340", 1234),
    ("cents", 5, 500),
    ("cents", 0.1, 10),
    ("cents", 1.15, 115),
    ("cents", 4.35, 435),
    ("cents", -1.1, -110),
    ("cents", Decimal("9.99"), 999),
    ("cents", 1e14, 10**16),
    ("json", {"a": [1, None]}, '{"a":[1,null]}'),
    ("json", "x", '"x"'),
]

REFUSED = [
    ("str", {}, "is an object, not text"),
    ("str", [1], "is a list, not text"),
    ("int", "abc", "'abc' is not a whole number"),
    ("int", "", "is blank, not a whole number"),
    ("int", "  ", "is blank, not a whole number"),
    ("int", 12.5, "'12.5' is not a whole number"),
    ("int", "12.5", "'12.5' is not a whole number"),
    ("int", True, "is true or false, not a whole number"),
    ("int", "1_000", "'1_000' is not a whole number"),
    ("int", "１２", "'１２' is not a whole number"),
    ("int", "0x10", "'0x10' is not a whole number"),
    ("int", "9" * 401, f"'{'9' * 59}…' is not a whole number"),
    ("int", "1e999", "is out of range for a number"),
    ("float", "abc", "'abc' is not a number"),
    ("float", "NaN", "'NaN' is not a number"),
    ("float", "Infinity", "'Infinity' is not a number"),
    ("float", float("nan"), "'nan' is not a number"),
    ("float", float("inf"), "'inf' is not a number"),
    ("float", "1e309", "is too large a number"),
    ("float", 10**400, "is too large a number"),
    ("decimal", Decimal("sNaN"), "'sNaN' is not a number"),
    ("decimal", Decimal("1e500"), "is out of range for a number"),
    ("decimal", "1,5", "'1,5' is not a number"),
    ("bool", "maybe", "'maybe' is not true or false (true, false, yes, no, 1, 0)"),
    ("bool", 2, "'2' is not true or false (true, false, yes, no, 1, 0)"),
    ("date", "06.05.2024", "'06.05.2024' is not a date"),
    ("date", 20240506, "'20240506' is not a date"),
    ("datetime", "yesterday", "'yesterday' is not a date-time"),
    ("datetime", "2024-02-30", "'2024-02-30' is not a date-time"),
    ("datetime", 1_700_000_000, "'1700000000' is not a date-time"),
    ("epoch", "soon", "'soon' is not a date-time"),
    ("epoch", False, "is true or false, not a date-time"),
    ("cents", "12.345", "'12.345' has more than two decimals"),
    ("cents", 0.005, "'0.005' has more than two decimals"),
    ("cents", "abc", "'abc' is not a number"),
    ("cents", {"x": 1}, "is an object, not a number"),
    ("cents", "1.2.3", "'1.2.3' is not a number"),
]


@pytest.mark.parametrize(("cast", "given", "made"), MADE)
def test_a_cast_makes_the_value_of_its_type(cast: str, given: Any, made: Any) -> None:
    result = mapped(given, cast=Cast(cast))

    assert (type(result), result) == (type(made), made)


@pytest.mark.parametrize(("cast", "given", "why"), REFUSED)
def test_a_value_that_cannot_be_cast_fails_its_record_in_one_sentence(
    cast: str, given: Any, why: str
) -> None:
    """T3; the sentence starts with the field, and data stands in quotes (T7)."""
    snapshot = mapped(given, cast=Cast(cast))

    assert isinstance(snapshot, Snapshot)
    (error,) = snapshot.errors
    assert (error.code, error.field, error.message) == (
        f"cast_{cast}",
        "made",
        f"made {why}",
    )


@pytest.mark.parametrize(
    ("given", "error_class"),
    [
        ("abc", ErrorClass.VALIDATION),
        (12.5, ErrorClass.VALIDATION),
        ({"a": 1}, ErrorClass.SCHEMA),
        ([1], ErrorClass.SCHEMA),
        (True, ErrorClass.SCHEMA),
    ],
)
def test_a_wrong_value_is_validation_and_a_wrong_type_is_schema(
    given: Any, error_class: ErrorClass
) -> None:
    """T6: bad data goes to quarantine, a changed shape to its producer."""
    snapshot = mapped(given, cast=Cast.INT)

    assert snapshot.errors[0].error_class is error_class


def test_a_time_keeps_the_zone_it_came_with() -> None:
    made = mapped("2024-05-06T07:08:09+02:00", cast=Cast.DATETIME)

    assert made.isoformat() == "2024-05-06T07:08:09+02:00"
    assert made.utcoffset() == timedelta(hours=2)
    assert made == datetime(2024, 5, 6, 5, 8, 9, tzinfo=timezone(timedelta(0)))


@pytest.mark.parametrize(
    ("cast", "given", "made"),
    [
        ("date", "06.05.2024", date(2024, 5, 6)),
        ("datetime", "06.05.2024 ", datetime(2024, 5, 6, tzinfo=UTC)),
        ("epoch", "02.01.1970", 86400),
    ],
)
def test_a_format_says_how_times_are_written(cast: str, given: str, made: Any) -> None:
    assert mapped(given, cast=Cast(cast), format="%d.%m.%Y") == made


@pytest.mark.parametrize("given", ["2024-05-06", "０6.05.2024"])
def test_a_time_in_another_format_names_the_format(given: str) -> None:
    snapshot = mapped(given, cast=Cast.DATE, format="%d.%m.%Y")

    assert snapshot.errors[0].message.startswith(f"made '{given}' is not a date")


@pytest.mark.parametrize("cast", list(Cast))
def test_null_stays_null_and_missing_makes_no_field(cast: Cast) -> None:
    assert mapped(None, cast=cast) is None
