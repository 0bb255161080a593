"""What `do` does to text before the cast; values that are not text pass as they are."""

from collections.abc import Callable, Mapping


def collapsed(text: str) -> str:
    """The text with every run of white space made one space, none at its ends."""
    return " ".join(text.split())


STEPS: Mapping[str, Callable[[str], str]] = {
    "strip": str.strip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "collapse": collapsed,
}

BLANKS_GONE = frozenset({"strip", "collapse"})
"""After these a blank text is the empty one."""


def tidied(value: object, steps: tuple[Callable[[str], str], ...]) -> object:
    """The value after all steps, in order."""
    if type(value) is str:
        for step in steps:
            value = step(value)
    return value
