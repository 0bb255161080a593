"""Numbers, times and the medium."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from console.format import age, counted, duration, rate, remaining
from console.medium import Medium, speaks_unicode

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.34, "340 ms"),
        (12.44, "12.4 s"),
        (248, "4 min 08 s"),
        (7500, "2 h 05 min"),
        (273600, "3 d 4 h"),
        (-3, "0 ms"),
        (59.97, "1 min 00 s"),
        (0.9996, "1.0 s"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_left_is_guessed_no_finer_than_a_second() -> None:
    said = [remaining(seconds) for seconds in (0.2, 0.9, 25.3, 59.9, 248)]

    assert said == [
        "less than 1 s left",
        "about 1 s left",
        "about 25 s left",
        "about 1 min 00 s left",
        "about 4 min 08 s left",
    ]


def test_an_age_has_one_unit() -> None:
    ages = [
        age(NOW - timedelta(seconds=passed), NOW) for passed in (40, 720, 10800, 172800, -5)
    ]

    assert ages == ["40 s", "12 min", "3 h", "2 d", "0 s"]


def test_counts_have_their_noun() -> None:
    assert [counted(n, "batch", "batches") for n in (0, 1, 1204)] == [
        "0 batches",
        "1 batch",
        "1,204 batches",
    ]


def test_a_rate_has_a_decimal_only_where_it_matters() -> None:
    assert [rate(1.25), rate(28000.4)] == ["1.2 records/s", "28,000 records/s"]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "C"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LC_CTYPE": "C.UTF-8"}, True),
        ({}, True),
    ],
)
def test_the_locale_decides_about_glyphs(environ: dict[str, str], expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")

    assert speaks_unicode(stream, environ) is expected


def test_a_stream_that_is_not_utf8_gets_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")

    assert not speaks_unicode(stream, {"LC_ALL": "en_US.UTF-8"})


def test_a_file_is_no_terminal() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")

    assert Medium.of(stream, {"COLUMNS": "40"}) == Medium()
