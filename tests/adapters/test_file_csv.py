import csv
import io
import json
import pickle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.adapters.file import cutting, delimited
from engine.domain.errors import BatchSyncError, SystemSyncError
from engine.domain.missing import MISSING
from tests.adapters.files import batches, broken, labelled, rows, scopes, source


def write(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "orders.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_rows_are_named_by_the_header_and_labelled_by_line(tmp_path: Path) -> None:
    file = write(tmp_path, "id,name\n1,Ann\n2,\n")

    assert labelled(source(file)) == {
        "orders.csv:2": {"id": "1", "name": "Ann"},
        "orders.csv:3": {"id": "2", "name": ""},
    }


def test_wanted_fields_come_as_structs_and_unknown_columns_as_missing(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, "id,name,age\n1,Ann,30\n2,Bob,40\n")

    (batch,) = batches(source(file, wanted=("age", "email", "id")))

    assert batch.struct
    assert [(row.f0, row.f1, row.f2) for row in batch.rows] == [
        ("30", MISSING, "1"),
        ("40", MISSING, "2"),
    ]


def test_batches_are_exact_and_know_their_first_line(tmp_path: Path) -> None:
    file = write(tmp_path, "id\n" + "".join(f"{n}\n" for n in range(100, 125)))

    planned = scopes(source(file, batch_size=10))

    assert [scope["what"] for scope in planned] == [
        "orders.csv lines 2-11",
        "orders.csv lines 12-21",
        "orders.csv lines 22-26",
    ]
    assert len(rows(source(file, batch_size=10))) == 25


def test_a_record_in_quotes_may_go_over_several_lines(tmp_path: Path) -> None:
    file = write(tmp_path, 'id,note\n1,"a\n\nb"\n2,"say ""hi"",\r\nthen go"\n\n3,c\n')
    reader = source(file, batch_size=1)

    assert labelled(reader) == {
        "orders.csv:2": {"id": "1", "note": "a\n\nb"},
        "orders.csv:5": {"id": "2", "note": 'say "hi",\r\nthen go'},
        "orders.csv:8": {"id": "3", "note": "c"},
    }


def test_before_is_the_record_as_a_json_object_also_in_another_process(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, 'id,note\n1,"a\nb"\n2,c\n')
    (batch,) = batches(source(file, wanted=("id",)))

    assert batch.places == [0, 2]
    raw = pickle.loads(pickle.dumps(batch.raw))
    assert json.loads(raw.at(0)) == {"id": "1", "note": "a\nb"}
    assert raw.at(2) == b'{"id":"2","note":"c"}'


@pytest.mark.parametrize("wanted", [None, ("id",)], ids=["dicts", "structs"])
def test_a_ragged_record_fails_alone_with_its_line(
    wanted: tuple[str, ...] | None, tmp_path: Path
) -> None:
    """T3."""
    file = write(tmp_path, 'id,name\n1,Ann\n2\n3,Bob,x\n4,Cid\n5,"a\nb",c\n')
    reader = source(file, wanted=wanted)

    assert list(labelled(reader)) == ["orders.csv:2", "orders.csv:5"]
    assert {at: (each.code, each.message) for at, each in broken(reader).items()} == {
        "orders.csv:3": (
            "ragged_record",
            "the record has 1 fields, the header has 2",
        ),
        "orders.csv:4": (
            "ragged_record",
            "the record has 3 fields, the header has 2",
        ),
        "orders.csv:6": (
            "ragged_record",
            "the record has 3 fields on its 2 lines, the header has 2",
        ),
    }
    assert broken(reader)["orders.csv:4"].raw == b"3,Bob,x"


def test_a_quote_that_never_closes_fails_the_rest_with_its_line(tmp_path: Path) -> None:
    """T2; reliability list 51: it must not swallow the file."""
    file = write(tmp_path, 'id,name\n1,Ann\n2,"Bob\n3,Cid\n4,Dan\n')
    reader = source(file)

    good, rest = scopes(reader)

    assert reader.fetch(good).rows == [{"id": "1", "name": "Ann"}]
    assert rest["what"] == "orders.csv from line 3 on"
    with pytest.raises(BatchSyncError, match=r"line 3 on: it has a quote there that opens"):
        reader.fetch(rest)


def test_a_quote_that_closes_inside_a_later_record_fails_as_one_record(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, 'id,name\n1,Ann\n2,"Bob\n3,"Cid"\n4,Dan\n')
    reader = source(file)

    assert list(labelled(reader)) == ["orders.csv:2", "orders.csv:5"]
    (bad,) = broken(reader).values()
    assert bad.raw == b'2,"Bob\n3,"Cid"'
    assert "on its 2 lines" in bad.message


def test_a_record_beyond_the_limit_fails_the_rest_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "LIMIT", 300_000)
    file = write(tmp_path, 'id,name\n1,Ann\n2,"' + "x,y\n" * 100_000 + '"\n3,Cid\n')
    reader = source(file)

    good, rest = scopes(reader)

    assert len(reader.fetch(good).rows) == 1
    with pytest.raises(
        BatchSyncError, match=r"line 3 on: it has a record longer than 50 MB"
    ):
        reader.fetch(rest)


def test_a_field_larger_than_the_csv_module_allows_by_itself_is_read(
    tmp_path: Path,
) -> None:
    file = write(tmp_path, f'id,name\n1,"{"x" * 200_000}"\n2,b\n')

    assert [len(row["name"]) for row in rows(source(file))] == [200_000, 1]


def test_a_stray_quote_inside_a_field_is_text(tmp_path: Path) -> None:
    file = write(tmp_path, 'id,size\n1,5" pipe\n2,"6"" pipe"\n3,7" pipe\n')

    assert [row["size"] for row in rows(source(file, batch_size=1))] == [
        '5" pipe',
        '6" pipe',
        '7" pipe',
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(end: str, tmp_path: Path) -> None:
    file = write(tmp_path, end.join(["id,name", "1,Ann", "", f'2,"B{end}b"', "3,Cid"]))
    reader = source(file, batch_size=2)

    assert {at: row["name"] for at, row in labelled(reader).items()} == {
        "orders.csv:2": "Ann",
        "orders.csv:4": f"B{end}b",
        "orders.csv:6": "Cid",
    }


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    file = write(tmp_path, b"\xef\xbb\xbfid,name\n1,Ann\n")

    assert rows(source(file)) == [{"id": "1", "name": "Ann"}]


def test_excel_text_in_utf16_with_tabs_is_read(tmp_path: Path) -> None:
    file = write(tmp_path, "id\tname\r\n1\tÅsa\r\n2\tBo\r\n".encode("utf-16"))

    reader = source(file, encoding="utf-16", delimiter="\t", batch_size=1)

    assert rows(reader) == [{"id": "1", "name": "Åsa"}, {"id": "2", "name": "Bo"}]


def test_bytes_of_another_encoding_fail_their_record_alone(tmp_path: Path) -> None:
    file = write(tmp_path, b"id,name\n1,caf\xe9\n2,caf\xc3\xa9\n")
    reader = source(file)

    assert rows(reader) == [{"id": "2", "name": "café"}]
    (bad,) = broken(reader).values()
    assert (bad.code, bad.raw) == ("invalid_text", b"1,caf\xe9")
    assert bad.message == "byte 6 (0xe9) is not valid UTF-8"
    assert rows(source(file, encoding="cp1252"))[0]["name"] == "café"


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    file = write(tmp_path, "1;Ann\n2;Bob\n")

    assert rows(source(file, header=False, delimiter=";")) == [
        {"column1": "1", "column2": "Ann"},
        {"column1": "2", "column2": "Bob"},
    ]


def test_nothing_is_quoted_where_the_quote_is_empty(tmp_path: Path) -> None:
    file = write(tmp_path, 'id,name\n1,"Ann\n2,Bob"\n')

    assert [row["name"] for row in rows(source(file, quote=""))] == ['"Ann', 'Bob"']


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("id;name\n1;Ann\n", r"single field with ';' in it.*set delimiter in source"),
        ("id\tname\n1\tAnn\n", r"single field with '\\t' in it"),
        ("id,name,id\n1,2,3\n", r"the header of orders.csv has the field 'id' twice"),
        ("id,,\n1,2,3\n", r"has two fields without a name"),
        (b"id,n\xe9\n1,2\n", r"the header of orders.csv is not valid UTF-8"),
        ('id,"na"me\n1,2\n', r"the header of orders.csv cannot be read: ',' expected"),
    ],
)
def test_a_header_that_cannot_be_right_stops_the_run(
    text: str | bytes, sentence: str, tmp_path: Path
) -> None:
    """T1: nothing is guessed."""
    with pytest.raises(SystemSyncError, match=sentence):
        scopes(source(write(tmp_path, text)))


def test_a_header_alone_has_no_batches(tmp_path: Path) -> None:
    assert scopes(source(write(tmp_path, "id,name\n"))) == []
    assert scopes(source(write(tmp_path, ""))) == []


TEXT = st.text(st.sampled_from('ab,;"\n\r é'), max_size=6)
TABLES = st.lists(st.tuples(TEXT, TEXT), max_size=40)


@settings(max_examples=60, deadline=None)
@given(table=TABLES, size=st.integers(1, 7), block=st.sampled_from([5, 64, 4096]))
def test_whatever_the_csv_module_writes_is_read_back_in_exact_batches(
    table: list[tuple[str, str]],
    size: int,
    block: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Line ends that stand alone inside quotes included, wherever blocks end."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("x", "y"))
    writer.writerows(table)
    file = write(tmp_path_factory.mktemp("csv"), text.getvalue())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "BLOCK", block)
        fetched = batches(source(file, batch_size=size))

    assert [tuple(row.values()) for batch in fetched for row in batch.rows] == table
    assert all(len(batch.rows) == size for batch in fetched[:-1])


def test_the_fast_way_and_the_careful_way_agree(tmp_path: Path) -> None:
    text = b"".join(b"%d,x%d\n" % (n, n) for n in range(50))
    layout_file = write(tmp_path, b"id,name\n" + text)
    (batch,) = batches(source(layout_file))

    careful = delimited._one_by_one(
        text.splitlines(keepends=True),
        batch.raw._layout,  # type: ignore[attr-defined]
    )

    assert [dict(zip(("id", "name"), row, strict=True)) for row in careful[0]] == batch.rows
