import gzip
import json
import pickle
from contextlib import closing
from pathlib import Path

import pytest

from engine.adapters.file import cutting, readers, streams, tape
from engine.domain.errors import BatchSyncError
from tests.adapters.files import batches, broken, labelled, rows, scopes, source

LINES = b"".join(b'{"id":%d,"pad":"%d"}\n' % (n, n * 7919) for n in range(5000))


def packed(tmp_path: Path, data: bytes, name: str = "orders.ndjson.gz") -> Path:
    file = tmp_path / name
    file.write_bytes(gzip.compress(data))
    return file


def test_a_gzip_file_is_one_sequence_cut_by_unpacked_offsets(tmp_path: Path) -> None:
    reader = source(packed(tmp_path, LINES), batch_size=400)

    assert not reader.traits.parallel
    fetched = batches(reader)
    assert [batch.count for batch in fetched] == [400] * 12 + [200]
    assert labelled(reader)["orders.ndjson.gz:4321"]["id"] == 4320


def test_batches_in_order_unpack_the_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = source(packed(tmp_path, LINES), batch_size=100)
    planned = scopes(reader)
    opened: list[str] = []

    def counted(path: str, *, packed: bool, encoding: str) -> streams.Stream:
        opened.append(path)
        return streams.open_stream(path, packed=packed, encoding=encoding)

    monkeypatch.setattr(tape, "open_stream", counted)
    with closing(reader):
        forward = [reader.fetch(scope).rows for scope in planned]
        assert len(opened) == 1
        assert [reader.fetch(scope).rows for scope in planned[::-1]] == forward[::-1]


def test_a_batch_of_a_gzip_file_is_fetched_alone_and_its_raw_rows_travel(
    tmp_path: Path,
) -> None:
    reader = source(packed(tmp_path, LINES), batch_size=100)
    scope = scopes(reader)[40]
    with closing(reader):
        fetched = reader.fetch(scope)

    raw = pickle.loads(pickle.dumps(fetched.raw))

    assert json.loads(raw.at(7))["id"] == 4007


def test_a_gzip_file_cut_off_loses_only_what_is_behind_the_cut(tmp_path: Path) -> None:
    """T2: the offset is named, and what could be unpacked is read."""
    file = packed(tmp_path, LINES)
    file.write_bytes(file.read_bytes()[:-3000])
    reader = source(file, batch_size=100)

    *good, rest = scopes(reader)

    with closing(reader):
        ids = [row["id"] for scope in good for row in reader.fetch(scope).rows]
        assert ids == list(range(len(ids)))
        assert 1000 < len(ids) < 5000
        assert rest["what"] == f"orders.ndjson.gz from line {len(ids) + 1} on"
        with pytest.raises(BatchSyncError, match=r"it is cut off after \d+ unpacked bytes"):
            reader.fetch(rest)


def test_damage_inside_a_gzip_file_fails_only_the_rest(tmp_path: Path) -> None:
    file = packed(tmp_path, LINES)
    data = bytearray(file.read_bytes())
    data[-4] ^= 0xFF  # the length that stands at the end
    file.write_bytes(data)
    reader = source(file, batch_size=1000)

    *good, rest = scopes(reader)

    with closing(reader):
        assert sum(len(reader.fetch(scope).rows) for scope in good) == 5000
    with pytest.raises(BatchSyncError, match="is not valid gzip after") as caught:
        reader.fetch(rest)
    assert caught.value.error_class.value == "schema"


def test_a_file_that_only_claims_to_be_gzip_fails_as_one_batch(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv.gz"
    file.write_text("id,name\n1,Ann\n")

    (only,) = scopes(source(file))

    with pytest.raises(
        BatchSyncError, match=r"orders.csv.gz cannot be read: it is not valid"
    ):
        source(file).fetch(only)


def test_a_gzip_bomb_is_never_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "LIMIT", 300_000)
    monkeypatch.setattr(readers, "LIMIT", 300_000)
    reader = source(packed(tmp_path, b'{"id":1}\n' + b"0" * 30_000_000 + b'\n{"id":2}\n'))

    assert [row["id"] for row in rows(reader)] == [1, 2]
    (bad,) = broken(reader).values()
    assert (bad.code, len(bad.raw)) == ("over_limit", 64 * 1024)


def test_csv_and_json_are_unpacked_too(tmp_path: Path) -> None:
    table = packed(tmp_path, b'id,name\n1,"a\nb"\n2,c\n', "orders.csv.gz")
    document = packed(tmp_path, b'[{"id":1},{"id":2}]', "orders.json.gz")

    assert [row["name"] for row in rows(source(table, batch_size=1))] == ["a\nb", "c"]
    assert labelled(source(document))["orders.json.gz:2"] == {"id": 2}


def test_several_gzip_members_are_one_sequence(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson.gz"
    file.write_bytes(gzip.compress(LINES[:50_000]) + gzip.compress(LINES[50_000:]))

    assert [row["id"] for row in rows(source(file, batch_size=77))] == list(range(5000))
