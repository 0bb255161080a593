"""The text of an expression made ready for Python's parser, each character's place remembered."""

import re

from engine.domain.expression.error import ExpressionError
from engine.domain.values import dataclass

TEXT_LIMIT = 2000
"""The longest expression, in characters."""

_SLIPS = (
    (re.compile(r"&&"), "write 'and' instead of '&&'"),
    (re.compile(r"\|\|"), "write 'or' instead of '||'"),
    (re.compile(r"!(?!=)"), "write 'not' instead of '!'"),
    (re.compile(r"[!=]=="), "write '==' or '!=' with two characters"),
    (re.compile(r"<>"), "write '!=' instead of '<>'"),
    (re.compile(r":="), "nothing can be assigned here"),
    (re.compile(r"(?<![=!<>:])=(?!=)"), "write '==' to compare; '=' would assign"),
    (re.compile(r"#"), "comments cannot stand in an expression"),
    (re.compile(r";"), "one expression only, without ';'"),
    (re.compile(r"`"), "field names are written without quotes"),
)
# Fewer than Python's: "\\d" and "\\b" stay as they are, so that patterns need no r"".
_ESCAPES = frozenset("\\'\"nrtxuU")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_QUOTE = re.compile(r"['\"]")


@dataclass(frozen=True, slots=True)
class Source:
    """Text for Python's parser; `places[i]` is the 1-based column its character i comes from."""

    text: str
    places: tuple[int, ...]

    def column(self, offset: int) -> int:
        """Where in the expression the character at this offset stands."""
        return self.places[min(max(offset, 0), len(self.places) - 1)]

    def column_of_bytes(self, offset: int) -> int:
        """The same for an offset in UTF-8 bytes, as syntax trees count."""
        return self.column(len(self.text.encode()[:offset].decode(errors="ignore")))


def prepare(text: str) -> Source:
    """The expression for the parser: one line, backslashes that escape nothing doubled."""
    _refuse_at_once(text)
    begin = len(text) - len(text.lstrip())
    out: list[tuple[str, int]] = []
    at = begin
    end = len(text.rstrip())
    while at < end:
        quote = _QUOTE.match(text, at)
        stop = _closing(text, quote.group(), quote.end()) if quote else _next(text, at, end)
        if quote:
            _literal(text, at, stop, raw=_raw_before(text, at), out=out)
        else:
            _refuse_slips(text, at, stop)
            out += [
                (" " if text[i] in "\r\n\t" else text[i], i + 1) for i in range(at, stop)
            ]
        at = stop
    return Source("".join(part for part, _ in out), tuple(place for _, place in out))


def _refuse_at_once(text: str) -> None:
    if not text.strip():
        raise ExpressionError("the expression is empty")
    if len(text) > TEXT_LIMIT:
        raise ExpressionError(
            f"the expression has {len(text)} characters, more than {TEXT_LIMIT}",
            TEXT_LIMIT + 1,
        )
    if control := _CONTROL.search(text):
        raise ExpressionError(
            f"the character {control.group()!a} cannot stand in an expression",
            control.start() + 1,
        )


def _next(text: str, at: int, end: int) -> int:
    quote = _QUOTE.search(text, at, end)
    return quote.start() if quote else end


def _closing(text: str, quote: str, at: int) -> int:
    start = at - 1
    while at < len(text) and text[at] not in "\r\n":
        if text[at] == quote:
            return at + 1
        at += 2 if text[at] == "\\" else 1
    raise ExpressionError(f"the text that begins with {quote} is not closed", start + 1)


def _raw_before(text: str, at: int) -> bool:
    return text[at - 1 : at] in {"r", "R"} and not text[: at - 1][-1:].isalnum()


def _literal(
    text: str, start: int, stop: int, *, raw: bool, out: list[tuple[str, int]]
) -> None:
    at = start
    while at < stop:
        letter = text[at]
        if letter == "\\" and not raw:
            kept = text[at + 1] in _ESCAPES
            out += [("\\", at + 1), ("\\" if not kept else text[at + 1], at + 1 + kept)]
            at += 1 + kept
        else:
            out.append((letter, at + 1))
            at += 1


def _refuse_slips(text: str, start: int, stop: int) -> None:
    found = [
        (slip.start(), sentence)
        for pattern, sentence in _SLIPS
        if (slip := pattern.search(text, start, stop))
    ]
    if found:
        at, sentence = min(found)
        raise ExpressionError(sentence, at + 1)
