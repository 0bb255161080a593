"""Pieces that have broken programs before, and what is made of them."""

import json
from typing import Any

from hypothesis import strategies as st

HUGE = "1" + "0" * 400
"""10^400."""

WEAPONS = (
    "",
    " ",
    "\x00",
    "\x1b]52;c;eA==\x07",
    "\x9b31m",
    "\u202e",
    "\ufeff",
    "\u2028",
    "\x85",
    "\udce9",
    "[/]",
    "[@click=app.quit]",
    "'; DROP TABLE orders; --",
    '"',
    "=1+1",
    "%s%n",
    "${HOME}",
    "{id}",
    "../../etc/passwd",
    "/dev/zero",
    "😀",
    "e\u0301",
    "I\u0307",
    "null",
    "NaN",
    "-0",
    "1e400",
    HUGE,
    "9" * 5000,
    "１２",
    "0x10",
    "1_000",
    "2024-02-30",
    "2024-06-30T23:59:60Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "99999999999999999999",
    "A" * 70_000,
)

texts = st.sampled_from(WEAPONS) | st.text(max_size=8)
"""Texts as people and programs write them, and worse; lone surrogates too."""

valid_texts = texts.map(lambda each: each.encode("utf-8", "replace").decode())

NAMES = ("id", "email", "amount", "at", "nested", "lines", "x.y", "", "é", "id ")

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, -(2**63) - 1, 10**30, 0, -1]),
    st.floats(),
    valid_texts,
)
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | valid_texts, inner, max_size=3)
    ),
    max_leaves=6,
)
records: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(NAMES), values, max_size=6
)

_LITERALS = (
    "NaN",
    "Infinity",
    "-0",
    "1e400",
    "1E-400",
    HUGE,
    "9" * 5000,
    '"\\ud800"',
    '"\\u0000"',
    '"\\x"',
    '{"id":1,"id":2}',
    '{"id":1,"i\\u0064":2}',
    "[" * 3000 + "]" * 3000,
    '{"a":' * 3000 + "1" + "}" * 3000,
    "{",
    "[",
    '"',
    "",
    "tru",
    "\x00",
    "\ufeff1",
)
json_texts = st.one_of(
    records.map(json.dumps),
    values.map(json.dumps),
    st.sampled_from(_LITERALS),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(_LITERALS)).map(
        lambda pair: f'{{"id":1,{json.dumps(pair[0])}:{pair[1]}}}'
    ),
)
"""JSON, nearly JSON, and JSON that no sound writer makes."""

_BYTES = (
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\x00",
    b"\r",
    b"\n",
    b"\n\n",
    b"",
)
json_bytes = st.tuples(st.sampled_from(_BYTES), json_texts, st.sampled_from(_BYTES)).map(
    lambda parts: parts[0] + parts[1].encode("utf-8", "replace") + parts[2]
)
lines = st.lists(json_bytes, max_size=5).map(b"\n".join)
"""NDJSON, more or less."""


def bent(good: str, pieces: st.SearchStrategy[str] = texts) -> st.SearchStrategy[str]:
    """A good text with a few pieces put in, over or in place of its own."""
    cuts = st.tuples(st.integers(0, len(good)), st.integers(0, 12), pieces)

    def bend(changes: list[tuple[int, int, str]]) -> str:
        text = good
        for at, over, piece in changes:
            text = text[:at] + piece + text[at + over :]
        return text

    return st.lists(cuts, min_size=1, max_size=4).map(bend)
