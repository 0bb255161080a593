"""Words for a person about values: data stands in quotes, so that fingerprints drop it (T7)."""

import re
from collections.abc import Iterable

from engine.domain.missing import MISSING

LONGEST = 60
"""Characters of a value that a message shows."""

LISTED = 12
"""Values that a message lists before it says how many there are."""

_QUOTES = (("'", "'"), ('"', '"'), ("“", "”"), ("«", "»"))
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”|«[^»]*»")


def quoted(value: object) -> str:
    """The value in quotes that do not occur in it, cut where it is long."""
    text = _shown(value)
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    # Half a surrogate pair would break every store and terminal the message goes to.
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    for opening, closing in _QUOTES:
        if opening not in text and closing not in text:
            return f"{opening}{text}{closing}"
    return "'" + text.replace("'", "’") + "'"


def without_data(message: str) -> str:
    """The message with quoted values taken out: what many records share."""
    return _QUOTED.sub("'…'", message)


def listing(values: Iterable[object]) -> str:
    """Allowed values, as a person lists them."""
    shown = [_shown(value) for value in values]
    if len(shown) > LISTED:
        return f"{', '.join(shown[:LISTED])} … ({len(shown)} values)"
    return ", ".join(shown)


def kind_of(value: object) -> str:
    """What a value is, with its article."""
    for kinds, name in _KINDS:
        if isinstance(value, kinds):
            return name
    return f"a {type(value).__name__}"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (bool, "true or false"),
    (str, "text"),
    ((int, float), "a number"),
    (dict, "an object"),
    (list, "a list"),
    ((bytes, bytearray, memoryview), "binary data"),
)


def emptiness(value: object) -> str | None:
    """`missing`, `null` or `blank` where a value is one of them."""
    if value is MISSING:
        return "missing"
    if value is None:
        return "null"
    if isinstance(value, str) and not value.strip():
        return "blank"
    return None


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return "{…}" if isinstance(value, dict) else "[…]"
    if isinstance(value, int) and value.bit_length() > 512:
        return f"{'-' if value < 0 else ''}a number of {value.bit_length()} bits"
    return str(value)
