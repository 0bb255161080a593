"""Nothing from data reaches a terminal raw (RELIABILITY d 73-76, e 1)."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.safe import cut, pieces, safe

HOSTILE = [
    ("\x1b[31mred", r"\x1b[31mred"),
    ("\x1b]52;c;cm0gLXJm\x07", r"\x1b]52;c;cm0gLXJm\x07"),
    ("\x1b]8;;http://x\x1b\\link", r"\x1b]8;;http://x\x1b\link"),
    ("\x9b31m", r"\x9b31m"),
    ("\x90q\x9c", r"\x90q\x9c"),
    ("a\u202eb", r"a\u202eb"),
    ("\u2066x\u2069", r"\u2066x\u2069"),
    ("zero\u200bwidth\u200d\ufeff", r"zero\u200bwidth\u200d\ufeff"),
    ("soft\u00adhyphen", r"soft\xadhyphen"),
    ("arabic\u0890mark", r"arabic\u0890mark"),
    ("filler\u115f\u1160\u3164\uffa0\u2800", r"filler\u115f\u1160\u3164\uffa0\u2800"),
    ("half\ud800", r"half\ud800"),
    ("tag\U000e0041", r"tag\U000e0041"),
    ("select\ufe0f", r"select\ufe0f"),
    ("private\ue000", r"private\ue000"),
    ("line\nnext\r\ttab", r"line\nnext\r\ttab"),
    ("para\u2028\u2029", r"para\u2028\u2029"),
    ("nul\x00del\x7f", r"nul\x00del\x7f"),
    ("hard\u00a0space", r"hard\xa0space"),
]


@pytest.mark.parametrize(("hostile", "visible"), HOSTILE)
def test_what_a_terminal_would_obey_is_shown_as_an_escape(
    hostile: str, visible: str
) -> None:
    assert safe(hostile) == visible


@pytest.mark.parametrize(
    "plain", ["", "orders", "[/bold] [@click=app.quit] :smile:", "Käse, 東京, ✓"]
)
def test_what_shows_as_itself_stays_as_it_is(plain: str) -> None:
    assert safe(plain) == plain


def test_without_unicode_everything_beyond_ascii_is_an_escape() -> None:
    assert safe("Käse ✓ 東", unicode=False) == r"K\xe4se \u2713 \u6771"


@settings(deadline=None)
@given(st.text(st.characters(codec=None, categories=None)))
def test_no_text_whatever_leaves_a_character_that_does_not_show(text: str) -> None:
    made = safe(text)

    assert made.isprintable()
    assert not {unicodedata.category(char) for char in made} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
        "Zl",
        "Zp",
    }


@settings(deadline=None)
@given(st.text(st.characters(codec=None, categories=None)))
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(piece for piece, _ in pieces(text)) == safe(text)


def test_only_escapes_are_marked_as_such() -> None:
    assert list(pieces("a\x1b\x07b")) == [("a", False), (r"\x1b\x07", True), ("b", False)]


def test_a_long_text_is_cut_and_says_how_much_is_missing() -> None:
    assert cut("x" * 1_000_000, 10) == "xxxxxxxxxx... +999,990 chars"
    assert cut("short", 10) == "short"
