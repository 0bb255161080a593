"""How values are called in complaints, and which word was perhaps meant."""

from collections.abc import Collection
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice

from engine.definition.nodes import Block, Items, Node, Scalar

LONGEST = 1000
"""How long a sentence may be."""

SHOWN = 64
"""How much of a name or a value is shown: as much as a Link's name may have."""

MOST_WORDS = 1000
"""So many words are looked through for the one that was perhaps meant."""


def called(node: Node | object) -> str:
    """A value as a complaint names it; never the value of a variable, which may be a secret."""
    match node:
        case Scalar(expanded=True):
            return "the value of its variable"
        case Scalar(text=text):
            return f"'{visible(text)}'" if text else "an empty text"
        case Block() | dict():
            return "a block of keys"
        case Items() | list():
            return "a list"
        case _:
            return "this"


def near(word: str, words: Collection[str]) -> str | None:
    """The hint that names the word that was perhaps meant."""
    found = nearest(word, words)
    return f"did you mean '{visible(found)}'?" if found else None


def nearest(word: str, words: Collection[str]) -> str | None:
    """The word that comes nearest, if any comes near; capitals do not matter."""
    if len(word) > SHOWN:
        return None
    return _nearest(word.casefold(), tuple(islice(words, MOST_WORDS)))


@lru_cache(maxsize=256)
def _nearest(word: str, words: tuple[str, ...]) -> str | None:
    folded = {each.casefold(): each for each in words}
    found = get_close_matches(word, folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def listed(words: Collection[str], last: str = "or") -> str:
    """Words as a person lists them: a, b or c."""
    *most, final = words
    return f"{', '.join(most)} {last} {final}" if most else final


def counted(number: float) -> str:
    """A bound as a person writes it."""
    if number in {float("inf"), float("-inf")}:
        return "any number"
    return str(int(number)) if number == int(number) else str(number)


def visible(text: str) -> str:
    """A name or a value as it is shown: everything hidden made visible, and not too long."""
    shown = printable(text)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"


def printable(text: str) -> str:
    """The text with everything hidden made visible, and cut where nobody reads on."""
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
