"""Secrets taken out of what is said: as they are, as others spell them, and where they are cut."""

import html
import json
from base64 import b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "***"

LEAST = 4
"""So much of the front of a secret is hidden, too, where a text was cut in the middle of it."""

_CUT = "…"


def forms_of(secrets: Iterable[str], *, shortest: int = 2) -> tuple[str, ...]:
    """Every spelling of these secrets but of the shorter ones, the longest first."""
    worth = (each for each in secrets if len(each) >= shortest)
    return tuple(sorted({form for each in worth for form in spellings(each)}, key=_longest))


def spellings(secret: str) -> frozenset[str]:
    """The forms in which servers, libraries and programs repeat a secret."""
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = {
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
    }
    return frozenset(
        {
            secret,
            quote(raw, ""),
            quote(raw),
            quote_plus(raw),
            b64encode(raw).decode("ascii"),
        }
        | escaped
    )


def hidden(text: str, forms: Iterable[str]) -> str:
    """The text with every form of a secret starred out, also one that a cut left the front of."""
    for form in forms:
        if form[:LEAST] in text:
            text = _uncut(text.replace(form, HIDDEN), form)
    return text


def _uncut(text: str, form: str) -> str:
    """The text without the front of the form, where it stands before a cut or at the end."""
    for cut in (f"{_CUT}", ""):
        for length in range(len(form) - 1, LEAST - 1, -1):
            front = form[:length] + cut
            if cut and front in text:
                text = text.replace(front, HIDDEN + cut)
            elif not cut and text.endswith(front):
                return text.removesuffix(front) + HIDDEN
    return text


def _longest(form: str) -> tuple[int, str]:
    return -len(form), form
