import json
import pickle
from contextlib import closing
from pathlib import Path

import pytest

from engine.adapters.file import cutting, readers
from engine.domain.missing import MISSING
from tests.adapters.files import batches, broken, labelled, rows, scopes, source


def test_batches_hold_exactly_batch_size_records_and_the_last_the_rest(
    tmp_path: Path,
) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text("".join(f'{{"id":{n}}}\n' for n in range(25)))

    fetched = batches(source(file, batch_size=10))

    assert [batch.count for batch in fetched] == [10, 10, 5]
    assert [row["id"] for batch in fetched for row in batch.rows] == list(range(25))


def test_a_scope_says_in_json_which_lines_of_which_file_it_is(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text('{"id":1}\n{"id":2}\n{"id":3}\n')

    first, second = scopes(source(file, batch_size=2))

    assert json.loads(json.dumps(first)) == first
    assert first["what"] == "orders.ndjson lines 1-2"
    assert second["what"] == "orders.ndjson line 3"
    assert (second["start"], second["end"], second["line"]) == (18, 27, 3)
    status = file.stat()
    assert first["of"] == f"{file}|{status.st_ino}|27|{status.st_mtime_ns}"


def test_blank_lines_are_no_records_but_count_as_lines(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text('\n{"id":1}\r\n   \n\n{"id":2}\n\t\n{"id":3}\n\n')
    reader = source(file, batch_size=2)

    assert [batch.count for batch in batches(reader)] == [2, 1]
    assert labelled(reader) == {
        "orders.ndjson:2": {"id": 1},
        "orders.ndjson:5": {"id": 2},
        "orders.ndjson:7": {"id": 3},
    }


def test_the_last_line_needs_no_newline(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text('{"id":1}\n{"id":2}')

    assert rows(source(file)) == [{"id": 1}, {"id": 2}]


def test_an_empty_file_has_no_batches(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text("\n  \n")

    assert scopes(source(file)) == []


def test_wanted_fields_come_as_structs_and_absent_ones_as_missing(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text('{"email":null,"other":[1,2],"id":7}\n{"id":""}\n')

    (batch,) = batches(source(file, wanted=("id", "email")))

    assert batch.struct
    assert [(row.f0, row.f1) for row in batch.rows] == [(7, None), ("", MISSING)]


def test_names_that_no_struct_can_have_come_as_dicts(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text('{"a\\"b":1}\n')

    (batch,) = batches(source(file, wanted=('a"b',)))

    assert not batch.struct
    assert batch.rows == [{'a"b': 1}]


def test_before_is_the_line_as_the_source_gave_it_digits_and_all(tmp_path: Path) -> None:
    line = b'{"id": 1, "amount": 0.12345678901234567890, "id": 2}'
    file = tmp_path / "orders.ndjson"
    file.write_bytes(b'{"id":0}\n' + line + b"\r\n")

    (batch,) = batches(source(file, wanted=("id",)))

    assert batch.raw.at(1) == line
    assert (
        batch.rows[1].f0 == 2
    )  # the last of two equal keys counts; the raw text keeps both


def test_raw_rows_travel_small_and_read_the_file_again(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text("".join(f'{{"id":{n},"pad":"{"x" * 200}"}}\n' for n in range(1000)))
    (batch,) = batches(source(file))
    assert json.loads(batch.raw.at(3))["id"] == 3

    sent = pickle.dumps(batch.raw)

    assert len(sent) < 500
    assert json.loads(pickle.loads(sent).at(999))["id"] == 999


BAD_LINES = {
    b'{"id": 1': ("malformed_record", "ends in the middle"),
    b'{"id": NaN}': (
        "malformed_record",
        "NaN or Infinity at byte 8 is not a number in JSON",
    ),
    b'{"id": -Infinity}': ("malformed_record", "Infinity at byte 9 is not"),
    b'{"id": 1e999}': ("number_out_of_range", "is too large to be read"),
    b'{"id": ' + b"9" * 5000 + b"}": ("number_out_of_range", "too large"),
    b'{"id": "\xff\xfe"}': ("invalid_text", "byte 9 (0xff) is not valid UTF-8"),
    b'{"id": 1, "unread": "caf\xe9"}': ("invalid_text", "byte 25 (0xe9)"),
    b'{"id": "\\ud800"}': ("malformed_record", "surrogate pair stands alone at byte 9"),
    b'{"id": "\\udc00x"}': ("malformed_record", "surrogate pair stands alone at byte 9"),
    b'{"id": ' + b"[" * 5000 + b"]" * 5000 + b"}": ("too_deep", "nested too deep"),
    b"[1, 2]": ("not_an_object", "not an object but an array"),
    b'"text"': ("not_an_object", "not an object but a text"),
    b'{"id": 1} {"id": 2}': ("malformed_record", "something follows the record"),
    b'{"id": "a\tb"}': (
        "malformed_record",
        "control character stands unescaped at byte 10",
    ),
    b"id;email": ("malformed_record", "at byte 1"),
    b"\x00": ("malformed_record", "at byte 1"),
}


@pytest.mark.parametrize("wanted", [None, ("id",)], ids=["dicts", "structs"])
@pytest.mark.parametrize(("line", "said"), BAD_LINES.items(), ids=range(len(BAD_LINES)))
def test_an_unreadable_line_fails_alone_and_keeps_its_raw_text(
    line: bytes, said: tuple[str, str], wanted: tuple[str, ...] | None, tmp_path: Path
) -> None:
    """T3, and the bad inputs 41-46 and 54 of the reliability list."""
    file = tmp_path / "orders.ndjson"
    file.write_bytes(b'{"id": 0}\n' + line + b'\n{"id": 9}\n')

    (batch,) = batches(source(file, wanted=wanted))

    (bad,) = batch.broken
    assert (bad.code, bad.place, bad.raw) == (said[0], 1, line)
    assert said[1] in bad.message
    assert batch.places == [0, 2]
    assert batch.count == 3


def test_a_value_spread_over_lines_is_never_glued_together(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text('{"id":\n1}\n{"id": 2} {"id": 3}\n{"id": 4}\n')

    reader = source(file)

    assert labelled(reader) == {"orders.ndjson:4": {"id": 4}}
    assert sorted(broken(reader)) == [f"orders.ndjson:{n}" for n in (1, 2, 3)]


def test_a_line_longer_than_the_limit_fails_alone_with_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "LIMIT", 300_000)
    monkeypatch.setattr(readers, "LIMIT", 300_000)
    file = tmp_path / "orders.ndjson"
    long = b'{"id":"' + b"x" * 400_000 + b'"}\n'
    file.write_bytes(b'{"id":1}\n' + long + b'{"id":2}\n' + long + long + b'{"id":3}\n')

    reader = source(file)

    assert list(labelled(reader)) == [f"orders.ndjson:{n}" for n in (1, 3, 6)]
    bad = broken(reader)
    assert list(bad) == [f"orders.ndjson:{n}" for n in (2, 4, 5)]
    assert bad["orders.ndjson:2"].code == "over_limit"
    assert bad["orders.ndjson:2"].raw == long[: 64 * 1024]


def test_a_batch_of_large_records_stays_within_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "LIMIT", 600_000)
    file = tmp_path / "orders.ndjson"
    file.write_text("".join(f'{{"id":{n},"p":"{"x" * 50_000}"}}\n' for n in range(40)))

    planned = scopes(source(file))

    assert len(planned) > 2
    assert all(scope["end"] - scope["start"] <= 600_000 for scope in planned)
    assert len(rows(source(file))) == 40


def test_a_byte_order_mark_is_no_part_of_the_first_record(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_bytes(b'\xef\xbb\xbf{"id":1}\n')

    (batch,) = batches(source(file))

    assert batch.rows == [{"id": 1}]
    assert batch.raw.at(0) == b'{"id":1}'


def test_another_encoding_is_read_and_before_is_utf8(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_bytes('{"name":"Ångström €"}\n'.encode("cp1252") + b'{"name":"\x81"}\n')

    (batch,) = batches(source(file, encoding="cp1252"))

    assert batch.rows == [{"name": "Ångström €"}]
    assert batch.raw.at(0) == '{"name":"Ångström €"}'.encode()
    assert batch.broken[0].message == "byte 10 (0x81) is not valid CP1252"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7"])
def test_an_encoding_that_lines_cannot_be_cut_in_is_read_as_one_sequence(
    encoding: str, tmp_path: Path
) -> None:
    file = tmp_path / "orders.ndjson"
    text = "".join(f'{{"id":{n},"name":"Ångström"}}\n' for n in range(30))
    file.write_bytes(text.encode(encoding))
    reader = source(file, encoding=encoding, batch_size=7)

    assert not reader.traits.parallel
    assert [row["id"] for row in rows(reader)] == list(range(30))


def test_text_that_stops_being_of_its_encoding_fails_only_the_rest(tmp_path: Path) -> None:
    """T2: what came before the damage is read."""
    file = tmp_path / "orders.ndjson"
    good = "".join(f'{{"id":{n}}}\n' for n in range(4)).encode("utf-16-le")
    file.write_bytes(good + b"\x00\xd8\x00\xd8" + good)

    reader = source(file, encoding="utf-16-le", batch_size=3)
    planned = scopes(reader)

    assert [scope["what"] for scope in planned] == [
        "orders.ndjson lines 1-3",
        "orders.ndjson line 4",
        "orders.ndjson from line 5 on",
    ]
    with closing(reader):
        assert reader.fetch(planned[1]).rows == [{"id": 3}]


def test_a_block_border_in_the_middle_of_a_line_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_text("".join(f'{{"id":{n}}}\n' + "\n" * (n % 3) for n in range(500)))
    expected = scopes(source(file, batch_size=37))

    for block in (1, 7, 64, 1000):
        monkeypatch.setattr(cutting, "BLOCK", block)
        assert scopes(source(file, batch_size=37)) == expected
