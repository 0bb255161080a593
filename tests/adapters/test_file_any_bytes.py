"""Whatever bytes a file holds, every one of them is accounted for, and nothing else is raised."""

import gzip
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.adapters.file import cutting
from engine.adapters.file.source import FileSource
from engine.domain.batch import Fetched, Scope
from engine.domain.errors import BatchSyncError, SyncError, SystemSyncError
from tests.adapters.files import scopes, source

PIECES = st.sampled_from(
    [b'{"id":1}', b'{"id":"\xc3\xa9"}', b'{"x":[1,{"y":null}]}', b"{", b"}", b'"', b"'", b",",
     b";", b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b"\\", b"\\ud83d", b"\xff", b"\x00",
     b"\xef\xbb\xbf", b"NaN", b"1e999", b"[", b"]", b"id,name", b"1,a", b'"a""b"', b'"a\nb",2']
)  # fmt: skip
BYTES = st.lists(PIECES | st.binary(max_size=3), max_size=30).map(b"".join)
BLOCKS = st.sampled_from([3, 50, 65536])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bytes")


@pytest.fixture(autouse=True)
def _blocks() -> Iterator[None]:
    before = cutting.BLOCK
    yield
    cutting.BLOCK = before


def fetched(reader: FileSource) -> Iterator[tuple[Scope, Fetched]]:
    """What can be fetched of what is planned; everything else must be a Batch error in words."""
    with closing(reader):
        for scope in scopes(reader):
            try:
                yield scope, reader.fetch(scope)
            except BatchSyncError as error:
                check(error, "file_damaged")


def check(error: SyncError, code: str) -> None:
    """The one failure that may come here, in one line."""
    assert error.code == code
    assert "\n" not in error.message


def places(batch: Fetched) -> list[int]:
    rows = range(len(batch.rows)) if batch.places is None else batch.places
    return sorted([*rows, *(each.place for each in batch.broken)])


@settings(max_examples=150, deadline=None)
@given(data=BYTES, block=BLOCKS, size=st.integers(1, 4))
def test_every_line_that_is_not_blank_is_a_record_or_broken(
    data: bytes, block: int, size: int, folder: Path
) -> None:
    file = folder / "orders.ndjson"
    file.write_bytes(data)
    cutting.BLOCK = block
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")

    for wanted in (None, ("id", "y")):
        met = []
        for scope, batch in fetched(source(file, wanted=wanted, batch_size=size)):
            assert batch.count <= size
            for place in places(batch):
                number = scope["line"] + place
                assert batch.raw.at(place) == lines[number - 1].strip()
                met.append(number)
        assert met == [
            n for n, line in enumerate(lines, 1) if line.strip(b" \t\r\n\x0b\x0c")
        ]


@settings(max_examples=150, deadline=None)
@given(
    data=BYTES,
    block=BLOCKS,
    size=st.integers(1, 4),
    wanted=st.sampled_from([None, ("id",)]),
)
def test_the_batches_of_any_csv_lie_side_by_side_up_to_the_end(
    data: bytes, block: int, size: int, wanted: tuple[str, ...] | None, folder: Path
) -> None:
    file = folder / "orders.csv"
    file.write_bytes(b"id,name\n" + data)
    cutting.BLOCK = block
    reader = source(file, wanted=wanted, batch_size=size)
    planned = scopes(reader)

    at, line = 8, 2
    for scope in planned:
        skipped = file.read_bytes()[at : scope["start"]]
        assert not skipped.strip(b"\r\n")
        assert scope["line"] == line + skipped.count(b"\n")
        at = scope["end"] or len(data) + 8
        line = file.read_bytes()[:at].count(b"\n") + 1
    assert not file.read_bytes()[at:].strip(b"\r\n")
    for _, batch in fetched(reader):
        assert 0 < batch.count <= size
        for place in batch.places or range(len(batch.rows)):
            assert json.loads(batch.raw.at(place)).keys() == {"id", "name"}


@settings(max_examples=80, deadline=None)
@given(data=BYTES, options=st.sampled_from([{}, {"header": False}]))
@example(data=b'{"id":1}\n\r\r\n', options={})
def test_any_first_line_of_csv_is_a_header_or_a_sentence(
    data: bytes, options: dict[str, Any], folder: Path
) -> None:
    file = folder / "first.csv"
    file.write_bytes(data)

    try:
        batches = list(fetched(source(file, **options)))
    except SystemSyncError as error:
        check(error, "bad_header")
    else:
        assert all(batch.count for _, batch in batches)


@settings(max_examples=100, deadline=None)
@given(data=BYTES, wanted=st.sampled_from([None, ("id",)]))
def test_any_json_document_is_read_or_fails_as_one_batch(
    data: bytes, wanted: tuple[str, ...] | None, folder: Path
) -> None:
    file = folder / "orders.json"
    file.write_bytes(b"[" + data + b"]")

    for _, batch in fetched(source(file, wanted=wanted, batch_size=2)):
        for place in places(batch):
            assert batch.raw.at(place) in data


LINES = [f'{{"id":{n},"pad":"{n * 7919 % 1000}"}}' for n in range(400)]
PACKED = gzip.compress("\n".join(LINES).encode())


@settings(max_examples=80, deadline=None)
@given(
    cut=st.integers(0, len(PACKED)),
    flip=st.none() | st.tuples(st.integers(10, len(PACKED) - 1), st.integers(1, 255)),
)
def test_what_is_read_of_a_damaged_gzip_file_is_its_true_front(
    cut: int, flip: tuple[int, int] | None, folder: Path
) -> None:
    damaged = bytearray(PACKED[:cut])
    if flip and flip[0] < cut:
        damaged[flip[0]] ^= flip[1]
    file = folder / "orders.ndjson.gz"
    file.write_bytes(damaged)

    raw = [
        batch.raw.at(place).decode("latin-1")
        for _, batch in fetched(source(file, batch_size=30))
        for place in places(batch)
    ]

    whole = cut == len(PACKED) and flip is None
    assert whole == (raw == LINES and not any("fault" in s for s in scopes(source(file))))
    if flip is None:
        assert raw == LINES[: len(raw)]
