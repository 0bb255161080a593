import json
import pickle
from pathlib import Path

import pytest

from engine.adapters.file import document
from engine.domain.errors import BatchSyncError, SystemSyncError
from engine.domain.missing import MISSING
from tests.adapters.files import batches, broken, labelled, rows, scopes, source


def write(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "orders.json"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_an_array_of_objects_is_cut_into_exact_batches(tmp_path: Path) -> None:
    file = write(tmp_path, json.dumps([{"id": n} for n in range(25)], indent=2))
    reader = source(file, batch_size=10)

    assert [batch.count for batch in batches(reader)] == [10, 10, 5]
    assert [scope["what"] for scope in scopes(reader)] == [
        "orders.json items 1-10",
        "orders.json items 11-20",
        "orders.json items 21-25",
    ]
    assert labelled(reader)["orders.json:21"] == {"id": 20}


def test_one_object_is_one_record(tmp_path: Path) -> None:
    assert rows(source(write(tmp_path, ' {"id": 1}\n'))) == [{"id": 1}]


def test_an_empty_array_or_file_has_no_batches(tmp_path: Path) -> None:
    assert scopes(source(write(tmp_path, "[]"))) == []
    assert scopes(source(write(tmp_path, "  \n"))) == []


def test_wanted_fields_come_as_structs(tmp_path: Path) -> None:
    (batch,) = batches(source(write(tmp_path, '[{"id":1,"x":[]},{}]'), wanted=("id",)))

    assert [row.f0 for row in batch.rows] == [1, MISSING]


@pytest.mark.parametrize("wanted", [None, ("id",)], ids=["dicts", "structs"])
def test_an_item_that_is_no_record_fails_alone(
    wanted: tuple[str, ...] | None, tmp_path: Path
) -> None:
    """T3."""
    file = write(tmp_path, b'[{"id":1}, 7, {"id":1e999}, {"id":"\xff"}, {"id":2}]')
    reader = source(file, wanted=wanted)

    (batch,) = batches(reader)

    assert batch.places == [0, 4]
    assert {at: (each.code, each.raw) for at, each in broken(reader).items()} == {
        "orders.json:2": ("not_an_object", b"7"),
        "orders.json:3": ("number_out_of_range", b'{"id":1e999}'),
        "orders.json:4": ("invalid_text", b'{"id":"\xff"}'),
    }


def test_before_is_the_item_as_it_stands_also_in_another_process(tmp_path: Path) -> None:
    file = write(tmp_path, '[{"id": 1},\n {"id":  2, "amount": 1.10}]')
    (batch,) = batches(source(file))

    raw = pickle.loads(pickle.dumps(batch.raw))

    assert raw.at(1) == b'{"id":  2, "amount": 1.10}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[{"id": 1}, {"id": ', "it is not JSON: the text ends in the middle"),
        ('[{"id": NaN}]', "it is not JSON: NaN or Infinity at byte 9"),
        ("12", "it holds neither an array of objects nor an object"),
        ('{"id": 1} {"id": 2}', "it is not JSON: something follows the record"),
    ],
)
def test_a_document_that_is_not_json_fails_as_one_batch(
    text: str, sentence: str, tmp_path: Path
) -> None:
    """T2: other files of the same run are read all the same."""
    write(tmp_path, text)
    (tmp_path / "more.json").write_text('[{"id": 5}]')
    reader = source(tmp_path / "*.json")

    good, bad = scopes(reader)

    assert reader.fetch(good).rows == [{"id": 5}]
    with pytest.raises(BatchSyncError, match=f"orders.json cannot be read: {sentence}"):
        reader.fetch(bad)


def test_a_document_too_large_for_memory_is_refused_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "LARGEST", 100)
    file = write(tmp_path, json.dumps([{"id": n} for n in range(50)]))

    with pytest.raises(SystemSyncError, match=r"more than 256 MB.*delivered as ndjson"):
        scopes(source(file))


def test_other_encodings_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    text = '[{"name": "Ångström"}]'
    expected = [{"name": "Ångström"}]

    assert (
        rows(source(write(tmp_path, text.encode("utf-16")), encoding="utf-16")) == expected
    )
    assert (
        rows(source(write(tmp_path, text.encode("cp1252")), encoding="cp1252")) == expected
    )
    assert rows(source(write(tmp_path, text.encode("utf-8-sig")))) == expected


def test_a_document_is_read_once_for_all_its_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = source(
        write(tmp_path, json.dumps([{"id": n} for n in range(30)])), batch_size=10
    )
    planned = scopes(reader)
    reader.fetch(planned[0])

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(document, "open_stream", fail)

    assert [row["id"] for scope in planned[1:] for row in reader.fetch(scope).rows] == list(
        range(10, 30)
    )
