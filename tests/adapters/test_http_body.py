"""Bodies read whole and unpacked, or not at all; and nothing of a bomb but the bang."""

import gzip
import tracemalloc

import pytest

from engine.adapters.http.body import CutShort, TooLarge, Unreadable, read_body

GZIP = {"content-encoding": "gzip"}
TEXT = b'[{"id": 1}]' * 100


def in_pieces(content: bytes, size: int = 7) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


def test_a_plain_body_is_put_together() -> None:
    assert read_body(in_pieces(TEXT), {}, 10_000) == TEXT


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_packed_body_is_unpacked_whatever_its_pieces_and_parts(size: int) -> None:
    packed = gzip.compress(TEXT) + gzip.compress(b"") + gzip.compress(b"more")

    assert read_body(in_pieces(packed, size), GZIP, 10_000) == TEXT + b"more"


def test_a_body_may_be_as_large_as_the_cap_and_no_larger() -> None:
    packed = [gzip.compress(TEXT)]

    assert read_body(packed, GZIP, len(TEXT)) == TEXT
    for chunks, headers in ((packed, GZIP), ([TEXT], {}), ([], {"content-length": "1101"})):
        with pytest.raises(TooLarge):
            read_body(chunks, headers, len(TEXT) - 1)


def test_a_bomb_is_cut_while_it_unpacks() -> None:
    """Fault 20: streaming."""
    bomb = [gzip.compress(b" " * 60_000_000)]
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            read_body(bomb, GZIP, 1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 5_000_000


def test_a_packed_body_that_ends_too_early_is_cut_short() -> None:
    for keep in (0, 5, 20):
        with pytest.raises(CutShort):
            read_body([gzip.compress(TEXT)[:keep]], GZIP, 10_000)


@pytest.mark.parametrize("packing", ["br", "deflate", "gzip, gzip"])
def test_a_packing_we_did_not_ask_for_is_unreadable(packing: str) -> None:
    with pytest.raises(Unreadable, match=packing):
        read_body([b"x"], {"content-encoding": packing}, 10)


@pytest.mark.parametrize("length", ["9" * 5000, "٣", "-1", "", "12, 12"])
def test_a_length_that_is_no_length_breaks_nothing(length: str) -> None:
    if length.startswith("9"):
        with pytest.raises(TooLarge):
            read_body([b"x"], {"content-length": length}, 10)
    else:
        assert read_body([b"x"], {"content-length": length}, 10) == b"x"
